#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.rollback_plan`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollback_plan
short_description: See whether a rollback can be done on a host
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Turns what an operator typed into the components of the host that it means, and asks the host about each with
    M(aetherlink.monitoring.component_rollback). Nothing is changed.
  - Fails where one cannot be gone back with, with the reason and the choices, and where nothing is meant at all.
options:
  components:
    description: Names of components with commas between, or V(all). May be empty where O(part) says which one.
    type: str
    default: ""
  part:
    description: V(scrape), V(rules), V(routing), V(dashboards), or empty for all of a component.
    type: str
    default: ""
  release:
    description: Id of the release, or its beginning. Empty for the latest healthy one before the active.
    type: str
    default: ""
  reason:
    description: Why.
    type: str
    required: true
  hold:
    description: Whether deploys leave the components alone then; given back for the rollback itself.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Plan the rollback of Prometheus
  aetherlink.monitoring.rollback_plan:
    components: prometheus
    reason: the new rules page everybody
  register: rollback_plan
"""

RETURN = r"""
components:
  description: The components of the host that are to go back, in order.
  returned: success
  type: list
  elements: str
  sample: [prometheus]
plans:
  description: What M(aetherlink.monitoring.component_rollback) found, by component.
  returned: success
  type: dict
part:
  description: As asked; so are RV(release), RV(reason) and RV(hold).
  returned: success
  type: str
release:
  description: As asked.
  returned: success
  type: str
reason:
  description: As asked.
  returned: success
  type: str
hold:
  description: As asked.
  returned: success
  type: bool
"""
