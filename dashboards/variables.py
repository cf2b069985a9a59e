# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of every dashboard: where the data is, which environments, which services."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model

from .promql import ENV

DATASOURCE = common.DataSourceRef(type_val="prometheus", uid="${datasource}")


def variables() -> list[Builder[model.VariableModel]]:
    return [
        build.DatasourceVariable("datasource").label("Data source").type("prometheus"),
        # An environment whose Command Center is down still has targets.
        _labels("env", "Environment", '{__name__=~"up|aether_service_up"}', all_value=".+"),
        # "All" also takes what is of no service, such as an alert about Prometheus.
        _labels("service", "Service", f"aether_service_up{{{ENV}}}", all_value=".*"),
    ]


def _labels(name: str, label: str, series: str, all_value: str) -> build.QueryVariable:
    query = f"label_values({series}, {name})"
    return (
        build.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"})
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(all_value)
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )
