#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.program_source`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: program_source
short_description: See whether the place that a component's program comes from answers
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Asks on the controller, with a short time limit; the host is not contacted.
options:
  component:
    description: Name of the component, for the phrase.
    type: str
    required: true
  method:
    description: The install method.
    type: str
    choices: [package, archive]
    required: true
  repository:
    description: The package repository, C(url) and C(key_url).
    type: dict
    default: {}
  archive:
    description: The release archive, C(url), in which {version} and {architecture} are filled in.
    type: dict
    default: {}
  version:
    description: Version of the archive.
    type: str
    default: ""
  architecture:
    description: The host's architecture as Debian names it.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Check that the download source of Grafana answers
  aetherlink.monitoring.program_source:
    component: grafana
    method: package
    repository: {url: "https://mirror.example/grafana", key_url: "https://mirror.example/grafana/gpg.key"}
  register: source
"""

RETURN = r"""
missing:
  description: Why the program cannot be had; empty when its source answers.
  returned: always
  type: str
"""
