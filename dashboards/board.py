# SPDX-License-Identifier: GPL-3.0-or-later
"""What every dashboard has around its panels, and the JSON that Grafana's file provisioning takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model

from .layout import Section, laid_out
from .links import TITLES, to_dashboards
from .variables import variables

SCHEMA_VERSION = 42  # Classic JSON: file provisioning refuses v2
_GRAFANA = common.DataSourceRef(type_val="grafana", uid="-- Grafana --")
# What the SDK adds by itself: to every variable what only one kind of them has, and to every link and annotation that
# it is hidden in a menu.
_UNWANTED = ("auto", "auto_min", "auto_count", "placement")


@dataclass(frozen=True)
class Board:
    """A dashboard. question: what it answers. since: how far back it looks, like 3h."""

    uid: str
    question: str
    since: str
    sections: Sequence[Section]

    def document(self) -> dict[str, Any]:
        dashboard = (
            build.Dashboard(TITLES[self.uid])
            .uid(self.uid)
            .description(self.question)
            .tags(["aetherlink"])
            .timezone("browser")
            .tooltip(model.DashboardCursorSync.CROSSHAIR)
            .time(f"now-{self.since}", "now")
            .refresh("30s")
            .variables(variables())
            .build()
        )
        dashboard.panels = laid_out(self.sections)
        dashboard.links = to_dashboards(self.uid)
        dashboard.annotations = model.AnnotationContainer(list_val=_annotations())
        dashboard.schema_version = SCHEMA_VERSION
        document: dict[str, Any] = _wanted(json.loads(json.dumps(dashboard, cls=JSONEncoder)))
        return document


def text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _wanted(value: Any) -> Any:
    if isinstance(value, list):
        return [_wanted(item) for item in value]
    if isinstance(value, dict):
        kept = {key: _wanted(item) for key, item in value.items() if key not in _UNWANTED}
        if "showLegend" in value:
            kept["placement"] = value["placement"]  # where a legend is
        return kept
    return value


def _annotations() -> list[model.AnnotationQuery]:
    """Grafana adds the first by itself where it is missing, which would be a difference to what is shipped."""
    return [
        model.AnnotationQuery(
            name="Annotations & Alerts",
            datasource=_GRAFANA,
            enable=True,
            hide=True,
            icon_color="rgba(0, 211, 255, 1)",
            built_in=1,
            type_val="dashboard",
        ),
        _tagged("Deploys", "aetherlink-deploy", "blue"),
        _tagged("Rollbacks", "aetherlink-rollback", "red"),
    ]


def _tagged(name: str, tag: str, colour: str) -> model.AnnotationQuery:
    target: Any = model.AnnotationTarget(limit=100, match_any=False, tags=[tag], type_val="tags")
    return model.AnnotationQuery(name=name, datasource=_GRAFANA, enable=True, icon_color=colour, target=target)
