# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's cache."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.cache import alone, cache_dir, sha256_of


def test_the_cache_is_where_the_user_keeps_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_dir("archives") == tmp_path / "cache" / "aetherlink-monitoring" / "archives"

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    assert cache_dir("archives") == tmp_path / "home" / ".cache" / "aetherlink-monitoring" / "archives"
    assert cache_dir("archives").is_dir()


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
