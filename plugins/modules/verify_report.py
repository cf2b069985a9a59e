#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.verify_report`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verify_report
short_description: Print what was verified, and fail when something is not as wanted
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Prints the rows that M(aetherlink.monitoring.verify) found, registered as C(__<component>_verification) on each
    host of the group of that name, as one table; writes them as JSON where asked, and fails with the first bad one.
  - A host of the run that could not be asked is a bad row. No row at all is a failure too, because then nothing was
    verified.
  - Runs on the controller; no host is contacted.
options:
  path:
    description: File on the controller for the rows as JSON.
    type: path
    default: ""
"""

EXAMPLES = r"""
- name: Report
  aetherlink.monitoring.verify_report:
    path: /tmp/report.json
  run_once: true
"""

RETURN = r"""
msg:
  description: How many checks passed, or which failed first.
  returned: always
  type: str
"""
