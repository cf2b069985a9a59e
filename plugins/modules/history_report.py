#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.history_report`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: history_report
short_description: Print the history of every component on every host
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Prints what M(aetherlink.monitoring.release_history) found, registered as C(release_history) on each host of the
    run, as one block for each host and component, and writes it as JSON where asked.
  - A host of the run that could not be read is named.
  - Runs on the controller; no host is contacted.
options:
  path:
    description: File on the controller for the history as JSON.
    type: path
    default: ""
"""

EXAMPLES = r"""
- name: Print it
  aetherlink.monitoring.history_report:
    path: /tmp/history.json
  run_once: true
"""

RETURN = r"""
msg:
  description: How many releases there are.
  returned: success
  type: str
"""
