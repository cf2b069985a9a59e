# SPDX-License-Identifier: GPL-3.0-or-later
"""The text that people read."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.history_table import block, blocks
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.report import report

from .conftest import differing, facts

HOLD = {"since": "2026-02-01T10:00:05+00:00", "by": "bob@control", "why": "the disk is full"}


def reported(
    *releases: dict[str, Any], texts: list[str] | None = None, with_diff: bool = False, **changes: Any
) -> dict[str, Any]:
    component = {
        "component": "prometheus",
        "active": releases[0]["id"] if releases else "",
        "hold": None,
        "left": [],
        "left_out": "",
        "total": len(releases),
        "releases": list(releases),
    }
    return report([{**component, **changes}], texts or [], with_diff=with_diff)[0]


def shown(*releases: dict[str, Any], **changes: Any) -> list[str]:
    return block("mon1", reported(*releases, **changes)).splitlines()


def test_what_a_host_says_cannot_command_the_terminal() -> None:
    bad = "\x1b[2J\x9b1m\u202e"
    one = {**reported(facts(1), active=f"0001{bad}"), "component": f"prometheus{bad}"}
    one["releases"][0] |= {"reason": f"why{bad}", "note": f"note{bad}", "changes": [f"change{bad}"]}
    one["releases"][0]["composed"] = {"part": bad, "of": bad, "with": bad}

    assert not set(bad) - set("[2J1m") & set(block("mon1", one))


def test_a_release_is_a_line_and_what_it_changed_is_below() -> None:
    files, texts = differing({"etc/a.conf": "a\n"}, {"etc/a.conf": "b\n", "etc/b.conf": ""})
    refused = {"event": "refused", "release": "0003-aaaaaaaa", "time": "2026-02-01T11:00:00+00:00", "why": "line 3"}
    active = {"event": "activated", "release": "0002-aaaaaaaa", "time": "2026-02-01T10:00:06+00:00"}
    kept = facts(2, files=files, events=[active])
    gone = facts(3, events=[refused], kept=False, compared=False, revision=None, version=None)

    assert shown(gone, kept, facts(1), texts=texts, active=kept["id"]) == [
        "prometheus on mon1: 3 releases, 0002-aaaaaaaa is active",
        "",
        "  release        state          made (UTC)        by             revision      version",
        "  0003-aaaaaaaa  refused        2026-02-01 10:00  alice@control  -             -",
        "      why: line 3",
        "  0002-aaaaaaaa  active         2026-02-01 10:00  alice@control  1297b977f95b  2.42.0",
        "      against 0001-aaaaaaaa: a.conf, b.conf",
        "      - a.conf changed (+1 -1 lines)",
        "      - b.conf added (+0 -0 lines)",
        "  0001-aaaaaaaa  never healthy  2026-02-01 10:00  alice@control  1297b977f95b  2.42.0",
        "      nothing was active before it",
    ]


def test_the_hold_is_said_first_and_how_to_lift_it() -> None:
    assert shown(facts(1), hold=HOLD)[1] == (
        "  held since 2026-02-01 10:00 UTC by bob@control: the disk is full; -e unhold=true lets site.yml deploy again"
    )
    assert shown(facts(1), hold={**HOLD, "why": ""})[1] == (
        "  held since 2026-02-01 10:00 UTC by bob@control; -e unhold=true lets site.yml deploy again"
    )


def test_a_part_that_was_taken_from_another_release_is_reported() -> None:
    composed = {"part": "rules", "of": "0001-aaaaaaaa", "with": "0002-bbbbbbbb"}

    assert "      rules of 0001-aaaaaaaa, all else of 0002-bbbbbbbb" in shown(facts(3, composed=composed))


def test_a_release_that_was_not_checked_says_so() -> None:
    assert "      deployed without the check" in shown(facts(checked=False))
    assert "      deployed without the check" not in shown(facts(checked=None))


def test_what_is_not_told_is_counted() -> None:
    files, texts = differing({}, {f"etc/{n:02}.conf": "" for n in range(20)})
    lines = shown(facts(files=files), texts=texts, total=7)

    assert lines[0] == "prometheus on mon1: the last 1 of 7 releases, 0002-aaaaaaaa is active"
    assert lines[4] == "      against 0001-aaaaaaaa: 20 files"
    assert lines[-2:] == ["      - 11.conf added (+0 -0 lines)", "      - and 8 more changes, see -e history_file=FILE"]


def test_one_more_change_than_fits_is_shown_too() -> None:
    files, texts = differing({}, {f"etc/{n:02}.conf": "" for n in range(13)})

    assert shown(facts(files=files), texts=texts)[-1] == "      - 12.conf added (+0 -0 lines)"


def test_no_line_is_longer_than_120_columns_whatever_is_reported() -> None:
    files, texts = differing({}, {f"etc/{'long-name-' * 6}{n}.conf": "" for n in range(9)})
    failed = {"event": "failed", "release": "0002-aaaaaaaa", "time": "", "why": "it does not answer " * 40}
    release = facts(files=files, by="somebody@" + "x" * 80, revision="r" * 80, version="v" * 80, events=[failed])
    lines = shown(release, texts=texts, hold={**HOLD, "why": "word " * 50}, active="")

    assert max(map(len, lines)) <= 120
    assert "none is active" in lines[0]


def test_where_there_is_no_release_the_reason_is_reported() -> None:
    assert shown(left_out="grafana_archive_url is not set") == [
        "prometheus on mon1: no release, skipped: grafana_archive_url is not set"
    ]
    assert shown() == ["prometheus on mon1: no release"]


def test_each_component_is_a_block() -> None:
    assert len(blocks("mon1", [reported(facts(1)), reported(facts(1))])) == 2


def test_of_files_only_the_names_are_reported() -> None:
    files, texts = differing({"etc/a.conf": "text-of-it\n"}, {})
    (release,) = reported(facts(files=files), texts=texts)["releases"]

    assert release["files"] == [{"path": "etc/a.conf", "change": "removed"}]
    assert "text-of-it" not in str(release)
    assert set(release) == {
        *("id", "state", "reason", "created", "by", "revision", "environment", "method", "version", "composed"),
        *("checked", "before", "files", "changes", "note", "events"),
    }


def test_a_diff_is_shown_masked_and_not_of_a_secret() -> None:
    url = "https://u:hunter2hunter2@x.example"
    files, texts = differing({"etc/a.conf": "same\nold\n"}, {"etc/a.conf": f"same\ntoken: swordfish\nurl: {url}\n"})
    secret = {"path": "etc/secrets/key", "change": "changed", "secret": True, "old": None, "new": None, "untold": ""}

    component = reported(facts(files=[*files, secret]), texts=texts, with_diff=True)

    lines = block("mon1", component).splitlines()
    assert lines[lines.index("      --- etc/a.conf") :] == [
        "      --- etc/a.conf",
        "      +++ etc/a.conf",
        "      @@ -1,2 +1,3 @@",
        "       same",
        "      -old",
        "      +token: ********",
        "      +url: https://********@x.example",
    ]
