#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible module `aetherlink.monitoring.component_rollback`: the host's side of a rollback."""

from __future__ import annotations

DOCUMENTATION = r"""
module: component_rollback
short_description: Go back to an earlier release of a component
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Brings back an earlier release that was healthy on the host, with its program version, flags, configuration, rules
    and dashboards together, or one part of it. It is switched to, health-checked, and switched back from where it does
    not become healthy, as in a deploy.
  - Needs nothing but what is on the host, so that it works while the inventory is what is broken.
  - The same rollback again, known by its reason, changes nothing, so that a run whose end was not seen can be repeated.
    To go one further back, give another reason or name the release.
  - Refuses what cannot work before anything is touched, with the reason and the choices.
  - The component is held then, and M(aetherlink.monitoring.component_release) leaves it alone.
options:
  component:
    description: Name of the component.
    type: str
    required: true
  state:
    description: V(planned) says what would be gone back to, or why it cannot; V(active) does it.
    type: str
    choices: [planned, active]
    default: active
  reason:
    description: Why, for the journal, the hold and the dashboards.
    type: str
    required: true
  release:
    description:
      - Id of the release, or the beginning of it or of the digits in it. Empty for the latest healthy one before the
        active that was not left by a rollback.
    type: str
    default: ""
  part:
    description:
      - Go back with this part alone, such as V(rules). A new release is made of the active one and that part, and is
        checked as any.
    type: str
    default: ""
  hold:
    description: Whether deploys leave the component alone until they are told otherwise.
    type: bool
    default: true
  planned:
    description: The C(target) that was planned; where something was done since, so that it is another, this fails.
    type: str
    default: ""
  by:
    description: Who rolls back, for the journal. The action plugin fills it in.
    type: str
    default: unknown
  lock_timeout:
    description: Seconds to wait for a deploy of the component on the host.
    type: float
    default: 60
  root:
    description: Directory that holds the components.
    type: path
    default: /opt/aetherlink
  config_root:
    description: Directory that holds a link to each component's active configuration.
    type: path
    default: /etc/aetherlink
  unit_root:
    description: Directory of the systemd units.
    type: path
    default: /etc/systemd/system
notes:
  - Under C(--check) it is planned.
"""

EXAMPLES = r"""
- name: Go back to the release before
  aetherlink.monitoring.component_rollback:
    component: prometheus
    reason: the new rules page everybody

- name: Go back with the rules alone
  aetherlink.monitoring.component_rollback:
    component: prometheus
    part: rules
    reason: the new rules page everybody
"""

RETURN = r"""
release:
  description: The release that is active now; with O(state=planned) and a O(part), empty, since it is not made yet.
  returned: success
  type: str
  sample: 0002-3fa9c1d2
left:
  description: The release that was active before.
  returned: success
  type: str
of:
  description: The release that was gone back to; with a O(part), the one that has it.
  returned: success
  type: str
target:
  description: What is to be gone back to, for O(planned).
  returned: state=planned
  type: str
done:
  description: Whether this very rollback is done already.
  returned: state=planned
  type: bool
action:
  description: What was done to the service (none, reload, restart).
  returned: success
  type: str
what:
  description: From which release to which, in words.
  returned: success
  type: str
known_issue:
  description: A row for a table of known issues.
  returned: success
  type: str
not_deployed:
  description: Whether there is nothing on the host at all.
  returned: failure
  type: bool
switched_back:
  description: The release that runs again, where the one gone back to did not become healthy; empty when none does.
  returned: failure
  type: str
details:
  description: The checker's output, or the service's last log lines.
  returned: failure
  type: list
  elements: str
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.fail_json_on_error import fail_json_on_error
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.health_probe import HealthCheck, HealthProbe
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.rollback import Rollback
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.rollback_planner import RollbackRequest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.service import Service
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.store import Release, Store

ARGUMENTS: dict[str, Any] = {
    "component": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["planned", "active"], "default": "active"},
    "reason": {"type": "str", "required": True},
    "release": {"type": "str", "default": ""},
    "part": {"type": "str", "default": ""},
    "hold": {"type": "bool", "default": True},
    "planned": {"type": "str", "default": ""},
    "by": {"type": "str", "default": "unknown"},
    "lock_timeout": {"type": "float", "default": 60},
    "root": {"type": "path", "default": "/opt/aetherlink"},
    "config_root": {"type": "path", "default": "/etc/aetherlink"},
    "unit_root": {"type": "path", "default": "/etc/systemd/system"},
}


def build(p: dict[str, Any]) -> Rollback:
    if not p["reason"].strip():
        raise ReleaseError('a rollback needs a reason, which others will read: add -e reason="..."')
    store = Store(Path(p["root"]), p["component"], Path(p["config_root"]))

    def service_of(release: Release) -> tuple[Service, HealthProbe]:
        return Service(str(release.meta["unit"]), Path(p["unit_root"])), HealthProbe(
            HealthCheck(**release.meta["health_check"])
        )

    request = RollbackRequest(p["reason"], p["release"], p["part"], p["hold"])
    return Rollback(store, service_of, request, by=p["by"], lock_timeout=p["lock_timeout"])


def planned(rollback: Rollback, pending: bool) -> dict[str, Any]:
    """pending: whether this stands for doing it, under --check."""
    plan = rollback.plan()
    return {
        "changed": pending and not plan.done,
        "release": "" if plan.composed else plan.target.id,
        "left": plan.left.id if plan.left else "",
        "of": plan.target.meta.get("composed", {}).get("of", plan.target.id),
        "target": plan.target.id,
        "done": plan.done,
        "action": "none",
        "diff": rollback.shown(plan),
    }


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    doing = module.params["state"] == "active"
    with fail_json_on_error(module):
        rollback = build(module.params)
        if not rollback.store.all():
            component = module.params["component"]
            sentence = f"{component} was never deployed to this host, so there is nothing to go back to."
            module.fail_json(msg=sentence, not_deployed=True)
        if module.check_mode or not doing:
            module.exit_json(**planned(rollback, doing))
        module.exit_json(**asdict(rollback.apply(module.params["planned"])))


if __name__ == "__main__":
    main()
