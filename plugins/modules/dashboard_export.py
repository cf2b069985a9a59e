#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible module `aetherlink.monitoring.dashboard_export`: fetches dashboards on the host; its action does the rest."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dashboard_export
short_description: Bring edits made in Grafana back into version control
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Compares the dashboards that Grafana has with their sources in a directory on the controller, says which drifted,
    and writes those back as a minimal change. What Grafana adds or changes on its own is left out, and so is what a
    deploy puts in.
  - A dashboard that carries a secret is refused. The others are still written, and the task fails at the end.
  - Grafana is asked from the host that the task runs on. Nothing in Grafana is changed.
options:
  directory:
    description: Directory on the controller with the sources, one JSON file a dashboard, in directories by folder.
    type: path
    required: true
  url:
    description: Grafana's base URL as the host itself reaches it.
    type: str
    default: http://127.0.0.1:3000
  user:
    description: Who asks Grafana; somebody who may see every dashboard.
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
  deployed:
    description:
      - Directory on the host with the dashboards as they were deployed. By it, an edit made in Grafana is told from a
        source that has moved on since. Where it is not there, whatever differs from its source counts as edited.
    type: path
    default: /opt/aetherlink/grafana/current/etc/dashboards
  runbook_url:
    description: What the deploy puts in for C(__RUNBOOK_URL__/<alert>), with C({alert}) for the alert.
    type: str
    default: ""
  uids:
    description:
      - Only the dashboards with these uids, and those of O(replaces). What has no source yet is written only when it
        is named here, and so is what was edited in Grafana while its source has moved on. V(*) names all.
    type: list
    elements: str
    default: []
  replaces:
    description:
      - Which dashboard a copy stands for, uid of the source by uid of the copy. Grafana saves an edit of a provisioned
        dashboard only as a copy; the copy is written as the edited original.
    type: dict
    default: {}
  write:
    description: Whether files are written. If not, as in check mode, what would be written is only shown.
    type: bool
    default: true
extends_documentation_fragment: aetherlink.monitoring.access
notes:
  - Grafana asks for its own users, O(user) and O(password_file). Of O(access), only the certificates are used.
attributes:
  check_mode:
    description: Says and, with C(--diff), shows what would be written.
    support: full
  diff_mode:
    description: Shows each file that differs.
    support: full
"""

EXAMPLES = r"""
- name: Which dashboards drifted from their sources?
  aetherlink.monitoring.dashboard_export:
    directory: "{{ playbook_dir }}/dashboards"
    write: false

- name: Bring back the edit that was saved as a copy
  aetherlink.monitoring.dashboard_export:
    directory: "{{ playbook_dir }}/dashboards"
    replaces: {bdx2f3k1p: vertical-fleet-health}
"""

RETURN = r"""
dashboards:
  description: Each dashboard with C(uid), C(title), C(file) below O(directory), C(state) and C(written).
  returned: always
  type: list
  elements: dict
refused:
  description: A sentence for each dashboard that carries a secret; none shows it.
  returned: always
  type: list
  elements: str
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import OPTION as ACCESS
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import (
    Grafana,
    GrafanaError,
    password_from,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_api import everything, read
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_secrets import secrets
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.normalise import (
    like,
    same,
    standing_for,
    stripped,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean

PASSWORD_FILE = "/opt/aetherlink/grafana/current/etc/secrets/admin_password"  # noqa: S105 - where it is
ARGUMENTS: dict[str, Any] = {
    "directory": {"type": "path", "required": True},
    "url": {"type": "str", "default": "http://127.0.0.1:3000"},
    "user": {"type": "str", "default": "admin"},
    "password": {"type": "str", "default": "", "no_log": True},
    "password_file": {"type": "path", "default": "", "no_log": False},
    "deployed": {"type": "path", "default": "/opt/aetherlink/grafana/current/etc/dashboards"},
    "runbook_url": {"type": "str", "default": ""},
    "uids": {"type": "list", "elements": "str", "default": []},
    "replaces": {"type": "dict", "default": {}},
    "write": {"type": "bool", "default": True},
    "access": ACCESS,
}


def fetch(grafana: Grafana, uids: list[str], replaces: dict[str, str], deployed: str) -> dict[str, Any]:
    """dashboards: [{uid, title, folder, content, deployed, edited}], those with secrets left out; refused: sentences;
    present: uids of all. deployed: what was put there, None where that is unknown or the same.

    Raises GrafanaError.
    """
    puts = {d["uid"]: stripped(d) for d in read(deployed).values() if d.get("uid")}
    listed = {one["uid"]: one for one in everything(grafana)}
    found, refused = [], []
    for uid in chosen(set(listed), uids, replaces):
        answer = grafana.get(f"/api/dashboards/uid/{uid}")
        content, base = stripped(answer["dashboard"]), puts.get(replaces.get(uid, uid))
        if place := next(secrets(content), None):
            refused.append({"uid": uid, "sentence": refusal(uid, str(content.get("title", "")), *place)})
            continue
        if base and uid in replaces:
            content = standing_for(base, content)
        edited = base is None or not same(like(base, content), base)
        one = {"uid": uid, "title": content["title"], "content": content, "edited": edited}
        folder = str(answer.get("meta", {}).get("folderTitle") or "")
        found.append({**one, "folder": folder, "deployed": base if edited else None})
    return {"dashboards": found, "refused": refused, "present": sorted(listed)}


def chosen(listed: set[str], uids: list[str], replaces: dict[str, str]) -> list[str]:
    """The uids to fetch; a dashboard that a copy stands for is left to the copy. Raises GrafanaError."""
    named = {*uids, *replaces} - {"*"}
    if missing := sorted(named - listed):
        raise GrafanaError(f"Grafana has no dashboard with the uid {missing[0]}: look for it in the page's address.")
    all_of_them = "*" in uids or not named
    return sorted((listed if all_of_them else named) - set(replaces.values()))


def refusal(uid: str, title: str, place: str, kind: str) -> str:
    shown = "" if next(secrets(title), None) else f' "{title}"'
    return (
        f"The dashboard{shown} ({uid}) has {kind} at {place or 'its top'} and is not exported: take the secret out in "
        "Grafana, put it into the settings of the data source, and replace it, since others may have seen it."
    )


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    p = module.params
    try:
        password = p["password"] or password_from(p["password_file"] or PASSWORD_FILE)
        grafana = Grafana(p["url"], p["user"], password, access=Access.of(p["access"]))
        found = fetch(grafana, p["uids"], p["replaces"], p["deployed"] if Path(p["deployed"]).is_dir() else "")
    except GrafanaError as error:
        module.fail_json(msg=clean(error))
    except (KeyError, TypeError, AttributeError) as error:
        module.fail_json(msg=f"Grafana at {p['url']} answers unlike Grafana ({type(error).__name__}: {clean(error)}).")
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
