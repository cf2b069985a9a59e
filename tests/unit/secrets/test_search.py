# SPDX-License-Identifier: GPL-3.0-or-later
"""The search sees every file of a place, and says where it could not look."""

from __future__ import annotations

import pytest

from tests.secrets import table
from tests.secrets.errors import ScanError
from tests.secrets.needles import Secret
from tests.secrets.search import Place, search
from tests.secrets.seeds import draw, of_key, seeds

ONE, OTHER = Secret("one", draw()), Secret("other", draw())


@pytest.fixture
def place(tmp_path):
    directory = tmp_path / "place"
    (directory / "with a blank" / ".hidden").mkdir(parents=True)
    return Place("a place", [directory])


def found(place, tmp_path, *secrets):
    return search(place, secrets or (ONE, OTHER), tmp_path)


def test_a_secret_in_a_binary_file_deep_below(place, tmp_path):
    file = place.paths[0] / "with a blank" / ".hidden" / "line\nbreak"
    file.write_bytes(b"\0\xff" * 5000 + ONE.text.encode() + b"\0\xfe")
    (place.paths[0] / "clean").write_text("nothing")
    searched = found(place, tmp_path)
    assert [(one.secret, one.form) for one in searched.findings] == [("one", "plain")]
    assert (searched.files, searched.bytes) == (2, 10_000 + len(ONE.text) + 2 + len("nothing"))


def test_each_secret_and_each_file_is_told_once(place, tmp_path):
    for name in ("a", "b"):
        (place.paths[0] / name).write_text(f"{ONE.text} {ONE.text}\n{OTHER.text}\n")
    findings = found(place, tmp_path).findings
    assert sorted((one.secret, one.file[-2:]) for one in findings) == [
        *[("one", "/a"), ("one", "/b")],
        *[("other", "/a"), ("other", "/b")],
    ]
    assert not any(secret.text in str(findings) for secret in (ONE, OTHER))


def test_the_second_of_two_places_that_begin_alike(place, tmp_path):
    (place.paths[0] / "a").write_text(ONE.text[:12] + " and " + OTHER.text)
    assert {(one.secret, one.form) for one in found(place, tmp_path).findings} == {
        ("one", "first 12 characters"),
        ("other", "plain"),
    }


def test_nothing_in_nothing(place, tmp_path):
    searched = found(place, tmp_path)
    assert (searched.files, searched.findings) == (0, [])


def test_a_file_that_went_away_is_an_error(place, tmp_path, monkeypatch):
    gone = place.paths[0] / "gone"
    gone.write_text("x")
    files = Place.files

    def then_gone(self):
        seen = files(self)
        gone.rename(tmp_path / "elsewhere")
        return seen

    monkeypatch.setattr(Place, "files", then_gone)
    with pytest.raises(ScanError, match="not everything could be searched"):
        found(place, tmp_path)


def test_the_table_tells_a_leak_by_name_and_a_place_that_was_not_seen(place, tmp_path):
    planted = Secret(table.PLANTED, draw(plain=True))
    (place.paths[0] / "a").write_text(f"{planted.text} {ONE.text}")
    seen = found(place, tmp_path, ONE, planted)
    unseen = found(Place("another", []), tmp_path, ONE, planted)
    rows = table.lines([seen, unseen])
    assert rows[1].split() == ["a", "place", "1", "0.0", "found", "1"]
    assert rows[2].split() == ["another", "0", "0.0", "NOT", "FOUND", "0"]
    assert table.leaks([seen, unseen]) == [f"LEAK: one, plain, in a place: {place.paths[0]}/a"]
    assert table.blind([seen, unseen]) == ["another"]


def test_rotation_draws_all_but_what_stays():
    first = seeds()
    second = seeds(first)
    same = {name for name, text in first.values.items() if second.values[name] == text}
    assert same == {"ca_passphrase", "grafana_secret_key"}
    assert len(set(first.values.values())) == len(first.values)
    assert not {secret.name for secret in first.known()} & {secret.name for secret in second.known()}
    assert of_key(first.key) != of_key(second.key)
    assert of_key(first.key) not in first.certificate
