# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan without secrets comes to the same as one with them, and neither question nor answer tells a secret."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import challenge
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.planner import Plan
from ansible_collections.aetherlink.monitoring.plugins.modules import release

from .conftest import Host

OLD, NEW = "hunter2-hunter2", "hunter3-hunter3"
SECRETS = {"secrets/token": OLD, "secrets/other": "the other one"}


@dataclass(frozen=True)
class Asked:
    """What the host said, and what the controller makes of it."""

    plan: Plan
    answer: dict[str, str]
    differing: list[str]

    @property
    def reasons(self) -> set[str]:
        return {*self.plan.reasons, *(f"etc/{name} differs" for name in self.differing)}


def ask(host: Host, secrets: dict[str, str], **changes: Any) -> Asked:
    """As action plugin and module do it."""
    key = challenge.new_key()
    sums = challenge.recorded(host.store.active(), sorted(secrets))
    engine = host.engine(**changes, secrets={}, secret_sums=sums)
    assert OLD not in str(engine.wanted) and NEW not in str(engine.wanted)
    answer = challenge.answer(key, sums)
    return Asked(engine.look(), answer, challenge.differing(key, secrets, answer))


@pytest.mark.parametrize("answered", [None, [], "x", {"a": 7}, {"a": ""}, {"a": "0" * 63}, {"a": "\u00e9" * 64}])
def test_what_root_may_answer_in_place_of_digests_does_not_fit(answered: Any) -> None:
    assert not challenge.fits(answered)


def test_what_the_host_answers_fits() -> None:
    assert challenge.fits(challenge.answer(challenge.new_key(), {"secrets/token": "0" * 64, "secrets/other": ""}))
    assert challenge.fits({})


@pytest.fixture
def deployed(host: Host) -> Host:
    host.deploy("one\n", secrets=SECRETS)
    return host


def edit(host: Host, name: str) -> None:
    (host.active.path / "etc" / name).write_text("edited")


@pytest.mark.parametrize(
    ("secrets", "changes", "reasons"),
    [
        (SECRETS, {}, set()),
        ({**SECRETS, "secrets/token": NEW}, {}, {"etc/secrets/token differs"}),
        ({**SECRETS, "secrets/third": NEW}, {}, {"etc/secrets/third is new"}),
        ({"secrets/token": OLD}, {}, {"etc/secrets/other is no longer wanted"}),
        (
            {"secrets/token": NEW, "secrets/third": "x"},
            {"files": {"app.conf": "two\n"}},
            {
                "etc/app.conf differs",
                "etc/secrets/token differs",
                "etc/secrets/third is new",
                "etc/secrets/other is no longer wanted",
            },
        ),
        (SECRETS, {"restart_on": ["1"]}, {"the settings that need a restart differ"}),
        (SECRETS, {"root_only": ["secrets/token"]}, {"the settings that need a restart differ"}),
    ],
)
def test_the_reasons_are_those_of_a_plan_that_has_the_secrets(
    deployed: Host, secrets: dict[str, str], changes: dict[str, Any], reasons: set[str]
) -> None:
    without = ask(deployed, secrets, **changes)
    assert without.reasons == reasons
    with_them = deployed.engine(**changes, secrets=secrets, secret_sums={}).plan()
    assert set(with_them.reasons) == reasons
    assert with_them.pending == bool(reasons)


def test_a_secret_that_was_edited_on_the_host_is_reported_as_that_alone(deployed: Host) -> None:
    edit(deployed, "secrets/token")

    assert ask(deployed, SECRETS).reasons == {"etc/secrets/token was changed on the host"}


def test_a_host_without_a_release_answers_nothing(host: Host) -> None:
    asked = ask(host, SECRETS)

    assert (asked.reasons, asked.answer) == ({"no release is active yet"}, {})


def test_an_answer_tells_nothing_without_its_key_and_is_another_each_time(deployed: Host) -> None:
    first, second = ask(deployed, SECRETS).answer, ask(deployed, SECRETS).answer

    assert first.keys() == second.keys() == SECRETS.keys()
    assert first["secrets/token"] != second["secrets/token"]
    for text in SECRETS.values():
        assert hashlib.sha256(text.encode()).hexdigest() not in str(first)


def test_equal_secrets_have_different_answers(host: Host) -> None:
    host.deploy("one\n", secrets={"secrets/a": OLD, "secrets/b": OLD})

    assert len(set(ask(host, {"secrets/a": OLD, "secrets/b": OLD}).answer.values())) == 2


