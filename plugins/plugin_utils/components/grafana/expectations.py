# SPDX-License-Identifier: GPL-3.0-or-later
"""What `verify` expects of Grafana, from the files that are deployed."""

from __future__ import annotations

import json
import re
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_api import revision
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse


def expectations(files: dict[str, str]) -> dict[str, Any]:
    """Where the files do not say it, the host's active release does."""
    wanted: dict[str, Any] = {}
    provisioned = [parse(t) for name, t in files.items() if re.fullmatch(r"provisioning/datasources/.*\.ya?ml", name)]
    if provisioned:
        sources = [source for document in provisioned for source in document.get("datasources") or []]
        wanted["datasources"] = {source["uid"]: source["name"] for source in sources}
    dashboards = [json.loads(text) for name, text in files.items() if re.fullmatch(r"dashboards/.*\.json", name)]
    if dashboards:
        wanted["dashboards"] = {dashboard["uid"]: revision(dashboard) for dashboard in dashboards}
    return wanted
