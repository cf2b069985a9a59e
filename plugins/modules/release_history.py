#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible module `aetherlink.monitoring.release_history`: reads on the host; its action names the differences."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release_history
short_description: List the releases of a host's components, their states, and what each changed
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Reads the journal and the releases of one or several components in one round trip, also what the journal knows of
    releases that were pruned since, and lists what each changed against the release that was active before it.
  - Of a secret file it says that it changed, not how. Changes nothing on the host.
  - Needs to be root on the host, since releases are.
options:
  components:
    description: Names of the components; their directories below O(root). Empty for all that have a journal.
    type: list
    elements: str
    default: []
  last:
    description: How many releases of each component, the newest first. V(0) for all.
    type: int
    default: 10
  root:
    description: The directory of all components.
    type: path
    default: /opt/aetherlink
attributes:
  check_mode:
    description: It only reads.
    support: full
"""

EXAMPLES = r"""
- name: What became of the last five releases of Prometheus?
  aetherlink.monitoring.release_history:
    components: [prometheus]
    last: 5
  become: true
  register: release_history
"""

RETURN = r"""
components:
  description: What the host knows of each component.
  returned: success
  type: list
  elements: dict
  contains:
    component:
      description: Its name.
      type: str
    active:
      description: Id of the release that is active; empty for none.
      type: str
    hold:
      description: C(since), C(by) and C(why) of the hold that keeps site.yml from deploying; null for none.
      type: dict
    left:
      description: Ids of the releases that an automatic rollback passes over, since an operator left them by one.
      type: list
      elements: str
    left_out:
      description: Why a deploy left the component out; empty when none did.
      type: str
    total:
      description: How many releases there are, those that are not listed included.
      type: int
    releases:
      description:
        - The newest releases, the newest first.
        - C(state) is C(active), C(healthy) (can be rolled back to), C(failed), C(rolled back) (it is in C(left)),
          C(refused) (by the check; nothing was switched), C(pruned), C(never healthy) or C(damaged); C(reason) has why.
        - C(created) is in UTC, C(by) who deployed it from where, C(revision) that of the inventory's repository.
          C(environment), C(method) and C(version) are those of its program. What only C(release.json) knows is null
          once the release is pruned.
        - C(before) is the release that was active when it came. C(files) are those that differ from it, as C(path) and
          C(change), and C(changes) what differs by name, one phrase each; C(note) is why there are none.
        - C(composed) is C(part), C(of) and C(with) where an operator took a part from another release.
        - C(events) are the journal's.
      type: list
      elements: dict
      sample:
        - id: 0002-3fa9c1d2
          state: active
          reason: ""
          created: "2026-02-01T10:00:00+00:00"
          by: alice@control
          revision: 1297b97d3c2e
          environment: dev
          method: package
          version: 2.42.0+ds-5+b5
          composed: null
          before: 0001-9f8e7d6c
          files: [{path: etc/prometheus.yml, change: changed}]
          changes: ["job node: target web1:9100 added"]
          note: ""
          events: [{event: staged, release: 0002-3fa9c1d2, time: "2026-02-01T10:00:00+00:00", by: alice@control}]
"""

import re
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import history
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.store import Store

ARGUMENTS: dict[str, Any] = {
    "components": {"type": "list", "elements": "str", "default": []},
    "last": {"type": "int", "default": 10},
    "root": {"type": "path", "default": "/opt/aetherlink"},
}
NAME = re.compile(r"[a-z][a-z0-9_]*")


def read(root: Path, components: list[str], last: int) -> dict[str, Any]:
    """{components: [facts], texts: [text]}: see module_utils/release/history.py. Raises OSError."""
    texts = history.Texts()
    names = components or history.components(root)
    # Nothing is written, so where the links to the active configuration are does not matter.
    found = [history.History(Store(root, name, root / "etc"), texts).facts(last) for name in names]
    return {"components": found, "texts": texts.found}


def refuse(components: list[str], last: int) -> str:
    """The sentence about arguments that are none; empty where all is well."""
    for name in components:
        if not NAME.fullmatch(name):
            return f'components has "{name}", which is no name of a component: write it like prometheus.'
    return f"last is {last}: write how many releases to list, or 0 for all." if last < 0 else ""


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    p = module.params
    if sentence := refuse(p["components"], p["last"]):
        module.fail_json(msg=sentence)
    try:
        found = read(Path(p["root"]), p["components"], p["last"])
    except PermissionError as error:
        module.fail_json(msg=f"the host does not let this user read {error.filename}: ask as root, with become: true.")
    except OSError as error:
        module.fail_json(msg=f"the host refused to read {error.filename or 'a file'}: {error.strerror or error}.")
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
