#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.fetch_repository_key`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fetch_repository_key
short_description: Fetch the pinned signing key of a package repository to the controller
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Keeps of what the URL has only the key with the pinned fingerprint, in a file that apt reads.
  - Downloaded once and kept in the controller's cache; the host is not contacted.
options:
  component:
    description: Name of the component, for messages.
    type: str
    required: true
  url:
    description: Where the key is, armoured or not, alone or among others.
    type: str
    required: true
  fingerprint:
    description: Its fingerprint, 40 or 64 hex digits.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Fetch the key of a mirror
  aetherlink.monitoring.fetch_repository_key:
    component: grafana
    url: https://mirror.example/grafana/gpg.key
    fingerprint: B53AE77BADB630A683046005963FA27710458545
  register: key
"""

RETURN = r"""
path:
  description: The file on the controller.
  returned: success
  type: str
msg:
  description: What is wrong and the way out.
  returned: failure
  type: str
"""
