# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a host's answers: none becomes a variable of ours. Ansible's own classes put the variables together."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants
from ansible.inventory.manager import InventoryManager
from ansible.module_utils._internal import _messages
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader, shell_loader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.aetherlink.monitoring.plugins.filter.component_api import component_api
from ansible_collections.aetherlink.monitoring.plugins.filter.group_targets import group_targets
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import facts
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action

Act = Callable[..., dict[str, Any]]

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
HOSTILE = {"aether_tls_names": ["evil.example"], "prometheus_archive_url": "https://evil.example/", "os_family": "x"}
INVENTORY = """
all:
  vars: {aether_env: prod, prometheus_archive_url: "https://mirror.example/"}
  children:
    prometheus: {hosts: {mon1: {}}}
    alertmanager: {hosts: {mon1: {}, web1: {ansible_host: 10.0.0.2}}}
"""


def sentence(host: str, *names: str) -> str:
    return (
        f"The host {host} tries to set {', '.join(names)} through facts, which only the inventory may set: someone "
        f"with root on {host} may have changed its Python, so inspect or rebuild {host} and run again with "
        "--flush-cache."
    )


class Controller:
    """Ansible's own variables of an inventory, over a run in which hosts answered."""

    def __init__(self, directory: Path) -> None:
        source = directory / "hosts.yml"
        source.write_text(INVENTORY)
        loader = DataLoader()
        self._inventory = InventoryManager(loader, sources=[str(source)])
        self.manager = VariableManager(loader, self._inventory)
        self.hostvars = HostVars(self._inventory, self.manager, loader)
        self.groups = self._inventory.get_groups_dict()

    def variables(self, host: str) -> dict[str, Any]:
        """As a task on the host has them."""
        return {**self.manager.get_vars(host=self._inventory.get_host(host)), "hostvars": self.hostvars}


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    return Controller(tmp_path)


