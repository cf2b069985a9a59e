# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verdict on the host says of releases on disk, by files that a test has made."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.faults.on_host import verdict


@pytest.fixture
def release(tmp_path: Path) -> Path:
    path = tmp_path / "releases" / "0001-0a1b2c3d"
    (path / "etc").mkdir(parents=True)
    (tmp_path / "versions/1").mkdir(parents=True)
    (tmp_path / "versions/1/program").touch()
    (path / "bin").symlink_to("../../versions/1")
    (path / "etc/prometheus.yml").write_text("labels:\n  faults_number: '7'\n".replace("'", '"'))
    (path / "flags.env").write_text("ARGS=\"--a=1 --b='x y'\"\n")
    files = ("etc/prometheus.yml", "flags.env")
    sums = {name: hashlib.sha256((path / name).read_bytes()).hexdigest() for name in files}
    (path / "release.json").write_text(json.dumps({"id": path.name, "files": sums}))
    return path


def test_a_whole_release(release):
    assert verdict.wholeness(release) == []


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda r: (r / "flags.env").write_text("x"), "flags.env is not what"),
        (lambda r: (r / "flags.env").unlink(), "flags.env cannot be read"),
        (lambda r: (r / "etc/more.yml").touch(), "etc/more.yml is in no list"),
        (lambda r: (r / "release.json").unlink(), "release.json cannot be read"),
        (lambda r: (r / "release.json").write_text('{"id"'), "release.json cannot be read"),
        (lambda r: (r / "bin").unlink(), "bin leads to no program"),
        (lambda r: (r / "../../versions/1/program").unlink(), "bin leads to no program"),
    ],
)
def test_a_release_that_is_not_whole(release, damage, told):
    damage(release)
    (found,) = verdict.wholeness(release)
    assert told in found


def test_a_link_in_the_place_of_a_file_is_not_that_file(release):
    (release / "flags.env").rename(release.parent / "moved")
    (release / "flags.env").symlink_to(release.parent / "moved")
    assert verdict.wholeness(release) == ["flags.env is not what release.json says"]


def test_a_release_under_a_name_that_is_not_its_own(release):
    moved = release.rename(release.with_name("0002-0a1b2c3d"))
    assert verdict.wholeness(moved) == ["release.json is that of 0001-0a1b2c3d"]


def test_the_command_line_and_the_mark_of_a_release(release):
    assert verdict.arguments(release) == ["--a=1", "--b=x y"]
    assert verdict.release_mark("prometheus", release) == ["7"]


def test_strays_are_staging_and_temporary_names(release, monkeypatch):
    home = release.parent.parent
    (home / ".current.new").symlink_to("x")
    (home / "releases/.stage-0002-00000000").mkdir()
    (home / ".lock").touch()
    (home / "versions/1/.files.json").touch()
    monkeypatch.setattr(verdict, "UNITS", home / "no")
    monkeypatch.setattr(verdict, "ETC", home / "no")
    monkeypatch.setattr(verdict, "TEMPORARY", (home / "versions",))
    names = [Path(path).name for path in verdict.strays(home)]
    assert sorted(names) == [".current.new", ".stage-0002-00000000", "1"]
