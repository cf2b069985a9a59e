#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.fetch_archive`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fetch_archive
short_description: Download a release archive to the controller, once and verified
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Downloads a component's release archive into the controller's cache (C(~/.cache/aetherlink-monitoring/archives)),
    once per architecture however many hosts ask, and verifies its sha256 against the release's own sums file or a
    pinned one.
  - Runs on the controller; the host is not contacted. Changes nothing on hosts, so it also runs under C(--check).
options:
  component:
    description: Name of the component, for messages.
    type: str
    required: true
  url:
    description:
      - URL of the archive; C({version}) and C({architecture}) are filled in. Any mirror will do.
      - Redirects from https are followed to https only.
    type: str
    required: true
  sums_url:
    description: URL of the sums file. By default C(sha256sums.txt) beside the archive.
    type: str
    default: ""
  sha256:
    description: Pinned checksums by architecture, instead of a sums file. If set, it must have O(architecture).
    type: dict
    default: {}
  version:
    description: Version of the release.
    type: str
    required: true
  architecture:
    description: Architecture in the archive's naming, one of V(amd64), V(arm64), V(armv7), V(ppc64le) and V(s390x).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Fetch Prometheus from the mirror
  aetherlink.monitoring.fetch_archive:
    component: prometheus
    url: https://mirror.example.com/prometheus-{version}.linux-{architecture}.tar.gz
    version: 3.5.0
    architecture: amd64
"""

RETURN = r"""
path:
  description: The verified archive on the controller.
  returned: success
  type: str
sha256:
  description: Its checksum.
  returned: success
  type: str
url:
  description: Where it came from.
  returned: success
  type: str
"""
