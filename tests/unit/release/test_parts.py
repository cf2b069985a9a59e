# SPDX-License-Identifier: GPL-3.0-or-later
"""One part of an earlier release comes back alone, in a new release."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.checker import Reference
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.parts import compose, sections

PARTS = {
    "rules": {"files": ["rules/", "app.conf"]},
    "scrape": {"sections": {"main.yml": ["jobs", "more"]}, "secrets": True},
}
OLD = {
    "main.yml": "# head\nglobal:\n  a: 1\njobs:\n- old\n",
    "rules/a": "old a",
    "rules/gone": "old",
    "app.conf": "one\n",
}
NEW = {"main.yml": "# head\nglobal:\n  a: 2\njobs:\n- new\nmore:\n- new\n", "rules/a": "new a", "app.conf": "two\n"}


def test_the_sections_of_a_file_are_its_top_level_keys():
    assert sections("# head\na: 1\nb:\n- c: 2\n  d: 3\n") == [
        ("", "# head\n"),
        ("a", "a: 1\n"),
        ("b", "b:\n- c: 2\n  d: 3\n"),
    ]
    assert sections("text: |\n  not_a_key: 1\n") == [("text", "text: |\n  not_a_key: 1\n")]


def test_files_of_a_part_come_back_and_go_and_others_stay():
    made = compose({"files": ["rules/"]}, {**NEW, "rules/added": "new"}, OLD)

    assert made == {**NEW, "rules/a": "old a", "rules/gone": "old"}


def test_sections_of_a_part_come_back_and_go_and_others_stay():
    made = compose(PARTS["scrape"], NEW, OLD)

    assert made == {**NEW, "main.yml": "# head\nglobal:\n  a: 2\njobs:\n- old\n"}
    assert compose(PARTS["scrape"], OLD, NEW)["main.yml"] == "# head\nglobal:\n  a: 1\njobs:\n- new\nmore:\n- new\n"


@pytest.fixture
def host(make_host):
    host = make_host("host")
    host.settings = replace(host.settings, parts=PARTS)
    return host


@pytest.fixture
def deployed(host):
    host.deploy(files=OLD, secrets={"secrets/token": "old-token", "secrets/old_job": "old-job"})
    host.deploy(files=NEW, secrets={"secrets/token": "new-token"})
    host.deploy(files={**NEW, "main.yml": NEW["main.yml"] + "last: 1\n"})
    return host


def test_the_latest_release_with_another_such_part_is_taken(deployed):
    done = deployed.rollback(part="rules")

    assert (done.of[:4], done.left[:4], done.release[:4]) == ("0001", "0003", "0004")
    assert deployed.active.meta["composed"] == {"part": "rules", "of": done.of, "with": done.left}
    assert deployed.active.content("etc/rules/a") == "old a"
    assert deployed.active.content("etc/main.yml").endswith("last: 1\n")
    assert deployed.events[-4:] == ["held 0001", "staged 0004", "switching 0004", "rolled_back 0004"]


def test_secrets_stay_as_they_are_and_missing_ones_come_along(deployed):
    deployed.rollback(part="scrape")

    assert deployed.active.content("etc/secrets/token") == "new-token"
    assert deployed.active.content("etc/secrets/old_job") == "old-job"


def test_what_is_composed_is_checked_as_any_release(deployed):
    deployed.deploy(files={**NEW, "app.conf": "broken\n"}, skip_check=True)
    deployed.deploy(files=NEW)

    with pytest.raises(
        ReleaseError, match=r"app check refused the release: .* unknown word broken.* Nothing was switched"
    ):
        deployed.rollback(part="rules", to="0004")

    assert deployed.active.id.startswith("0005") and deployed.store.journal.hold() is None


def test_a_part_that_is_nowhere_else_is_refused(deployed):
    assert "app has no part routing that can be rolled back alone: it has rules, scrape" in deployed.refusal(
        part="routing"
    )
    assert "the rules of app are the same in release" in deployed.refusal(part="rules", to="0002")


def test_without_an_active_release_there_is_nothing_to_mix_with(deployed):
    deployed.store.current.unlink()

    with pytest.raises(ReleaseError, match="app has no active release on this host whose rules could go back"):
        deployed.rollback(part="rules", to="0001")


def test_a_part_that_never_differed_has_nothing_to_go_back_to(host):
    host.deploy(files=OLD)
    host.deploy(files={**OLD, "main.yml": "jobs:\n- another\n"})

    assert "app has no earlier healthy release with other rules on this host" in host.refusal(part="rules")


def test_files_of_the_active_release_that_were_changed_on_the_host_are_not_taken_over(deployed):
    (deployed.active.path / "etc/main.yml").write_text("by: hand\n")

    assert "of app differs from what passed its health check, etc/main.yml was changed on the host" in deployed.refusal(
        part="rules"
    )


def test_who_may_ask_stays_with_the_flags_that_say_so(host):
    host.deploy(
        files=OLD, secrets={"web.yml": "old", "secrets/web_password": "old"}, root_only=["secrets/web_password"]
    )
    host.deploy(files=NEW, secrets={}, root_only=[])

    host.rollback(part="scrape")

    assert host.active.meta["secrets"] == []


def test_a_program_that_is_gone_is_told_before_anything_is_written(deployed):
    shutil.rmtree(deployed.store.versions / "1.0")

    assert "is not on this host any more or was changed" in deployed.refusal(part="rules")


def test_line_ends_stay_as_they_are(host):
    host.deploy(files={**OLD, "rules/a": "one\r\n"})
    host.deploy(files={**OLD, "rules/a": "two\r\n"}, secrets={"secrets/token": "a\r\nb"})

    host.rollback(part="rules")

    assert (host.active.path / "etc/rules/a").read_bytes() == b"one\r\n"
    assert (host.active.path / "etc/secrets/token").read_bytes() == b"a\r\nb"


def test_the_files_that_are_named_are_those_of_each_ones_part(host, tmp_path):
    there, missing = tmp_path / "there", tmp_path / "missing"
    there.touch()

    def named(path, where):
        return Reference(str(path), where, "bring it")

    host.deploy(files=OLD, references=[named(there, "main.yml (jobs[0].tls_config.ca_file)")])
    there.rename(missing)
    host.deploy(files=NEW, references=[named(missing, "main.yml (jobs[0].tls_config.ca_file)")])
    missing.unlink()

    with pytest.raises(ReleaseError, match=r"main.yml \(jobs\[0\].* names the file .*there, which does not exist"):
        host.rollback(part="scrape")
    there.touch()
    assert host.rollback(part="scrape").release[:4] == "0004", "the active one's own missing file is out of it"


@pytest.mark.parametrize("step", ["switching", "switched"])
def test_a_part_that_was_killed_in_its_switch_goes_on(deployed, monkeypatch, step):
    target = deployed.store if step == "switching" else deployed.service
    monkeypatch.setattr(target, "switch" if step == "switching" else "reload", killed)
    with pytest.raises(KeyboardInterrupt):
        deployed.rollback(part="rules", to="0001")
    monkeypatch.undo()
    deployed.store.journal.append("held", "0001-aaaaaaaa", by="bob@controller", left="", why="it pages everybody")

    done = deployed.rollback(part="rules", to="0001")

    assert (done.release[:4], done.of[:4]) == ("0004", "0001")
    assert deployed.active.content("etc/rules/a") == "old a"


def test_another_rollback_does_not_go_on_with_one_that_was_killed(deployed, monkeypatch):
    monkeypatch.setattr(deployed.store, "switch", killed)
    with pytest.raises(KeyboardInterrupt):
        deployed.rollback("all of it")
    monkeypatch.undo()

    done = deployed.rollback("only the rules are bad", part="rules")

    assert (done.left[:4], deployed.active.meta["composed"]["part"]) == ("0003", "rules")


def killed(*_):
    raise KeyboardInterrupt
