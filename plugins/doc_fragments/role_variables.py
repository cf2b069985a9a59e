# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The input of the filters that make a component's files."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  _input:
    description:
      - The role's variables by their names, and C(aether_env). What is left out has the role's default.
      - For inventory groups also C(groups), C(hostvars) and C(inventory_hostname).
      - A default that is a template is not filled in here, so that variable has to be given.
      - Errors name the variable, what is wrong with it and how to fix it.
    type: dict
    required: true
"""
