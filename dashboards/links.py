# SPDX-License-Identifier: GPL-3.0-or-later
"""Links: to runbooks, to the other dashboards, and from a service to its details."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as model

# The role fills in grafana_runbook_url. Grafana would take a ${...} for a variable of the dashboard.
RUNBOOK = "__RUNBOOK_URL__/"

FLEET_HEALTH = "aetherlink-fleet-health"
VERTICAL_DETAIL = "aetherlink-vertical-detail"
ALERTING_DELIVERY = "aetherlink-alerting-delivery"
MONITORING_HEALTH = "aetherlink-monitoring-health"
TITLES = {
    FLEET_HEALTH: "Vertical Fleet Health",
    VERTICAL_DETAIL: "Vertical Detail",
    ALERTING_DELIVERY: "Alerting & Delivery",
    MONITORING_HEALTH: "Monitoring Health",
}


def runbook(alert: str) -> model.DashboardLink:
    return _link(f"Runbook: {alert}", f"{RUNBOOK}{alert}", in_new_tab=True)


def to_dashboards(current: str) -> list[model.DashboardLink]:
    """To every dashboard but the current one, which keep time range and variables."""
    return [_link(title, f"/d/{uid}", keep=True) for uid, title in TITLES.items() if uid != current]


def to_vertical(env: str, service: str) -> dict[str, object]:
    """A data link. env, service: how Grafana names the value in a series' labels or a table's row."""
    query = f"${{__url_time_range}}&var-datasource=${{datasource}}&var-env=${{{env}}}&var-service=${{{service}}}"
    return {"title": "Show the service over time", "url": f"/d/{VERTICAL_DETAIL}?{query}", "targetBlank": False}


OF_SERIES = to_vertical("__field.labels.env", "__field.labels.service")
OF_ROW = to_vertical("__data.fields.env", "__data.fields.service")


def _link(title: str, url: str, keep: bool = False, in_new_tab: bool = False) -> model.DashboardLink:
    return model.DashboardLink(
        title=title,
        url=url,
        type_val=model.DashboardLinkType.LINK,
        icon="external link",
        tooltip=title,
        include_vars=keep,
        keep_time=keep,
        target_blank=in_new_tab,
    )
