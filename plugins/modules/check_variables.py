#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.check_variables`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: check_variables
short_description: Refuse variables of a role that are misspelt or make no valid configuration
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers
description:
  - Ansible ignores a variable that no role reads, so C(prometheus_scrape_job) would silently do nothing. This stops
    the run when a variable is nearly, but not quite, named like one of the role's.
  - Renders the configuration that the variables make, so that what a filter refuses is told in its own sentence.
  - Runs on the controller; the host is not contacted.
options:
  role:
    description: Name of a role of this collection; its argument spec says which variables exist.
    type: str
    required: true
  render:
    description: Name of a variable that is rendered to see that it can be.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Check the variables of Prometheus
  aetherlink.monitoring.check_variables:
    role: prometheus
    render: component
"""

RETURN = r"""
msg:
  description: The variable at fault and the way out.
  returned: failure
  type: str
"""
