#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.check_variables`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: check_variables
short_description: Refuse misspelt variables of a role
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers
description:
  - Ansible ignores a variable that no role reads, so C(prometheus_scrape_job) would silently do nothing. This stops
    the run when a variable is nearly, but not quite, named like one of the role's.
  - Runs on the controller; the host is not contacted.
options:
  role:
    description: Name of a role of this collection; its argument spec says which variables exist.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse misspelt variables
  aetherlink.monitoring.check_variables:
    role: prometheus
"""

RETURN = r"""
msg:
  description: The misspelt variable and the one that was probably meant.
  returned: failure
  type: str
"""
