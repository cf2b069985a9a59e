# SPDX-License-Identifier: GPL-3.0-or-later
"""The mistakes of tests/bad_input/corpus, in a normal run and in check mode: one sentence, and nothing happens.

Each that takes a host, and every tenth of the others, whose sentences tests/rendered reads without a host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from tests.bad_input.corpus import PLAYBOOKS, Entry, entries

testinfra_hosts = ["ansible://dev"]
MODES = {"as it is": (), "check mode": ("--check",)}
HALVES = (("prometheus", "inbox", "demo_verticals"), ("alertmanager", "grafana", "command_center"))
NOBODY_READS = ("Traceback", "see above", "output has been hidden", "MODULE FAILURE", "hunter2")
AS_A_USER = (
    "alertmanager/receiver-undefined",
    "command_center/group-unknown",
    "prometheus/promql",
    "inbox/ports-alike",
)


def mistakes(*components: str) -> list[Entry]:
    return [entry for n, entry in enumerate(entries(*components)) if entry.on_host or entry.staged or n % 10 == 0]


@pytest.fixture(scope="module", params=MODES.values(), ids=MODES)
def mode(request: pytest.FixtureRequest) -> tuple[str, ...]:
    mode: tuple[str, ...] = request.param
    return mode


@pytest.fixture(scope="module")
def made(mode: Any, host: Host, state: Any, deploy_each: Any, at_once: Any) -> dict[str, Any]:
    before = state(host)
    runs = at_once(lambda half: deploy_each(mistakes(*half), *mode), HALVES)
    told = {name: sentence for found, _ in runs for name, sentence in found.items()}
    return {"told": told, "output": " ".join(output for _, output in runs), "before": before, "after": state(host)}


def wrong(told: dict[str, str], wanted: list[Entry], state: dict[str, Any], real: bool) -> dict[str, tuple[str, str]]:
    """(told, wanted) of each entry that was not told its sentence. real: whether it was no rehearsal."""
    found = {}
    for entry in wanted:
        sentence = entry.sentence
        if entry.staged and real:
            release = state[entry.component]["release"].rpartition("/")[2]
            sentence = f"{sentence} Nothing was switched; release {release} is untouched."
        if not entry.is_told(told.get(entry.name, "nothing"), sentence):
            found[entry.name] = (told.get(entry.name, "nothing"), sentence)
    return found


def test_every_mistake_is_told_in_its_sentence(made: dict[str, Any], mode: tuple[str, ...]) -> None:
    asked = [entry for half in HALVES for entry in mistakes(*half)]
    assert len(asked) >= 80
    assert wrong(made["told"], asked, made["before"], real=not mode) == {}


def test_none_reaches_a_running_service(made: dict[str, Any]) -> None:
    assert made["after"] == made["before"]


def test_nobody_reads_a_traceback_or_a_secret(made: dict[str, Any]) -> None:
    assert [text for text in NOBODY_READS if text in made["output"]] == []


def test_playbooks_tell_of_their_own_variables(
    mode: Any, host: Host, state: Any, run_entry: Callable[..., Any], at_once: Any
) -> None:
    wanted = entries(PLAYBOOKS)
    before = state(host)

    runs = at_once(lambda entry: run_entry(entry, *mode), wanted)

    skipped = {entry.name for entry in wanted if mode and not entry.asked_in_check}
    told = {entry.name: sentences for entry, (sentences, _) in zip(wanted, runs)}
    assert {name for name, sentences in told.items() if not sentences} == skipped
    assert {name: sentences for name, sentences in told.items() if len(sentences) > 1} == {}
    once = {name: sentences[0] for name, sentences in told.items() if sentences}
    asked = [entry for entry in wanted if entry.name in once]
    assert wrong(once, asked, before, real=not mode) == {}
    assert [text for text in NOBODY_READS for _, output in runs if text in output] == []
    assert state(host) == before


@pytest.mark.parametrize("name", AS_A_USER)
def test_a_user_of_the_real_playbook_reads_the_same(
    name: str, host: Host, state: Any, run_playbook: Callable[..., Any], tmp_path: Any
) -> None:
    (entry,) = (entry for entry in entries() if entry.name == name)
    (tmp_path / "mistake.yml").write_text(entry.variables)
    before = state(host)

    seen = run_playbook("playbooks/site.yml", f"--extra-vars=@{tmp_path}/mistake.yml").refused()

    assert entry.sentence in seen.output
    assert [text for text in NOBODY_READS if text in seen.output] == []
    assert state(host) == before
