#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put a component's certificate on its host. Host side; the action plugin of this name makes or reads it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: component_certificate
short_description: A component's certificate, key and authority on its host
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - The action plugin makes the certificate with the environment's own authority on the controller, or reads it from
    C(aether_tls_files), and brings it to C(/etc/aetherlink/tls/<component>).
  - Internal to the role C(component), which calls it when M(aetherlink.monitoring.component_release) has found that
    the host needs another certificate.
  - A running component takes it up by itself; no release is made and nothing is reloaded.
options:
  component:
    description: The component, which is also the role whose variables describe it.
    type: str
    required: true
  group:
    description: Group of the service, which may read the files. The action plugin takes it from the description.
    type: str
  certificate:
    description: PEM text of the certificate and its intermediates. Made or read by the action plugin.
    type: str
  key:
    description: PEM text of its key. Made or read by the action plugin.
    type: str
  authority:
    description: PEM text of the authorities that the component trusts. Made or read by the action plugin.
    type: str
  config_root:
    description: Directory that C(tls/) is in.
    type: path
    default: /etc/aetherlink
attributes:
  check_mode:
    description: The action plugin reports a change and makes none, and no authority.
    support: full
"""

EXAMPLES = r"""
- name: Install the certificate of Prometheus
  aetherlink.monitoring.component_certificate:
    component: prometheus
"""

RETURN = r"""
changed:
  description: Whether a file was missing or different.
  returned: always
  type: bool
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import certificate
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.system import group_id


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "component": {"type": "str", "required": True},
            "group": {"type": "str"},
            "certificate": {"type": "str"},
            "key": {"type": "str", "no_log": True},
            "authority": {"type": "str"},
            "config_root": {"type": "path", "default": "/etc/aetherlink"},
        },
        supports_check_mode=True,
    )
    p = module.params
    if (gid := group_id(p["group"])) is None:
        module.fail_json(msg=f"the group {p['group']} does not exist on this host: deploy the component first.")
        return
    texts = {
        certificate.CERTIFICATE: p["certificate"],
        certificate.KEY: p["key"],
        certificate.AUTHORITY: p["authority"],
    }
    try:
        changed = certificate.write(Path(p["config_root"]) / "tls" / str(p["component"]), gid, texts)
    except OSError as error:
        module.fail_json(msg=f"the certificate cannot be written on this host: {error}")
    module.exit_json(changed=changed)


if __name__ == "__main__":
    main()
