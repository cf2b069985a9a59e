#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.check_variables`, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: check_variables
short_description: Refuse variables that cannot be right, each in one sentence
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Looks at the variables of a role, or at others whose names start alike.
  - A name that is nearly one of them, a template over something that is not set, a wrong type and a value out of bounds
    each give one sentence, with the place within the value and the way out.
  - Runs on the controller alone. Values are not shown where they may be secrets.
options:
  role:
    description: The role of this collection whose variables are looked at, by its argument spec.
    type: str
    default: ""
  prefix:
    description: Instead of O(role), what the names start with.
    type: str
    default: ""
  options:
    description:
      - With O(prefix), the variables by name, in the form of an argument spec with C(type), C(elements), C(choices),
        C(required) and C(description).
      - The C(type) may be C(duration) or C(matchers), too. The C(description) of a required one says what to do.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Nothing is ever changed.
    support: full
"""

EXAMPLES = r"""
- name: Check the variables of a role
  aetherlink.monitoring.check_variables:
    role: prometheus

- name: Check those of a playbook
  aetherlink.monitoring.check_variables:
    prefix: silence_
    options:
      silence_comment: {type: str, required: true, description: say why}
      silence_duration: {type: duration}
"""

RETURN = r"""
msg:
  description: What is wrong, where, and what to do.
  returned: failure
  type: str
"""
