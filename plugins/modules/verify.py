#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible module `aetherlink.monitoring.verify`: asks one running component whether it does what was wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Ask a running component whether it does what the inventory wants
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers
description:
  - Asks the running system, not its files, through the component's own API on its own host. Every wanted target up,
    rules loaded, series present with the right environment, versions as wanted.
  - What is not as wanted yet is asked again until O(timeout), since a scrape after a deploy takes its interval.
  - Never fails by itself and changes nothing; M(aetherlink.monitoring.verify_report) prints the rows and fails on a
    bad one.
options:
  component:
    description: Which component.
    type: str
    choices: [prometheus, alertmanager, command_center, demo_verticals, inbox]
    required: true
  url:
    description: The component's base URL as the host itself reaches it.
    type: str
    required: true
  env:
    description: The environment that series must have.
    type: str
    required: true
  files:
    description: The rendered configuration files of the component; the action plugin reads what is wanted out of them.
    type: dict
    required: true
  version:
    description: The wanted version. Empty for the one that the active release was made with.
    type: str
    default: ""
  timeout:
    description: Seconds until what is not as wanted counts as bad.
    type: float
    default: 60
  root:
    description: Directory that holds the components.
    type: path
    default: /opt/aetherlink
"""

EXAMPLES = r"""
- name: Ask Alertmanager
  aetherlink.monitoring.verify:
    component: alertmanager
    url: http://127.0.0.1:9093
    env: prod
    files: "{{ rendered }}"
"""

RETURN = r"""
rows:
  description: One entry a check, with C(component), C(check), C(wanted), C(seen) and C(ok).
  returned: always
  type: list
  elements: dict
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import (
    alertmanager,
    command_center,
    demo_verticals,
    inbox,
    prometheus,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Get, Row, getter, row

CHECKS: dict[str, Callable[[Get, dict[str, Any]], list[Row]]] = {
    "prometheus": prometheus.rows,
    "alertmanager": alertmanager.rows,
    "command_center": command_center.rows,
    "demo_verticals": demo_verticals.rows,
    "inbox": inbox.rows,
}


def look(component: str, get: Get, wanted: dict[str, Any]) -> list[Row]:
    try:
        return CHECKS[component](get, wanted)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [row("API", "answers", f"{type(error).__name__}: {error}", False)]


def until_good(component: str, get: Get, wanted: dict[str, Any], timeout: float) -> list[Row]:
    deadline = time.monotonic() + timeout
    while True:
        rows = look(component, get, wanted)
        if all(r["ok"] for r in rows) or time.monotonic() >= deadline:
            return rows
        time.sleep(1)


def active_release(root: str, component: str) -> dict[str, Any]:
    try:
        release: dict[str, Any] = json.loads((Path(root) / component / "current" / "release.json").read_text())
        return release
    except (OSError, ValueError):
        return {"id": "none", "version": "none"}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "component": {"type": "str", "choices": list(CHECKS), "required": True},
            "url": {"type": "str", "required": True},
            "env": {"type": "str", "required": True},
            "files": {"type": "dict", "required": True},
            "version": {"type": "str", "default": ""},
            "timeout": {"type": "float", "default": 60},
            "root": {"type": "path", "default": "/opt/aetherlink"},
        },
        supports_check_mode=True,
    )
    p = module.params
    release = active_release(p["root"], p["component"])
    wanted = {"env": p["env"], "version": p["version"] or release["version"], **p["files"]}
    rows = [row("release", "active", release["id"], release["id"] != "none")]
    rows += until_good(p["component"], getter(p["url"]), wanted, p["timeout"])
    module.exit_json(changed=False, rows=[{"component": p["component"], **r} for r in rows])


if __name__ == "__main__":
    main()
