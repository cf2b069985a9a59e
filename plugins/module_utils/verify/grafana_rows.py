# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the running Grafana has what was deployed, and whether every panel shows data. Through its HTTP API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import (
    Grafana,
    GrafanaError,
    password_from,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_api import (
    everything,
    read,
    revision,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.health import HEALTHY, NO_CHECK, health
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.panel_answers import LIMIT, problems
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.panel_queries import Panel, panels
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Get, Row, row, same_version

AT_ONCE = 4  # panels that are queried at the same time
TIMEOUT = 10.0  # seconds for one answer
SHIPPED = "AetherLink/"  # folder of the dashboards that we ship
_SHOWN = 3  # panels that a row names


def left_out(root: str) -> list[Row]:
    """The one row where `make up` (dev) had to go on without Grafana; none where it is deployed."""
    home = Path(root) / "grafana"
    if (home / "current").exists() or not (home / "left_out").is_file():
        return []
    return [row("left out", "said why", (home / "left_out").read_text(encoding="utf-8").strip(), True)]


def rows(get: Get, wanted: dict[str, Any]) -> list[Row]:
    """wanted: version, env, url, user, password or password_file, directory (of the active release's dashboards),
    access (see Access).

    Where known: dashboards {uid: revision} and datasources {uid: name} of the inventory, else dashboards are those of
    the directory and data sources what Grafana has. envs [that series may be of], panel_limit (seconds).
    """
    said = get("/api/health")
    password = wanted.get("password") or password_from(wanted["password_file"])
    grafana = Grafana(wanted["url"], wanted["user"], password, TIMEOUT, access=Access.of(wanted.get("access")))
    files = read(wanted["directory"])
    revisions = wanted.get("dashboards") or {dashboard["uid"]: revision(dashboard) for dashboard in files.values()}
    sources = grafana.get("/api/datasources")
    healths = {source["uid"]: health(grafana, source) for source in sources}
    return [
        row("health", "database ok", f"database {said['database']}", said["database"] == "ok"),
        row("version", wanted["version"], said["version"], same_version(wanted["version"], said["version"])),
        *_sources(sources, healths, wanted.get("datasources")),
        *_dashboards(grafana, revisions),
        *_panels(grafana, files, sources, healths, wanted),
    ]


def _sources(found: list[dict[str, Any]], healths: dict[str, str], wanted: dict[str, str] | None) -> Iterator[Row]:
    """healths: by uid."""
    there = {one["uid"]: one for one in found}
    names = {uid: one["name"] for uid, one in there.items()} if wanted is None else wanted
    for uid, name in names.items():
        seen = healths.get(uid, "not in Grafana")
        yield row(f"data source {name}", HEALTHY, seen, seen in (HEALTHY, NO_CHECK))
    for uid, one in sorted(there.items()):
        if uid not in names and one.get("readOnly"):
            yield row(f"data source {one['name']}", "not in Grafana", "provisioned", False)


def _dashboards(grafana: Grafana, wanted: dict[str, str]) -> Iterator[Row]:
    for uid, revision_ in wanted.items():
        try:
            dashboard = grafana.get(f"/api/dashboards/uid/{uid}")["dashboard"]
            seen = revision(dashboard) or "no revision"
        except GrafanaError as error:
            seen = "not in Grafana" if error.status == 404 else str(error)
        yield row(f"dashboard {uid}", revision_, seen, seen == revision_)
    for uid in sorted({one["uid"] for one in everything(grafana)} - set(wanted)):
        if grafana.get(f"/api/dashboards/uid/{uid}")["meta"].get("provisioned"):
            yield row(f"dashboard {uid}", "not in Grafana", "provisioned", False)


@dataclass(frozen=True)
class _Seen:
    """A panel that was queried. problems: phrases, none when it shows data."""

    title: str
    problems: list[str]
    seconds: float


def _panels(
    grafana: Grafana,
    files: dict[str, dict[str, Any]],
    sources: list[dict[str, Any]],
    healths: dict[str, str],
    wanted: dict[str, Any],
) -> Iterator[Row]:
    """A row a dashboard and data source that its `$datasource` can stand for."""
    prometheus = [source for source in sources if source["type"] == "prometheus"]
    if not prometheus and files:
        yield row("panels", "show data", "Grafana has no Prometheus data source", False)
    for source in prometheus:
        of = f" of {source['name']}" if len(prometheus) > 1 else ""
        for path, dashboard in files.items():
            check = f"panels {dashboard['uid']}{of}"
            if healths[source["uid"]] != HEALTHY:  # each panel would take its time to say so
                why = f"not queried: the data source {source['name']} is not healthy"
                yield _warned(path, row(check, "show data", why, False))
            else:
                yield _warned(path, _panel_row(check, panels(dashboard, source["uid"]), grafana, wanted))


def _warned(path: str, found: Row) -> Row:
    """A bad row is a failure of a dashboard that we ship only; the user's own give a warning."""
    if found["ok"] or path.startswith(SHIPPED):
        return found
    return row(found["check"], found["wanted"], f"warning: {found['seen']}", True)


def _panel_row(check: str, found: list[Panel], grafana: Grafana, wanted: dict[str, Any]) -> Row:
    limit = float(wanted.get("panel_limit") or LIMIT)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        seen = list(pool.map(lambda one: _query(grafana, one, wanted.get("envs") or [], limit), found))
    good = not any(panel.problems for panel in seen)
    return row(check, f"{len(seen)} show data, {limit:g} s each", _summary(seen), good)


def _query(grafana: Grafana, panel: Panel, envs: list[str], limit: float) -> _Seen:
    if panel.problem:
        return _Seen(panel.title, [panel.problem], 0)
    started = time.monotonic()
    try:
        found = list(problems(panel.queries, grafana.query(panel.queries, panel.start, panel.end), envs))
    except GrafanaError as error:
        found = [str(error).rstrip(".")]
    seconds = time.monotonic() - started
    if seconds > limit:
        found.append(f"takes {seconds:.2f} s, more than {limit:g} s")
    return _Seen(panel.title, found, seconds)


def _summary(seen: list[_Seen]) -> str:
    bad = [panel for panel in seen if panel.problems]
    texts = [f"{len(seen) - len(bad)} of {len(seen)}"]
    texts += [f"{panel.title}: {', '.join(panel.problems)}" for panel in bad[:_SHOWN]]
    if len(bad) > _SHOWN:
        texts.append(f"and {len(bad) - _SHOWN} more")
    if seen:
        slowest = max(seen, key=lambda panel: panel.seconds)
        total = sum(panel.seconds for panel in seen)
        texts.append(f"{total:.2f} s in all, slowest {slowest.title} {slowest.seconds:.2f} s")
    return "; ".join(texts)
