# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what a mistake must leave as it is, as JSON: each component's releases, process and loaded configuration.

Runs on the host.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

HOME = Path("/opt/aetherlink")


def ask(url: str, login: str = "") -> Any:
    headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def grafana() -> Any:
    login = f"admin:{(HOME / 'grafana/current/etc/secrets/admin_password').read_text()}"
    url = "http://127.0.0.1:3000/api"
    found = sorted(one["uid"] for one in ask(f"{url}/search?type=dash-db", login))
    dashboards = [ask(f"{url}/dashboards/uid/{uid}", login)["dashboard"] for uid in found]
    return ask(f"{url}/datasources", login), dashboards


LOADED = {
    "prometheus": lambda: ask("http://127.0.0.1:9090/api/v1/status/config"),
    "alertmanager": lambda: ask("http://127.0.0.1:9093/api/v2/status")["config"],
    "command_center": lambda: ask("http://127.0.0.1:8010/readyz")["config_sha256"],
    "grafana": grafana,
    "demo_verticals": lambda: ask("http://127.0.0.1:8100/readyz")["config_sha256"],
    "inbox": lambda: ask("http://127.0.0.1:8025/readyz")["config_sha256"],
}


def of(component: str) -> dict[str, Any]:
    unit = f"aetherlink-{component.replace('_', '-')}.service"
    show = ["systemctl", "show", unit, "--property=MainPID,InvocationID,NRestarts,ActiveState"]
    journal = [json.loads(line) for line in (HOME / component / "journal.jsonl").read_text().splitlines()]
    return {
        "release": os.readlink(HOME / component / "current"),
        "releases": sorted(os.listdir(HOME / component / "releases")),
        "journal": [event for event in journal if event["event"] != "refused"],
        "process": subprocess.run(show, capture_output=True, text=True, check=True).stdout,
        "loaded": LOADED[component](),
    }


strays = sorted(str(path) for place in (Path("/run"), *HOME.iterdir()) for path in place.glob("aetherlink-*"))
print(json.dumps({**{component: of(component) for component in LOADED}, "strays": strays}))
