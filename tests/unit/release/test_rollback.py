# SPDX-License-Identifier: GPL-3.0-or-later
"""Back to an earlier release, whole: which one, what is refused, what is left behind."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import hold

LATEST = "0002-"


@pytest.fixture
def deployed(host):
    """Three proven releases: one, two, three."""
    for text in ("one\n", "two\n", "three\n"):
        host.deploy(text)
    return host


def ids(host) -> list[str]:
    return [release.id for release in host.store.all()]


def test_the_previous_release_comes_back_and_is_healthy(deployed):
    done = deployed.rollback()

    assert (done.release[:4], done.left[:4], done.of, done.action) == ("0002", "0003", done.release, "reload")
    assert deployed.service.state["running"] == "two\n"
    assert deployed.events[-3:] == ["held 0002", "switching 0002", "rolled_back 0002"]
    assert deployed.store.journal.health(done.release)["stamp"] == str(deployed.service.state["loads"])


def test_again_goes_one_further_back_and_never_to_what_was_left(deployed):
    assert [deployed.rollback(why).release[:4] for why in ("bad", "bad too")] == ["0002", "0001"]

    sentence = deployed.refusal()
    assert "app has no earlier healthy release on this host" in sentence
    assert f"name one with -e release=ID of {ids(deployed)[2]} (1.0, " in sentence


@pytest.mark.parametrize("ask", [{}, {"to": "0002"}, {"hold": False}])
def test_the_same_rollback_again_changes_nothing(deployed, ask):
    deployed.rollback(**ask)
    events = deployed.events

    again = deployed.rollback(**ask)

    assert (again.changed, again.release[:4], again.left[:4], again.action) == (False, "0002", "0003", "none")
    assert deployed.events == events and deployed.service.calls == []


def test_after_a_mended_deploy_what_was_left_is_passed_over(deployed):
    deployed.rollback()
    deployed.deploy("four\n", unhold=True)

    assert deployed.rollback().release[:4] == "0002"


def test_version_flags_configuration_and_secrets_come_back_together(host):
    host.deploy()
    source = host.root / "app2.pyz"
    shutil.copy(host.store.versions / "1.0" / "app.pyz", source)
    program = replace(host.wanted.program, version="2.0", source=str(source))
    host.deploy("two\n", flags="ARGS=--new\n", secrets={"secrets/token": "another-secret"}, program=program)

    done = host.rollback()

    assert done.action == "restart"
    assert os.path.realpath(host.active.path / "bin") == str(host.store.versions / "1.0")
    assert host.active.content("flags.env") == "ARGS=--port=1\n"
    assert host.active.content("etc/secrets/token") == "hunter2-hunter2"
    assert not any("hunter2" in str(shown) or "another-secret" in str(shown) for shown in done.diff)


@pytest.mark.parametrize("name", ["0001", "whole"])
def test_a_release_is_named_by_its_id_or_the_beginning_of_it(deployed, name):
    wanted = ids(deployed)[0]

    assert deployed.rollback(to=wanted if name == "whole" else name).release == wanted
    assert deployed.service.state["running"] == "one\n"


def test_what_was_left_can_be_gone_forward_to_by_name(deployed):
    left = deployed.rollback().left

    assert deployed.rollback(to=left).release == left


@pytest.mark.parametrize(
    ("to", "cause"),
    [
        ("0009", "0009 is no release of app on this host"),
        ("00", "00 is the beginning of several: 0001-"),
        ("0003", "of app is active already"),
    ],
)
def test_a_name_that_means_no_other_release_is_refused_with_the_choices(deployed, to, cause):
    sentence = deployed.refusal(to=to)

    assert cause in sentence and f"-e release=ID of {ids(deployed)[1]} (1.0, " in sentence


def test_a_release_that_failed_is_refused_by_name_with_why(deployed):
    deployed.failure("refuse-reload\n")

    assert "is marked bad (app refused the new configuration" in deployed.refusal(to="0004")


def test_a_pruned_release_is_refused_as_such(host):
    for number in range(5):
        host.deploy(f"{number}\n", keep=2)

    assert "is not on this host any more, it was pruned: name one with" in host.refusal(to="0001")


def test_the_only_release_cannot_be_gone_back_from(host):
    host.deploy()

    assert "has no earlier healthy release on this host" in host.refusal()
    assert "deploy a mended inventory with site.yml instead" in host.refusal()


def test_a_release_whose_files_were_changed_is_refused(deployed):
    (deployed.store.all()[1].path / "etc/app.conf").write_text("by hand\n")

    assert "differs from what passed its health check, etc/app.conf was changed on the host" in deployed.refusal()


def test_a_release_whose_program_is_gone_is_refused(host):
    host.deploy()
    source = host.root / "app2.pyz"
    shutil.copy(host.store.versions / "1.0" / "app.pyz", source)
    host.deploy("two\n", program=replace(host.wanted.program, version="2.0", source=str(source)))
    shutil.rmtree(host.store.versions / "1.0")

    assert "the program of release 0001-" in host.refusal()
    assert "version 1.0, is not on this host any more or was changed" in host.refusal()


@pytest.mark.parametrize(
    ("readable_by", "newer", "refused"),
    [
        ("same major", "2.0", True),
        ("same major", "1.9", False),
        ("1.5", "1.9", True),
        ("1.0", "1.9", False),
        ("", "2.0", False),
    ],
)
def test_data_that_the_older_program_cannot_read_is_a_reason_to_refuse(host, readable_by, newer, refused):
    host.deploy()
    source = host.root / "app2.pyz"
    shutil.copy(host.store.versions / "1.0" / "app.pyz", source)
    program = replace(host.wanted.program, version=newer, source=str(source))
    host.deploy("two\n", program=program, readable_by=readable_by)

    if refused:
        sentence = host.refusal()
        assert f"app 1.0 of release 0001-{ids(host)[0][5:]} cannot read the data, which {newer} has written" in sentence
    else:
        assert host.rollback().release[:4] == "0001"


def test_a_release_that_does_not_prove_any_more_is_switched_back_from(deployed):
    deployed.service.reload = lambda: None  # hangs

    with pytest.raises(ReleaseError) as caught:
        deployed.rollback()

    assert "app did not become healthy within 0.3 s" in str(caught.value)
    deployed.service.__dict__.pop("reload")
    assert deployed.active.id[:4] == "0003"
    assert deployed.store.journal.hold() is None, "what failed is not held"
    assert deployed.rollback().release[:4] == "0002", "and it is no bad release for it"


def test_a_rollback_takes_a_service_that_is_down_with_it(deployed):
    deployed.service.put(active=False)

    assert deployed.rollback().action == "restart"
    assert deployed.service.state["running"] == "two\n"


def test_who_left_what_and_why_is_in_the_journal(deployed):
    left = deployed.active.id
    deployed.rollback()

    last = deployed.store.journal.events()[-1]
    assert (last["event"], last["left"], last["why"], last["by"]) == (
        "rolled_back",
        left,
        "it pages everybody",
        "bob@controller",
    )


def test_releases_are_not_pruned_by_going_back(deployed):
    deployed.rollback(to="0001")

    assert [name[:4] for name in ids(deployed)] == ["0001", "0002", "0003"]


def test_a_damaged_active_release_is_what_one_rolls_back_from(deployed):
    (deployed.active.path / "etc/app.conf").unlink()

    assert deployed.rollback().release[:4] == "0002"


def test_what_was_passed_over_by_name_is_not_gone_back_to_later(deployed):
    deployed.rollback("it went bad with the second", to="0001")
    deployed.deploy("four\n", unhold=True)

    assert deployed.rollback("that too").release[:4] == "0001"


def test_going_forth_again_leaves_the_older_one_as_a_choice(deployed):
    left = deployed.rollback("the third is bad").left
    deployed.rollback("the second is worse", to=left)

    assert deployed.rollback("well, no").release[:4] == "0002"


def test_the_same_content_twice_is_no_release_to_go_back_to(host):
    host.deploy("one\n")
    host.deploy("two\n")
    (host.active.path / "etc/app.conf").chmod(0o600)
    host.deploy("two\n")  # mended as a release of its own

    assert host.rollback().release[:4] == "0001"


def test_a_release_is_known_by_its_digest_too(deployed):
    first = ids(deployed)[0]

    assert deployed.rollback(to=first.partition("-")[2][:6]).release == first


def test_the_choices_are_only_those_that_work(deployed):
    (deployed.store.all()[0].path / "etc/app.conf").write_text("by hand\n")

    sentence = deployed.refusal(to="0001")

    assert f"name one with -e release=ID of {ids(deployed)[1]} (" in sentence and sentence.count("0001-") == 1


def test_files_changed_on_the_host_do_not_hide_behind_a_missing_program(deployed):
    target = deployed.store.all()[1].path
    (target / "etc/app.conf").write_text("by hand\n")
    (target / "bin").unlink()

    assert "differs from what passed its health check, " in deployed.refusal()


def test_a_service_that_died_since_is_brought_up_by_the_same_rollback_again(deployed):
    deployed.rollback()
    deployed.service.put(active=False)

    again = deployed.rollback()

    assert (again.changed, again.release[:4], again.action) == (True, "0002", "restart")


def test_what_was_deployed_between_the_question_and_the_answer_stops_it(deployed):
    planned = deployed.active.id

    with pytest.raises(ReleaseError, match="something was done to app on this host since it was asked: this would go"):
        deployed.rollback(planned=planned)


def test_data_of_a_failed_upgrade_is_no_reason_once_an_older_version_ran_on_it(host):
    def version(number):
        source = host.root / f"app{number}.pyz"
        shutil.copy(host.store.versions / "1.1" / "app.pyz", source)
        return replace(host.wanted.program, version=number, source=str(source))

    host.deploy(program=replace(host.wanted.program, version="1.1"))
    host.deploy("two\n", program=version("1.2"), readable_by="same major")
    host.failure("crash\n", program=version("2.0"), readable_by="same major")

    assert host.active.meta["version"] == "1.2"
    assert host.rollback().release[:4] == "0001"


def test_a_rollback_prunes_too(host):
    for number in range(4):
        host.deploy(f"{number}\n", keep=3)
    for path in list(host.store.releases.iterdir()):
        assert path.name[:4] in ("0002", "0003", "0004")
    host.rollback()

    assert [name[:4] for name in ids(host)] == ["0002", "0003", "0004"]


def test_killed_while_it_is_switched_back_the_same_command_goes_no_further_back(deployed, monkeypatch):
    switched = []

    def second_time_killed(release):
        switched.append(release)
        if len(switched) == 2:
            raise KeyboardInterrupt
        type(deployed.store).switch(deployed.store, release)

    deployed.service.reload = lambda: None
    monkeypatch.setattr(deployed.store, "switch", second_time_killed)
    with pytest.raises(KeyboardInterrupt):
        deployed.rollback()
    monkeypatch.undo()
    deployed.service.__dict__.pop("reload")
    assert deployed.active.id[:4] == "0002", "it was killed before it was back"

    assert deployed.rollback().release[:4] == "0002"


def held(deployed):
    return hold.sentence(deployed.store, deployed.store.journal.hold())


def test_a_second_rollback_keeps_the_reason_of_the_first(deployed):
    deployed.rollback("it pages everybody")
    deployed.rollback("and so does this")

    sentence = held(deployed)
    assert (
        f"to {ids(deployed)[0]} at " in sentence
        and "because: and so does this. Before that: bob@controller to " in sentence
    )
    assert f"{ids(deployed)[1]} at " in sentence and "because: it pages everybody. To deploy it again" in sentence


def test_the_same_reason_again_is_told_once(deployed):
    deployed.rollback("it pages everybody", hold=False)
    deployed.rollback("it pages everybody")

    assert held(deployed).count("it pages everybody") == 1


def test_a_second_rollback_that_fails_leaves_the_first_ones_reason_alone(deployed):
    deployed.rollback("it pages everybody")
    deployed.service.reload = lambda: None  # hangs
    with pytest.raises(ReleaseError):
        deployed.rollback("and so does this")

    sentence = held(deployed)
    assert "because: it pages everybody. " in sentence
    assert "Before that" not in sentence and "and so does this" not in sentence


def test_a_deploy_ends_the_reasons(deployed):
    deployed.rollback("it pages everybody")
    deployed.deploy("four\n", unhold=True)
    deployed.rollback("the fourth is bad")

    assert "Before that" not in held(deployed)


def test_a_third_rollback_that_fails_leaves_both_reasons_alone(deployed):
    deployed.deploy("four\n")
    deployed.rollback("it pages everybody")
    deployed.rollback("and so does this")
    before = held(deployed)
    deployed.service.reload = lambda: None  # hangs
    with pytest.raises(ReleaseError):
        deployed.rollback("let it deploy again", hold=False)

    reasons = ("and so does this", "Before that", "it pages everybody")
    assert all(reason in before and reason in held(deployed) for reason in reasons)
    assert "let it deploy again" not in held(deployed)
