#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible module `aetherlink.monitoring.host_baseline`: a host is what the components need, in one round trip."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_baseline
short_description: Make a host what the components need, and no more
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Packages, directories, limits of the journal and the firewall of the components' ports, each mended where it
    is not as wanted. What is not wanted any more is taken away, as far as this module made it.
  - An action plugin on the controller reads the ports and who needs them out of the inventory, and judges the host's
    clock. The role C(host) uses it; see C(docs/hosts.md).
options:
  packages:
    description: Debian packages that must be installed.
    type: list
    elements: str
    default: []
  directories:
    description: Whether the three directories that components share are made, root's and of mode 0755.
    type: bool
    default: true
  journald:
    description: Limits of the journal by journald's own names. Empty for none; a drop-in of ours is removed then.
    type: dict
    default: {}
  firewall:
    description: What keeps others from the components' ports. With C(none), rules of ours are removed.
    type: str
    choices: [none, nftables]
    default: none
  firewall_allow:
    description: Who may reach a component beside the inventory's hosts that need it, by component.
    type: dict
    default: {}
  clock:
    description: Whether the host's clock is judged. Needs the action plugin.
    type: bool
    default: true
  clock_limit:
    description: Seconds that it may be off the controller's.
    type: float
    default: 5
  clock_unsynchronised:
    description: What becomes of a run where nothing keeps the clock right. In a container nobody can say.
    type: str
    choices: [refuse, warn, ignore]
    default: warn
  look:
    description: Change nothing, and return C(rows) for M(aetherlink.monitoring.verify_report) instead.
    type: bool
    default: false
  environment:
    description:
      - The environment that the inventory says. A host that runs components of another alone is refused before anything
        is changed. Empty for no such look. The action plugin takes it from C(aether_env).
    type: str
    default: ""
  move_environment:
    description: Whether the host may be of another environment. The action plugin takes it from that variable.
    type: bool
    default: false
  root:
    description: Directory that holds the components.
    type: path
    default: /opt/aetherlink
  rules:
    description: Of the firewall. The action plugin makes them.
    type: list
    elements: dict
    default: []
  services:
    description: The host's components, their users and what they listen on, for O(look). The action plugin makes them.
    type: list
    elements: dict
    default: []
attributes:
  check_mode:
    support: full
    description: Tells what would change.
  diff_mode:
    support: full
    description: Shows the journal's limits and the rules of the firewall.
"""

EXAMPLES = r"""
- name: Keep others from the components' ports
  aetherlink.monitoring.host_baseline:
    firewall: nftables
    firewall_allow: {grafana: [10.20.0.0/16]}
"""

RETURN = r"""
changes:
  description: What was not as wanted, each a short phrase.
  returned: always
  type: list
  elements: str
clock:
  description: C(time) and C(ended), the host's clock as it began and ended; C(synchronised), null where nobody can say.
  returned: always
  type: dict
rows:
  description: With O(look), one entry a check, with C(component), C(check), C(wanted), C(seen) and C(ok).
  returned: with O(look)
  type: list
  elements: dict
"""

import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host import baseline, clock, sockets
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.basics import journald_text
from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.host_system import Change, HostError, Machine
from ansible_collections.aetherlink.monitoring.plugins.module_utils.listeners import listeners
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.environments import refuse_another
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.system import require_systemd
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Row, row

TOPICS = ("packages", "directories", "journald", "firewall")


def rows_of(changes: list[Change], services: list[dict[str, Any]]) -> list[Row]:
    """A row for each topic, and one for what each service listens on."""
    told = {topic: "; ".join(change.what for change in changes if change.topic == topic) for topic in TOPICS}
    topics = [
        row(topic, "as wanted", f"to do: {told[topic]}" if told[topic] else "as wanted", not told[topic])
        for topic in TOPICS
    ]
    return [*topics, *sockets.rows(services, listeners(), sockets.uid_of)]


def diff_of(changes: list[Change]) -> list[dict[str, str]]:
    return [
        {"before": change.before, "after": change.after, "before_header": change.what, "after_header": change.what}
        for change in changes
        if change.before != change.after
    ]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "packages": {"type": "list", "elements": "str", "default": []},
            "directories": {"type": "bool", "default": True},
            "journald": {"type": "dict", "default": {}},
            "firewall": {"type": "str", "choices": ["none", "nftables"], "default": "none"},
            "firewall_allow": {"type": "dict", "default": {}},
            "clock": {"type": "bool", "default": True},
            "clock_limit": {"type": "float", "default": 5},
            "clock_unsynchronised": {"type": "str", "choices": ["refuse", "warn", "ignore"], "default": "warn"},
            "look": {"type": "bool", "default": False},
            "environment": {"type": "str", "default": ""},
            "move_environment": {"type": "bool", "default": False},
            "root": {"type": "path", "default": "/opt/aetherlink"},
            "rules": {"type": "list", "elements": "dict", "default": []},
            "services": {"type": "list", "elements": "dict", "default": []},
        },
        supports_check_mode=True,
    )
    seen, p = clock.read(), module.params
    machine = Machine(lambda command, stdin: module.run_command(command, data=stdin or None))
    wanted = baseline.DesiredHost(
        p["packages"], p["directories"], journald_text(p["journald"]), p["firewall"], p["rules"]
    )
    dry = bool(p["look"] or module.check_mode)
    try:
        require_systemd()
        if p["environment"] and not p["move_environment"]:
            refuse_another(Path(p["root"]), p["environment"])
        changes = baseline.changes(machine, wanted, dry)
    except (HostError, ReleaseError) as error:
        module.fail_json(msg=f"{clean(error)}.")
    result: dict[str, Any] = {
        "changed": bool(changes) and not p["look"],
        "changes": [change.what for change in changes],
        "clock": {**seen, "ended": time.time()},
    }
    if p["look"]:
        result["rows"] = [{"component": "host", **one} for one in rows_of(changes, p["services"])]
    elif module._diff:
        result["diff"] = diff_of(changes)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
