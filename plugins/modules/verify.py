#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible module `aetherlink.monitoring.verify`: asks one running component whether it does what was wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Ask a running component whether it does what the inventory wants
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Asks the running system, not its files, through the component's own API on its own host. Every wanted target up,
    rules loaded, series present with the right environment, versions as wanted.
  - What is not as wanted yet is asked again until O(timeout), since a scrape after a deploy takes its interval.
  - Of Grafana, each panel's queries are asked as its page asks them, and must give data of a fitting unit, with the
    label C(env), in time. Where O(root)/grafana/left_out says why there is no Grafana in dev, that is the one row.
  - Never fails by itself and changes nothing; M(aetherlink.monitoring.verify_report) prints the rows and fails on a
    bad one.
options:
  component:
    description: Which component.
    type: str
    choices: [prometheus, alertmanager, command_center, demo_verticals, inbox, grafana]
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
  user:
    description: Who asks Grafana; one of its server administrators.
    type: str
    default: admin
  password:
    description: The user's password. Better left empty, so that O(password_file) is read and no secret travels.
    type: str
    default: ""
  password_file:
    description: File on the host with the password. Empty for the secret C(admin_password) of the active release.
    type: path
    default: ""
  envs:
    description: The environments that series in Grafana's panels may be of. Empty for any.
    type: list
    elements: str
    default: []
  panel_limit:
    description: Seconds that a panel may take.
    type: float
    default: 1.0
  certificate_days:
    description:
      - Days that the component's certificate has to be good for yet, where it speaks HTTPS.
      - Where it is not given, it is C(aether_tls_renew_days) if that is less.
    type: float
    default: 7
  access:
    description:
      - How to ask, where that takes HTTPS by an authority of one's own, or a password.
      - A relative path is below C(etc/) of the active release. Of Grafana, only the certificates are used.
extends_documentation_fragment: aetherlink.monitoring.access
"""

EXAMPLES = r"""
- name: Check Alertmanager
  aetherlink.monitoring.verify:
    component: alertmanager
    url: http://127.0.0.1:9093
    env: prod
    files: "{{ rendered }}"

- name: Check Grafana with each panel
  aetherlink.monitoring.verify:
    component: grafana
    url: http://127.0.0.1:3000
    env: prod
    envs: [prod]
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
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import OPTION as ACCESS
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access, AccessError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import GrafanaError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.journal import Journal
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import alertmanager_rows as alertmanager
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import certificate_rows as certificate
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import command_center_rows as command_center
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import demo_verticals_rows as demo_verticals
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import grafana_rows as grafana
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import inbox_rows as inbox
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import prometheus_rows as prometheus
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Get, Row, getter, row

CHECKS: dict[str, Callable[[Get, dict[str, Any]], list[Row]]] = {
    "prometheus": prometheus.rows,
    "alertmanager": alertmanager.rows,
    "command_center": command_center.rows,
    "demo_verticals": demo_verticals.rows,
    "inbox": inbox.rows,
    "grafana": grafana.rows,
}


def look(component: str, get: Get, wanted: dict[str, Any]) -> list[Row]:
    try:
        return CHECKS[component](get, wanted)
    except GrafanaError as error:
        if error.status == 401:  # asked again and again, Grafana lets nobody in for five minutes
            raise
        return [row("API", "answers", str(error), False)]
    except AccessError as error:
        return [row("API", "answers", str(error), False)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [row("API", "answers", f"{type(error).__name__}: {error}", False)]


def until_good(
    component: str, get: Get, wanted: dict[str, Any], timeout: float, more: Callable[[], list[Row]] = list
) -> list[Row]:
    """more: other rows, asked for as often as these."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            rows = more() + look(component, get, wanted)
        except GrafanaError as error:
            return [row("API", "lets us in", str(error), False)]
        if all(r["ok"] for r in rows) or time.monotonic() >= deadline:
            return rows
        time.sleep(1)


def active_release(root: str, component: str) -> dict[str, Any]:
    try:
        release: dict[str, Any] = json.loads((Path(root) / component / "current" / "release.json").read_text())
        return release
    except (OSError, ValueError):
        return {"id": "none", "version": "none"}


def of_grafana(p: dict[str, Any]) -> dict[str, Any]:
    """What Grafana's checks need beside what is wanted: the way in, and the dashboards of the active release."""
    etc = Path(p["root"]) / "grafana" / "current" / "etc"
    return {
        **{key: p[key] for key in ("url", "user", "password", "envs", "panel_limit")},
        "password_file": p["password_file"] or str(etc / "secrets" / "admin_password"),
        "directory": str(etc / "dashboards"),
        "access": p["access"],
    }


def rows_of(p: dict[str, Any]) -> list[Row]:
    if p["component"] == "grafana" and p["env"] == "dev" and (told := grafana.left_out(p["root"])):
        return told
    release = active_release(p["root"], p["component"])
    wanted = {"env": p["env"], "version": p["version"] or release["version"], **p["files"]}
    if p["component"] == "grafana":
        wanted.update(of_grafana(p))
    etc = Path(p["root"]) / p["component"] / "current" / "etc"
    access = Access.of(p["access"]).below(etc)
    if p["component"] == "prometheus":
        wanted["etc"] = str(etc)
    held = Journal(Path(p["root"]) / p["component"] / "journal.jsonl").hold()
    since = f", held since {held['since']} by {held['by']}: {held['why']}" if held else ""
    rows = [row("release", "active", f"{release['id']}{since}", release["id"] != "none")]

    def shown() -> list[Row]:
        return certificate.rows(p["url"], access, p["certificate_days"])

    return rows + until_good(p["component"], getter(p["url"], access), wanted, p["timeout"], shown)


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
            "user": {"type": "str", "default": "admin"},
            "password": {"type": "str", "default": "", "no_log": True},
            "password_file": {"type": "path", "default": "", "no_log": False},
            "envs": {"type": "list", "elements": "str", "default": []},
            "panel_limit": {"type": "float", "default": 1.0},
            "certificate_days": {"type": "float", "default": 7},
            "access": ACCESS,
        },
        supports_check_mode=True,
    )
    p = module.params
    module.exit_json(changed=False, rows=[{"component": p["component"], **r} for r in rows_of(p)])


if __name__ == "__main__":
    main()
