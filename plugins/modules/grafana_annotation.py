#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible module `aetherlink.monitoring.grafana_annotation`: a mark on every dashboard."""

from __future__ import annotations

DOCUMENTATION = r"""
module: grafana_annotation
short_description: Mark a moment on the dashboards of Grafana
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Writes an annotation of Grafana's organisation, which dashboards show by its tags. Runs on Grafana's host.
  - A deploy uses it, and never fails by it. Where Grafana is not there or does not take it, this says so.
options:
  url:
    description: Grafana's base URL.
    type: str
    required: true
  user:
    description: Who writes it.
    type: str
    default: admin
  password_file:
    description: File on the host with the user's password.
    type: path
    default: /opt/aetherlink/grafana/current/etc/secrets/admin_password
  text:
    description: What happened.
    type: str
    required: true
  tags:
    description: Tags that dashboards find it by.
    type: list
    elements: str
    required: true
extends_documentation_fragment: aetherlink.monitoring.access
notes:
  - Grafana asks for its own users, O(user) and O(password_file). Of O(access), only the certificates are used.
"""

EXAMPLES = r"""
- name: Mark a deploy
  aetherlink.monitoring.grafana_annotation:
    url: http://127.0.0.1:3000
    text: prometheus on mon1, release 0002-3fa9c1d2
    tags: [aetherlink-deploy, prometheus, mon1]
"""

RETURN = r"""
id:
  description: Grafana's number of it.
  returned: when it was written
  type: int
locked:
  description: Whether Grafana did not take the password, so that asking again does harm.
  returned: always
  type: bool
trouble:
  description: Why it was not written; empty when it was.
  returned: always
  type: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import OPTION as ACCESS
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import (
    Grafana,
    GrafanaError,
    password_from,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean

ARGUMENTS: dict[str, Any] = {
    "url": {"type": "str", "required": True},
    "user": {"type": "str", "default": "admin"},
    "password_file": {
        "type": "path",
        "default": "/opt/aetherlink/grafana/current/etc/secrets/admin_password",
        "no_log": False,
    },
    "text": {"type": "str", "required": True},
    "tags": {"type": "list", "elements": "str", "required": True},
    "access": ACCESS,
}


def mark(p: dict[str, Any]) -> dict[str, Any]:
    """What the module returns."""
    try:
        access = Access.of(p.get("access"))
        grafana = Grafana(p["url"], p["user"], password_from(p["password_file"]), timeout=10, access=access)
        answer = grafana.post("/api/annotations", {"text": p["text"], "tags": p["tags"]})
    except GrafanaError as error:
        return {"changed": False, "trouble": clean(error), "locked": error.status == 401}
    if not isinstance(answer, dict) or "id" not in answer:
        return {"changed": False, "trouble": f"{p['url']} does not answer as Grafana does", "locked": False}
    return {"changed": True, "id": answer["id"], "trouble": "", "locked": False}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if module.check_mode:
        module.exit_json(changed=True, trouble="", locked=False)
    module.exit_json(**mark(module.params))


if __name__ == "__main__":
    main()
