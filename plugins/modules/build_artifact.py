#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.build_artifact`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: build_artifact
short_description: Build a pure Python program into one file on the controller
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Packs a Python package and its locked libraries into one zipapp in the controller's cache
    (C(~/.cache/aetherlink-monitoring/artifacts)), so that a host needs neither a compiler nor a package index.
  - The same sources and lock file give the same bytes.
  - The libraries' wheels are cached in C(~/.cache/aetherlink-monitoring/wheels). Each run verifies them against the
    lock file and builds the artifact anew, so that a changed cache does not reach a host.
  - Runs on the controller; the host is not contacted.
options:
  source:
    description: Directory of the package; its C(__main__.main()) is the entry.
    type: path
    required: true
  requirements:
    description: Lock file with a hash for each library; pure Python wheels only. Without it there are no libraries.
    type: path
    default: ""
  module_utils:
    description:
      - Files of this collection's C(module_utils) that the program shares with its modules, such as
        C(notifications.protocols). The program imports them by their full names; what they import is not packed.
    type: list
    elements: str
    default: []
  prebuilt:
    description: An artifact built elsewhere, to be used as it is.
    type: path
    default: ""
"""

EXAMPLES = r"""
- name: Build Command Center
  aetherlink.monitoring.build_artifact:
    source: "{{ role_path }}/files/command_center"
    requirements: "{{ role_path }}/files/requirements.txt"
  register: artifact
"""

RETURN = r"""
path:
  description: The artifact on the controller.
  returned: success
  type: str
sha256:
  description: Its checksum.
  returned: success
  type: str
version:
  description: Digest of what it was built from, 16 hex digits.
  returned: success
  type: str
"""
