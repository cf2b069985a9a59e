#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible module `aetherlink.monitoring.drill_step`: one step of a drill on the host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: drill_step
short_description: One step of a drill on the host
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - What the action of M(aetherlink.monitoring.drill) asks of the host. Not for playbooks.
options:
  step:
    description: V(begin) causes the alert, V(watch) looks for what is awaited, V(end) repairs what the drill broke.
    type: str
    choices: [begin, watch, end]
    required: true
  spec:
    description: The drill, as the action made it.
    type: dict
    required: true
  awaited:
    description: Names of what is looked for.
    type: list
    elements: str
    default: []
  seconds:
    description: How long V(watch) looks at most.
    type: float
    default: 10
"""

EXAMPLES = r"""
- name: Begin (aetherlink.monitoring.drill does this, with all that has to be in spec)
  aetherlink.monitoring.drill_step:
    step: begin
    spec: "{{ spec }}"
"""

RETURN = r"""
found:
  description: What the step gives, for the action.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.drill.component_apis import DrillError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.drill.host_faults import begin, end, watch
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "step": {"type": "str", "choices": ["begin", "watch", "end"], "required": True},
            "spec": {"type": "dict", "required": True},
            "awaited": {"type": "list", "elements": "str", "default": []},
            "seconds": {"type": "float", "default": 10},
        }
    )
    p = module.params
    try:
        if p["step"] == "begin":
            module.exit_json(changed=True, found=begin(p["spec"]))
        if p["step"] == "end":
            module.exit_json(changed=True, found=end(p["spec"]))
        module.exit_json(changed=False, found=watch(p["spec"], p["awaited"], p["seconds"]))
    except DrillError as error:
        module.fail_json(msg=clean(error))


if __name__ == "__main__":
    main()
