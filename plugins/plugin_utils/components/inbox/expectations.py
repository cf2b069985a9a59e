# SPDX-License-Identifier: GPL-3.0-or-later
"""What `verify` expects of the inbox, from the files that are deployed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import reachable


def expectations(files: dict[str, str]) -> dict[str, Any]:
    """The `wanted` of module_utils/verify/inbox_rows.py, without env and version."""
    listen = json.loads(files["inbox.json"])["listen"]
    digest = hashlib.sha256(files["inbox.json"].encode()).hexdigest()
    return {"config_sha256": digest, "smtp_address": reachable(listen["address"]), "smtp_port": listen["smtp_port"]}
