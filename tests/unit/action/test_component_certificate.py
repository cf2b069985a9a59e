# SPDX-License-Identifier: GPL-3.0-or-later
"""component_certificate: what is made on the controller, and what the host (here a double) is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.playbook.task import Task
from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.action import component_certificate
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.author import author

from tests.unit.plugin_utils.described import described

Act = Callable[..., dict[str, Any]]

COMPONENT = described(user="aetherlink-prometheus", tls=True)
PASSPHRASE = "a passphrase for tests"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the double of the host was given."""
    found: list[dict[str, Any]] = []

    def answer(_self: ActionBase, name: str, module_args: dict[str, Any], **_: Any) -> dict[str, Any]:
        found.append({"module": name, **module_args})
        return {"changed": True}

    monkeypatch.setattr(ActionBase, "_execute_module", answer)
    return found


@pytest.fixture
def bring(act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Act:
    def run(**more: Any) -> dict[str, Any]:
        own = {
            "aether_env": "dev",
            "inventory_hostname": "mon1",
            "inventory_dir": str(tmp_path),
            "aether_tls_ca_passphrase": PASSPHRASE,
            "groups": {"prometheus": ["mon1"]},
            "hostvars": {"mon1": {}},
        }
        component = replace(COMPONENT, **more.pop("component", {}))
        monkeypatch.setattr(component_certificate, "describe", lambda _variables: component)
        return act("component_certificate", {**own, **more}, component="prometheus")

    return run


@pytest.fixture
def in_check_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Task, "check_mode", True)


def test_the_host_gets_a_certificate_of_the_authority_and_nothing_of_its_key(
    bring: Act, given: list[dict[str, Any]], tmp_path: Path
) -> None:
    assert bring() == {"changed": True}

    (texts,) = given
    assert texts["module"] == "aetherlink.monitoring.component_certificate"
    assert (texts["component"], texts["group"]) == ("prometheus", "aetherlink-prometheus")
    assert texts["authority"] == (tmp_path / ".ca" / "ca.pem").read_text()
    assert set(texts) == {"module", "component", "group", "certificate", "key", "authority"}
    assert PASSPHRASE not in str(texts) and "OPENSSH" not in str(texts)


def test_it_is_on_record_who_had_it_issued(bring: Act, given: list[dict[str, Any]], tmp_path: Path) -> None:
    bring()

    (line,) = (tmp_path / ".ca" / "issued.jsonl").read_text().splitlines()
    issued = json.loads(line)
    assert (issued["host"], issued["component"], issued["by"]) == ("mon1", "prometheus", author())


def test_every_component_has_a_key_of_its_own(bring: Act, given: list[dict[str, Any]]) -> None:
    bring()
    bring(component={"name": "grafana"})

    first, second = given
    assert first["authority"] == second["authority"] and first["key"] != second["key"]


def test_a_component_without_tls_gets_none(bring: Act, given: list[dict[str, Any]], tmp_path: Path) -> None:
    assert bring(component={"tls": False}) == {"changed": False, "skipped": True}
    assert not given and not (tmp_path / ".ca").exists()


@pytest.mark.usefixtures("in_check_mode")
def test_check_mode_makes_nothing_on_the_controller_and_nothing_on_the_host(
    bring: Act, given: list[dict[str, Any]], tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))

    assert bring() == {"changed": True}
    assert not given and sorted(tmp_path.rglob("*")) == before


def test_check_mode_refuses_what_a_run_would(
    bring: Act, given: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring()
    given.clear()
    sentence = (
        f"{tmp_path}/.ca/ca.key does not open with aether_tls_ca_passphrase: set the one that it was made with, in the "
        "environment's vault."
    )

    for check_mode in (True, False):
        monkeypatch.setattr(Task, "check_mode", check_mode)
        assert bring(aether_tls_ca_passphrase="another passphrase for tests") == {"failed": True, "msg": sentence}
    assert not given
