# SPDX-License-Identifier: GPL-3.0-or-later
"""What lives for a moment below a watched directory is still there to be searched."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.secrets.controller import KEEPER

A_TRANSFER = 0.1  # seconds; sftp takes longer


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    """Where the keeper keeps what is below tmp_path/watched, which is not there yet."""
    command = [sys.executable, str(KEEPER), str(tmp_path / "kept"), str(tmp_path / "watched")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None and keeper.stdout.readline() == "ready\n"
        yield tmp_path / "kept"
        assert keeper.stdin is not None
        keeper.stdin.close()
        assert keeper.wait(10) == 0


def transfer(directory: Path, text: str) -> None:
    """As Ansible does it: made empty, written, removed."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=directory) as stream:
        stream.write(text)
        stream.flush()
        time.sleep(A_TRANSFER)


def test_files_that_were_removed_are_kept_whole(kept: Path, tmp_path: Path) -> None:
    for number in range(3):
        transfer(tmp_path / "watched" / f"ansible-tmp-{number}", f"payload {number}")

    assert not [path for path in (tmp_path / "watched").rglob("*") if path.is_file()]
    assert sorted(path.read_text() for path in kept.iterdir()) == ["payload 0", "payload 1", "payload 2"]
    assert kept.stat().st_mode & 0o777 == 0o700


def test_what_is_moved_away_soon_has_one_name_again(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "watched").mkdir()
    uploaded = tmp_path / "watched" / "source"
    uploaded.write_text("a program")
    deadline = time.monotonic() + 5
    while uploaded.stat().st_nlink == 1 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert uploaded.stat().st_nlink == 2

    moved = uploaded.rename(tmp_path / "moved")
    while moved.stat().st_nlink == 2 and time.monotonic() < deadline:
        time.sleep(0.001)

    assert moved.stat().st_nlink == 1
    assert [path.read_text() for path in kept.iterdir()] == ["a program"]
