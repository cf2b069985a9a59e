# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.web_files`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: web_files
short_description: Who may call Prometheus, Alertmanager or Grafana, and how, as files of a release
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - For Prometheus and Alertmanager, makes C(web.yml), the file of the flag C(web.config.file), where TLS or a password
    is wanted. It lets in the machine user, those components that call this one, and people.
  - Makes C(secrets/web_password) with the password of the machine user, which root alone needs to read,
    C(secrets/web_password_for_<component>) for each component that this one calls, and for Grafana
    C(secrets/metrics_password), which its C(/metrics) takes. All of them belong among the component's secrets.
  - The password of a caller is made from that of the machine user, and is another one for each component it calls.
  - Passwords become bcrypt hashes, always the same ones, for which the controller needs the Python package bcrypt.
positional: _input
options:
  _input:
    description: Parameters, the options below.
    type: dict
    required: true
  component:
    description: The component, C(prometheus), C(alertmanager) or C(grafana).
    type: str
    required: true
  env:
    description: The environment (C(aether_env)). Outside V(dev) a password has at least 12 characters.
    type: str
    choices: [dev, staging, prod]
    required: true
  host:
    description: The inventory name of the host (C(inventory_hostname)).
    type: str
    required: true
  tls:
    description: Whether it serves HTTPS, with the certificate in C(/etc/aetherlink/tls/<component>).
    type: bool
    default: false
  user:
    description: The name of the machines (C(aether_web_user)).
    type: str
    default: aetherlink
  password:
    description: Their password (C(aether_web_password)). Empty where nobody is asked for one.
    type: str
    default: ""
  also:
    description:
      - Other machine users and their passwords (C(aether_web_also)), let in as O(user) is, with the logins of their
        callers.
    type: dict
    default: {}
  people:
    description: Passwords of people by name (C(<role>_basic_auth_users)).
    type: dict
    default: {}
  secrets:
    description: The component's own secrets, of which none may have the name of such a file.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Prometheus for who knows the password
  ansible.builtin.set_fact:
    files: "{{ params | aetherlink.monitoring.web_files }}"
  vars:
    params:
      component: prometheus
      env: "{{ aether_env }}"
      host: "{{ inventory_hostname }}"
      tls: true
      password: "{{ vault_web_password }}"
"""

RETURN = r"""
_value:
  description: Text by path below C(etc/). Empty where neither TLS nor a password is wanted.
  type: dict
  sample:
    web.yml: "tls_server_config: {cert_file: /etc/aetherlink/tls/prometheus/certificate.pem, ...}\n"
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import web_passwords as web


def web_files(params: dict[str, Any]) -> dict[str, str]:
    """{path below etc/: text}."""
    try:
        return web.web_files(params)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"web_files": web_files}