@pytest.fixture(params=[True, False], ids=["injected", "not injected"])
def injection(request: Any, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(constants, "INJECT_FACTS_AS_VARS", request.param)
    return bool(request.param)


def test_with_injection_a_fact_counts_more_than_the_inventory(controller: Controller, injection: bool) -> None:
    """What is defended against, and that the setting of ansible.cfg is a defence."""
    controller.manager.set_host_facts("mon1", HOSTILE)
    url = controller.variables("mon1")["prometheus_archive_url"]
    assert url == ("https://evil.example/" if injection else "https://mirror.example/")


@pytest.mark.usefixtures("injection")
@pytest.mark.parametrize("name", MODULES)
def test_each_action_refuses_a_host_that_sets_variables(act: Act, controller: Controller, name: str) -> None:
    controller.manager.set_host_facts("mon1", HOSTILE)
    result = act(name, controller.variables("mon1"))
    assert result == {"failed": True, "msg": sentence("mon1", "aether_tls_names", "prometheus_archive_url")}


@pytest.mark.parametrize(
    "name",
    [
        "aether_address",
        "release_watch",
        "host_firewall_allow",
        "component_missing",
        "component_grafana_is_locked",
        "command_center_artifact",
        "rollback_plan",
        "verify_report",
        "history_file",
        "drill_report",
        "export_dashboards_dir",
        "silence_matchers",
        "__component_archive",
        "ansible_aether_address",
    ],
)
def test_names_of_every_role_and_playbook_are_ours(controller: Controller, name: str) -> None:
    controller.manager.set_host_facts("mon1", {name: "x"})
    found = facts.refuse("mon1", controller.variables("mon1"))
    assert found == sentence("mon1", name.removeprefix("ansible_"))


MAGIC = [
    "inventory_dir",
    "inventory_file",
    "inventory_hostname",
    "inventory_hostname_short",
    "group_names",
    "groups",
    "hostvars",
    "playbook_dir",
    "role_path",
    "ansible_play_hosts",
    "ansible_diff_mode",
    "omit",
    "vars",
]


@pytest.mark.usefixtures("injection")
@pytest.mark.parametrize("name", MAGIC)
def test_names_of_ansible_itself_are_no_facts(act: Act, controller: Controller, name: str) -> None:
    controller.manager.set_host_facts("mon1", {name: "/evil"})
    variables = {**controller.variables("mon1"), "inventory_hostname": "mon1"}
    told = sentence("mon1", name.removeprefix("ansible_"))

    assert facts.refuse("mon1", variables) == told
    assert act("release", variables) == {"failed": True, "msg": told}
    with pytest.raises(ConfigError) as caught:
        facts.HostVariables(controller.hostvars)["mon1"]
    assert str(caught.value) == told


def test_with_injection_a_fact_counts_more_than_what_ansible_knows(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is defended against: the directory of the authority, or the host that templates name."""
    monkeypatch.setattr(constants, "INJECT_FACTS_AS_VARS", True)
    controller.manager.set_host_facts("mon1", {"inventory_dir": "/evil", "inventory_hostname_short": "web1"})
    variables = controller.variables("mon1")
    assert (variables["inventory_dir"], variables["inventory_hostname_short"]) == ("/evil", "web1")


@pytest.mark.parametrize(
    "name",
    [
        "ansible_hostname",
        "ansible_distribution",
        "ansible_distribution_version",
        "ansible_env",
        "ansible_python",
        "ansible_python_version",
        "ansible_local",
        "ansible_default_ipv4",
        "ansible_eth0",
        "ansible_user_id",
        "discovered_interpreter_python",
        "gather_subset",
        "module_setup",
        "packages",
        "services",
    ],
)
def test_what_is_gathered_is_let_through(controller: Controller, name: str) -> None:
    controller.manager.set_host_facts("mon1", {name: "x"})
    assert facts.refuse("mon1", controller.variables("mon1")) == ""


def test_what_tasks_of_ours_remember_is_no_fact_of_a_host(controller: Controller) -> None:
    """set_fact and register; and what hosts tell that is nobody's business."""
    controller.manager.set_nonpersistent_facts("mon1", {"component_missing": {}, "component_sources": {}})
    controller.manager.set_nonpersistent_facts("mon1", {"rollback_plan": {"plans": {}}, "component_plan": {}})
    controller.manager.set_host_facts("mon1", {"ansible_hostname": "mon1", "ansible_distribution_release": "trixie"})
    variables = controller.variables("mon1")
    assert variables["component_missing"] == {}
    assert facts.refuse("mon1", variables) == ""


def test_names_are_the_hosts_words_and_are_shown_short_and_plain(controller: Controller) -> None:
    controller.manager.set_host_facts("mon1", {f"aether_{letter}\x1b[2J{'x' * 99}": 1 for letter in "abcde"})
    found = facts.refuse("mon1", controller.variables("mon1"))
    shown = [f"aether_{letter}??2J{'x' * 48}" for letter in "abc"]
    assert f"tries to set {', '.join(shown)} and 2 more through facts" in found


@pytest.mark.usefixtures("injection")
def test_another_host_that_sets_variables_is_refused_where_its_variables_are_read(
    act: Act, controller: Controller
) -> None:
    controller.manager.set_host_facts("web1", {"aether_address": "0.0.0.0/0"})
    told = sentence("web1", "aether_address")
    where = (controller.groups, controller.hostvars, "mon1")

    questions: list[Callable[[], Any]] = [
        lambda: group_targets(*where),
        lambda: component_api(controller.hostvars["web1"], "alertmanager"),
    ]
    for ask in questions:
        with pytest.raises(Exception) as caught:
            ask()
        assert str(caught.value) == told
    own = {**controller.variables("mon1"), "groups": controller.groups, "inventory_hostname": "mon1"}
    assert act("host_baseline", own, firewall="nftables") == {"failed": True, "msg": told}


SETTINGS = {
    "alertmanager_receivers": [{"name": "nobody"}],
    "alertmanager_route": {"receiver": "nobody"},
    "alertmanager_cluster_listen_address": "",
    **{f"alertmanager_{name}": [] for name in ("inhibit_rules", "time_intervals", "routing_tests")},
    "alertmanager_global": {},
}
"""Of which the role's defaults need the role."""


def test_a_deploy_that_watches_itself_asks_no_host_that_sets_variables(act: Act, controller: Controller) -> None:
    controller.manager.set_host_facts("mon1", {"prometheus_port": 9999})
    own = {**controller.variables("web1"), "groups": controller.groups, "inventory_hostname": "web1"}
    asked = {**own, "aether_env": "dev", **SETTINGS, "release_watch": [{"name": "up", "query": "up"}]}

    result = act("component_release", asked, component="alertmanager", state="planned")

    assert result == {"failed": True, "msg": sentence("mon1", "prometheus_port")}


# What an answer carries


ANSWER = {"changed": True, "warnings": ["mind"], "found": {"blocks": []}, "ansible_facts": HOSTILE}


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_an_action_that_drops_facts(name: str) -> None:
    module = importlib.import_module(f"ansible_collections.aetherlink.monitoring.plugins.action.{name}")
    assert issubclass(module.ActionModule, Action)
    # None of them goes around it.
    assert module.ActionModule.run is Action.run
    assert module.ActionModule._execute_module is Action._execute_module


@pytest.mark.parametrize("name", ["alertmanager_silence", "drill_step", "grafana_annotation", "release"])
def test_an_answer_comes_back_whole_but_for_its_facts(act: Act, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    asked: list[Any] = []

    def answer(self: ActionBase, *_: Any, **more: Any) -> dict[str, Any]:
        asked.append((self._task.action, more["module_args"], more["task_vars"]["inventory_hostname"]))
        return dict(ANSWER)

    monkeypatch.setattr(ActionBase, "_execute_module", answer)

    assert act(name, {"inventory_hostname": "mon1"}, state="x") == {k: ANSWER[k] for k in ANSWER if k != facts.FACTS}
    assert asked == [(f"aetherlink.monitoring.{name}", {"state": "x"}, "mon1")]


def test_which_python_ansible_found_by_itself_stays_known(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would look again for each task."""

    def answer(self: ActionBase, *_: Any, **__: Any) -> dict[str, Any]:
        self._discovered_interpreter_key = "discovered_interpreter_python"
        self._discovered_interpreter = "/usr/bin/python3.13"
        return dict(ANSWER)

    monkeypatch.setattr(ActionBase, "_execute_module", answer)
    found = {"discovered_interpreter_python": "/usr/bin/python3.13"}
    assert act("release", {"inventory_hostname": "mon1"})[facts.FACTS] == found
    assert "failed" not in act("release", {"inventory_hostname": "mon1", facts.FACTS: found})


# Where a host is reached


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("ansible_sftp_executable", True),  # Ansible would take it, and runs it on the controller
        ("ansible_host", True),
        ("ansible_remote_tmp", True),
        ("ansible_user_id", False),
        ("ansible_ssh_host_key_ed25519_public", False),
    ],
)
def test_a_host_does_not_say_how_it_is_reached(controller: Controller, name: str, refused: bool) -> None:
    controller.manager.set_host_facts("mon1", {name: "/tmp/x"})
    context = PlayContext()
    connection = connection_loader.get("ssh", context)
    connection._shell = shell_loader.get("sh")
    task = Task()
    task.action, task.args = "aetherlink.monitoring.release", {}
    module = importlib.import_module("ansible_collections.aetherlink.monitoring.plugins.action.release")
    plugin = module.ActionModule(task, connection, context, DataLoader(), SimpleNamespace(), None)
    plugin.act = lambda _variables: {"changed": False}

    result = plugin.run(task_vars=controller.variables("mon1"))

    expected = {"failed": True, "msg": sentence("mon1", name.removeprefix("ansible_"))}
    assert result == (expected if refused else {"changed": False})


def test_what_a_host_answers_commands_no_terminal(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"failed": True, "msg": "no\x1b[2J\nanswer", "details": ["a\x9b1m", 7], "texts": {"a": "b\n"}}
    monkeypatch.setattr(ActionBase, "_execute_module", lambda *_, **__: dict(answer))

    assert act("release_history", components=["prometheus"]) == {
        "failed": True,
        "msg": "no [2J answer",
        "details": ["a 1m", 7],
        "texts": {"a": "b\n"},
    }


def event(text: str, **more: Any) -> _messages.Event:
    return _messages.Event(msg=text, **more)


BAD, LINE = "no\x1b[2J\nok: [mon1]\u202e", "no [2J ok: [mon1]"


def told(act: Act, monkeypatch: pytest.MonkeyPatch, **answer: Any) -> dict[str, Any]:
    monkeypatch.setattr(ActionBase, "_execute_module", lambda *_, **__: dict(answer))
    return act("release", {"inventory_hostname": "mon1"})


def test_warnings_of_modules_of_today_command_no_terminal(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible makes objects of them before an action sees them."""
    plain = _messages.WarningSummary(event=event("mind"))
    chain = _messages.EventChain(msg_reason=BAD, traceback_reason="x", event=event(BAD))
    found = told(
        act,
        monkeypatch,
        warnings=[_messages.WarningSummary(event=event(BAD, help_text=BAD, chain=chain, events=(event(BAD),))), plain],
        deprecations=[_messages.DeprecationSummary(event=event(BAD), version="9")],
    )

    warning, same = found["warnings"]
    inner = warning.event
    shown = [inner.msg, inner.help_text, inner.chain.msg_reason, inner.chain.event.msg, inner.events[0].msg]
    assert shown == [LINE] * 5
    assert isinstance(warning, _messages.WarningSummary) and same == plain
    (deprecation,) = found["deprecations"]
    assert (deprecation.event.msg, deprecation.version) == (LINE, "9")
    assert isinstance(deprecation, _messages.DeprecationSummary)


def test_an_error_of_a_module_commands_no_terminal(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    error = _messages.ErrorSummary(event=event(BAD, formatted_traceback="Traceback:\n\ta\x1b[2J\r\n"))
    found = told(act, monkeypatch, failed=True, exception=error)["exception"].event
    assert (found.msg, found.formatted_traceback) == (LINE, "Traceback:\n\ta [2J \n")
    assert told(act, monkeypatch, failed=True, exception="a\x1b\n\tb")["exception"] == "a \n\tb"


def test_a_difference_keeps_its_lines_and_commands_no_terminal(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    diff = [
        {"before": "a\n\tb\x1b[2J\n", "after": "a\n\n\tc\x9b1m\u2028\n", "before_header": "x\x1b"},
        {"prepared": "\x1b"},
    ]
    assert told(act, monkeypatch, diff=diff)["diff"] == [
        {"before": "a\n\tb [2J\n", "after": "a\n\n\tc 1m \n", "before_header": "x "},
        {"prepared": " "},
    ]


def test_of_a_failed_answer_everything_is_shown_and_of_others_data_stay_as_they_are(
    act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"texts": {"a": "b\r\n"}, "certificate": {"certificate": "c\r\n"}, "dashboards": [{"title": "d\u2028"}]}
    assert told(act, monkeypatch, **answer) == answer
    assert told(act, monkeypatch, failed=True, **answer, **{"x\x9b": ["y\x9b"]}) == {
        "failed": True,
        "texts": {"a": "b \n"},
        "certificate": {"certificate": "c \n"},
        "dashboards": [{"title": "d "}],
        "x ": ["y "],
    }
