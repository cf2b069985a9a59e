# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes every mistake of the corpus as a deploy would, up to where the host is asked: real inventory, roles, templates.

`python -m tests.bad_input.controller` prints {component/id: what is told} as JSON, with null where the host has to be
asked. A process of its own, since Ansible's loader of plugins wants to be the first that imports them.
"""

from __future__ import annotations

import importlib
import json
from functools import cache
from types import SimpleNamespace
from typing import Any

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from tests.bad_input.corpus import ROLES, ROOT, Entry, entries

BUILT = {"version": "0123456789abcdef", "path": "/nowhere/double.pyz", "sha256": "0" * 64}
"""A double of a built artifact, for which a package index would be asked."""


class HostAsked(Exception):
    """Nothing was wrong as far as the controller can tell."""


@cache
def loader() -> DataLoader:
    return DataLoader()


@cache
def inventory() -> dict[str, Any]:
    """The variables of the host dev in inventories/dev."""
    source = InventoryManager(loader(), sources=[str(ROOT / "inventories/dev")])
    manager = VariableManager(loader(), source)
    found = manager.get_vars(host=source.get_host("dev"))
    return {**found, "hostvars": HostVars(source, manager, loader())}


@cache
def of_role(role: str, kind: str) -> dict[str, Any]:
    """What the role's defaults or vars say."""
    found: dict[str, Any] = {}
    for file in sorted((ROOT / "roles" / role / kind).glob("**/*.yml")):
        found.update(loader().load_from_file(str(file), trusted_as_template=True))
    return found


def told(entry: Entry) -> str | None:
    role = entry.component
    own = loader().load(trust_as_template(entry.variables))
    path = str(ROOT / "roles" / role)
    variables = {
        **of_role(role, "defaults"),
        **inventory(),
        # What the scenario adds to inventories/dev.
        "grafana_version": "13.0.1",
        "grafana_archive_url": "file:///nowhere/grafana_{version}_linux_{architecture}.tar.gz",
        **of_role(role, "vars"),
        "role_path": path,
        "ansible_search_path": [path],
        **own,
    }
    try:
        result = act("component_release", {"component": role, "state": "planned"}, variables)
    except HostAsked:
        return None
    return str(result["msg"]) if result.get("failed") else None


def act(name: str, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
    module = importlib.import_module(f"ansible_collections.aetherlink.monitoring.plugins.action.{name}")
    task = Task()
    task.action, task.args = f"aetherlink.monitoring.{name}", arguments
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="/nowhere"))  # a double that leads nowhere
    plugin = module.ActionModule(
        task, connection, PlayContext(), loader(), Templar(loader(), variables=variables), None
    )
    plugin._execute_module = _ask_the_host
    built = module.artifact
    module.artifact = lambda source: built(source) if source.prebuilt else BUILT
    result: dict[str, Any] = plugin.run(task_vars=variables)
    return result


def _ask_the_host(*_arguments: Any, **_more: Any) -> None:
    raise HostAsked


def main() -> None:
    init_plugin_loader([str(ROOT / ".venv" / "collections")])
    right = [Entry(role, "nothing", "No mistake at all", "", variables="{}") for role in ROLES]
    print(json.dumps({entry.name: told(entry) for entry in [*right, *entries()]}))


if __name__ == "__main__":
    main()
