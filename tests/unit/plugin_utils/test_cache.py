# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's cache."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import (
    CacheError,
    alone,
    cache_dir,
    sha256_of,
)


def test_the_cache_is_where_the_user_keeps_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_dir("archives") == tmp_path / "cache" / "aetherlink-monitoring" / "archives"

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    assert cache_dir("archives") == tmp_path / "home" / ".cache" / "aetherlink-monitoring" / "archives"
    assert cache_dir("archives").is_dir()


def test_nobody_else_reads_the_cache() -> None:
    old = os.umask(0)
    try:
        made = cache_dir("archives")
    finally:
        os.umask(old)

    assert [path.stat().st_mode & 0o777 for path in (made, made.parent)] == [0o700, 0o700]


@pytest.mark.parametrize("kind", [".", "archives"])
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775])
def test_a_cache_of_ones_own_that_others_can_write_to_is_closed_to_them(kind: str, mode: int) -> None:
    directory = cache_dir("archives").parent / kind
    directory.chmod(mode)

    assert cache_dir("archives").is_dir()

    assert stat.S_IMODE(directory.stat().st_mode) == mode & ~0o022


def test_a_link_that_others_left_as_a_lock_empties_no_file(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("content")
    (tmp_path / ".file.lock").symlink_to(tmp_path / "precious")

    with alone(tmp_path / "file"):
        pass

    assert (tmp_path / "precious").read_text() == "content"


def test_a_cache_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    directory = cache_dir("archives").parent
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)

    with pytest.raises(CacheError) as raised:
        cache_dir("archives")

    assert str(raised.value) == (
        f"the cache directory {directory} on the controller belongs to another user: remove it, or set XDG_CACHE_HOME "
        "to a directory of your own."
    )


def test_one_at_a_time_makes_a_file(tmp_path: Path) -> None:
    story: list[str] = []

    def second() -> None:
        with alone(tmp_path / "file"):
            story.append("second enters")

    with alone(tmp_path / "file"):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.1)
        story.append("first leaves")
    thread.join()

    assert story == ["first leaves", "second enters"]


def test_makers_of_different_files_do_not_wait(tmp_path: Path) -> None:
    with alone(tmp_path / "one"), alone(tmp_path / "two"):
        assert sorted(path.name for path in tmp_path.glob(".*.lock")) == [".one.lock", ".two.lock"]


def test_the_sum_of_a_large_file_is_right(tmp_path: Path) -> None:
    content = b"0123456789abcdef" * 200_000  # more than one block
    (tmp_path / "file").write_bytes(content)

    assert sha256_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()