def test_keys_are_long_and_never_come_again() -> None:
    keys = {challenge.new_key() for _ in range(50)}

    assert len(keys) == 50 and {len(bytes.fromhex(key)) for key in keys} == {32}


@pytest.mark.parametrize("key", ["", "00", "x" * 64])
def test_a_host_answers_to_no_key_that_could_be_guessed(key: str) -> None:
    with pytest.raises(ReleaseError, match="challenge must be a random key of 32 bytes"):
        challenge.answer(key, {"secrets/token": "0" * 64})
    assert challenge.answer("", {}) == {}


# A component that takes no password: each try more does harm, unless there is another one to try.


@pytest.fixture
def locked(deployed: Host) -> Host:
    deployed.service.put(password="somebody-has-changed-it", failed_logins=0)
    return deployed


def test_a_locked_component_is_data_for_the_controller_where_no_secret_is_new(locked: Host) -> None:
    asked = ask(locked, SECRETS)

    assert (asked.plan.locked, asked.differing) == ("the password is another one", [])


def test_a_locked_component_with_another_secret_is_the_controllers_to_decide(locked: Host) -> None:
    asked = ask(locked, {**SECRETS, "secrets/token": NEW})

    assert (asked.plan.locked, asked.differing) == ("the password is another one", ["secrets/token"])


def test_a_secret_that_the_host_does_not_have_is_another_one_to_try(locked: Host) -> None:
    asked = ask(locked, {**SECRETS, "secrets/third": NEW})

    assert asked.plan.locked == ""
    assert "the service is not healthy: the password is another one" in asked.reasons


def test_a_deploy_which_has_the_secrets_decides_by_itself(locked: Host) -> None:
    with pytest.raises(ReleaseError, match="the password is another one"):
        locked.deploy("one\n", secrets=SECRETS, secret_sums={})


# The module


def test_the_module_answers_with_what_the_controller_compares(deployed: Host) -> None:
    key = challenge.new_key()
    sums = challenge.recorded(deployed.store.active(), SECRETS)

    result = release.plan(deployed.engine(secrets={}, secret_sums=sums), {}, key)

    assert challenge.differing(key, SECRETS, result["answer"]) == []
    assert challenge.differing(key, {**SECRETS, "secrets/token": NEW}, result["answer"]) == ["secrets/token"]
    assert (result["pending"], result["locked"]) == (False, "")


def test_the_module_reads_the_sums_of_the_active_release(deployed: Host) -> None:
    unit = {"name": "app.service", "content": ""}
    options = {name: option.get("default") for name, option in release.ARGUMENTS.items()}
    check = {"ready_url": "http://127.0.0.1:1"}
    own = {"component": "app", "environment": "dev", "group": "app", "unit": unit, "health_check": check}
    program = {"method": "artifact", "version": "1.0"}
    where = {"root": str(deployed.root / "opt"), "config_root": str(deployed.root / "etc"), "unit_root": "/nowhere"}

    engine = release.build_engine(
        {**options, **own, "program": program, **where, "secret_names": ["secrets/new", "secrets/token"]}
    )

    recorded = deployed.active.meta["files"]["etc/secrets/token"]
    assert engine.wanted.secret_sums == {"secrets/new": "", "secrets/token": recorded}


def test_ansible_hides_the_key_and_shows_the_names() -> None:
    assert release.ARGUMENTS["challenge"]["no_log"] is True
    assert release.ARGUMENTS["secret_names"]["no_log"] is False


# The id, which everybody sees


def test_the_id_of_a_release_tells_nothing_about_its_secrets(make_host: Callable[[str], Host]) -> None:
    one, other = make_host("one"), make_host("other")
    one.deploy("one\n", secrets=SECRETS)
    other.deploy("one\n", secrets={"secrets/token": NEW})

    assert one.active.id == other.active.id
    assert one.active.digest != other.active.digest
    assert one.active.id.partition("-")[2] not in one.active.digest


def test_the_id_tells_another_content(make_host: Callable[[str], Host]) -> None:
    one, other = make_host("one"), make_host("other")
    one.deploy("one\n")
    other.deploy("two\n")

    assert one.active.id[:5] == other.active.id[:5] and one.active.id != other.active.id


def test_a_new_secret_alone_is_another_release(deployed: Host) -> None:
    first = deployed.active.id
    deployed.deploy("one\n", secrets={**SECRETS, "secrets/token": NEW})

    assert deployed.active.id == f"0002-{first[5:]}"
    assert deployed.store.journal.health(deployed.active.id) is not None
