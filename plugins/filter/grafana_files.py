# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.grafana_files`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: grafana_files
short_description: Configuration, provisioning and dashboards of Grafana from inventory variables
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes C(grafana.ini), the files that Grafana provisions data sources and dashboards from, and the dashboards
    themselves out of the C(grafana_*) variables and of the collection's own dashboards.
  - Each dashboard is held to Grafana's own schema, and gets a hidden variable that says which version of it Grafana
    has.
  - Each parameter is the variable of that name without C(grafana_), and errors name the variable.
positional: _input
options:
  _input:
    description: A mapping of the parameters below.
    type: dict
    required: true
  env:
    description: The environment, C(aether_env).
    type: str
    required: true
  host:
    description: Name of the host that Grafana runs on.
    type: str
    required: true
  hosts:
    description: What P(aetherlink.monitoring.group_targets#filter) returns.
    type: dict
    required: true
  ini_builtin:
    description: Sections of C(grafana.ini) and their keys, as the role has them.
    type: dict
    required: true
  ini:
    description: The operator's, which count where both have a key. Secrets in plain text are refused.
    type: dict
    default: {}
  root_url:
    description: URL that people open Grafana at. Needed outside dev.
    type: str
    default: ""
  tls:
    description: Serve HTTPS, with the certificate in C(/etc/aetherlink/tls/grafana).
    type: bool
    default: false
  web_user:
    description:
      - The machine user, from whose name the login of Grafana at Prometheus is made, and that of Prometheus at
        C(/metrics) of Grafana. The passwords are files of P(aetherlink.monitoring.web_files#filter). Empty where nobody
        is asked for one.
    type: str
    default: ""
  database:
    description: C(type) sqlite3, or postgres with C(host), C(name), C(user) and the secret C(database_password).
    type: dict
    default: {}
  secrets:
    description: Texts by name. Outside dev, a weak C(admin_password) or C(secret_key) is refused.
    type: dict
    required: true
  datasources:
    description: Data sources in the native form. Without any, each host of the inventory group C(prometheus) is one.
    type: list
    elements: dict
    default: []
  scrape_interval:
    description: How often Prometheus scrapes, below which no panel asks for a step.
    type: str
    required: true
  dashboards:
    description: The operator's dashboards by path, such as C(My folder/my.json), as JSON text or as a mapping.
    type: dict
    default: {}
  dashboards_disabled:
    description: Uids of the collection's dashboards to leave out.
    type: list
    elements: str
    default: []
  dashboards_interval:
    description: Seconds after which Grafana looks for changed dashboards by itself.
    type: int
    required: true
  runbook_url:
    description: Where the pages of docs/runbooks are served; {alert} is filled in.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: The files of Grafana
  ansible.builtin.set_fact:
    files: "{{ params | aetherlink.monitoring.grafana_files }}"
"""

RETURN = r"""
_value:
  description: Text of each file by its path below the release's C(etc/). The same input always gives the same bytes.
  type: dict
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana import config as grafana

ROLE_FILES = Path(__file__).resolve().parents[2] / "roles" / "grafana" / "files"


def grafana_files(params: dict[str, Any]) -> dict[str, str]:
    """The component's files by their path below etc/."""
    root = ROLE_FILES / "dashboards"
    shipped = {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*.json"))}
    try:
        return grafana.files(params, shipped)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"grafana_files": grafana_files}
