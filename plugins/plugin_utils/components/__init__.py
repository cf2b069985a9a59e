# SPDX-License-Identifier: GPL-3.0-or-later
"""The components there are, with what others need to know of them. A package below this one describes each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """port: the default of `<name>_port`, since a role's defaults are not seen in another host's variables; 0 for none.

    queried_by: components whose hosts connect to it, for the firewall. callers: those that have a login of their own.
    serves_tls: whether it serves HTTPS and wants a password where the inventory says so (`aether_tls`, `<name>_tls`).
    web_config: whether TLS and logins are in a web.yml. scopes: of a partial rollback.
    """

    port: int = 0
    queried_by: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    serves_tls: bool = False
    web_config: bool = False
    scopes: tuple[str, ...] = ()


REGISTRY: dict[str, Facts] = {
    "demo_verticals": Facts(queried_by=("prometheus", "command_center")),
    "inbox": Facts(port=8025, queried_by=("prometheus", "alertmanager")),
    "alertmanager": Facts(
        port=9093,
        queried_by=("prometheus",),
        callers=("prometheus",),
        serves_tls=True,
        web_config=True,
        scopes=("routing",),
    ),
    "command_center": Facts(port=8010, queried_by=("prometheus",), callers=("prometheus",), serves_tls=True),
    "prometheus": Facts(
        port=9090,
        queried_by=("*",),  # a deploy of any may watch itself by Prometheus
        callers=("prometheus", "grafana"),
        serves_tls=True,
        web_config=True,
        scopes=("scrape", "rules"),
    ),
    "grafana": Facts(
        port=3000, queried_by=("prometheus",), callers=("prometheus",), serves_tls=True, scopes=("dashboards",)
    ),
}
"""In the order in which they are shown and rolled back: Alertmanager before Prometheus, which notifies it; Grafana,
which queries Prometheus, last."""
COMPONENTS = tuple(REGISTRY)
TLS_COMPONENTS = tuple(name for name, facts in REGISTRY.items() if facts.serves_tls)
SCOPES = {scope: name for name, facts in REGISTRY.items() for scope in facts.scopes}
"""The component of each scope of a partial rollback."""


def queried_by(name: str) -> tuple[str, ...]:
    """The components whose hosts connect to it."""
    found = REGISTRY[name].queried_by
    return COMPONENTS if found == ("*",) else found
