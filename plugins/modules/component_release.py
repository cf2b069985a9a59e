#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.component_release`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: component_release
short_description: Plan or make the release of a component as its role's variables describe it
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Makes the description of a component from the variables of its role, refuses what is wrong with it in one sentence,
    and hands it to M(aetherlink.monitoring.release) on the host. A run that finds the host as wanted is this task and
    one round trip.
  - Ansible ignores a variable that no role reads, so C(prometheus_scrape_job) would silently do nothing. This stops
    the run at every variable with the role's prefix that the role does not declare.
options:
  component:
    description: The component, which is also the role whose variables describe it.
    type: str
    choices: [demo_verticals, inbox, alertmanager, command_center, prometheus, grafana]
    required: true
  state:
    description: V(planned) asks what a deploy would have to do, V(active) does it.
    type: str
    choices: [planned, active]
    required: true
  sources:
    description: By component, C(source) and C(sha256) of the archive or artifact that was brought to the host.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Plan the deploy of Prometheus
  aetherlink.monitoring.component_release:
    component: prometheus
    state: planned
  register: component_plan
"""

RETURN = r"""
msg:
  description: The variable at fault and the way out. All else is as M(aetherlink.monitoring.release) returns it.
  returned: failure
  type: str
"""
