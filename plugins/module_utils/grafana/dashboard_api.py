# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dashboards in files and in Grafana."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana, GrafanaError

REVISION = "aether_revision"  # the hidden variable that says which version of a dashboard Grafana has
_PAGE = 1000  # dashboards of one answer


def read(directory: str) -> dict[str, dict[str, Any]]:
    """{path below the directory: dashboard}; none without a directory. Raises GrafanaError."""
    return {path: parse(text, f"{directory}/{path}") for path, text in texts(directory).items()}


def texts(directory: str) -> dict[str, str]:
    """{path below the directory: text of the file}. Raises GrafanaError."""
    found = {}
    for path in sorted(Path(directory).glob("**/*.json")) if directory else []:
        try:
            found[str(path.relative_to(directory))] = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise GrafanaError(f"{path} cannot be read: {error}.") from error
    return found


def parse(text: str, path: str) -> dict[str, Any]:
    """Raises GrafanaError."""
    try:
        dashboard = json.loads(text)
    except ValueError as error:
        raise GrafanaError(f"{path} is no dashboard: {error}.") from error
    if not isinstance(dashboard, dict):
        raise GrafanaError(f"{path} is no dashboard: its JSON is no object.")
    return dashboard


def revision(dashboard: dict[str, Any]) -> str:
    """Which version of a dashboard this is, as its hidden variable says; empty without one."""
    variables = (dashboard.get("templating") or {}).get("list") or []
    return next((str(v.get("query") or "") for v in variables if v.get("name") == REVISION), "")


def everything(grafana: Grafana) -> list[dict[str, Any]]:
    """[{uid, title, ...}] of every dashboard in Grafana. Raises GrafanaError."""
    found: list[dict[str, Any]] = []
    while True:
        page = len(found) // _PAGE + 1
        some = grafana.get("/api/search", type="dash-db", limit=str(_PAGE), page=str(page))
        found += some
        if len(some) < _PAGE:
            return found
