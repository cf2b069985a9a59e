# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of panels, each with what it must have: unit, description, thresholds, texts, legend, links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from grafana_foundation_sdk.builders import bargauge, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import common as parts
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import prometheus as prometheus_model

from . import links, looks
from .variables import DATASOURCE


@dataclass(frozen=True)
class Query:
    """legend: of each series; in a table the name of the column. The rest is for a table's column."""

    expr: str
    legend: str
    unit: str = ""
    steps: looks.Steps = ()
    texts: looks.Texts = field(default_factory=dict)


@dataclass(frozen=True)
class About:
    """What every panel has.

    width: columns of 24. runbook: name of the alert that tells of the same. span: least and greatest value.
    points: at most as many of each line, where lines may be hundreds; else one a pixel.
    """

    title: str
    description: str
    width: int
    height: int
    unit: str = "none"
    steps: looks.Steps = looks.NEITHER
    texts: looks.Texts = field(default_factory=dict)
    runbook: str = ""
    decimals: int | None = None
    span: tuple[float | None, float | None] = (None, None)
    points: int | None = None
    link: dict[str, object] | None = None


def tiles(about: About, *queries: Query, background: bool = True) -> model.Panel:
    """Numbers or states of now. Asked for as of now: the last value of a time range may be long gone."""
    colour = common.BigValueColorMode.BACKGROUND_SOLID if background else common.BigValueColorMode.VALUE
    panel = (
        stat.Panel()
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(colour)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .reduce_options(_last())
    )
    return _finished(panel.build(), about, _targets(queries, instant=True))


def bars(about: About, *queries: Query) -> model.Panel:
    """The most of something, as of now."""
    panel = (
        bargauge.Panel()
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .orientation(common.VizOrientation.HORIZONTAL)
        .name_placement(common.BarGaugeNamePlacement.LEFT)
        .reduce_options(_last())
        .legend(_legend())
    )
    return _finished(panel.build(), about, _targets(queries, instant=True))


def lines(about: About, *queries: Query, values: tuple[str, ...] = (), stacked: bool = False) -> model.Panel:
    """Over time. values: what the legend tells of each series, such as last or max."""
    style = common.GraphThresholdsStyleMode.DASHED if len(about.steps) > 1 else common.GraphThresholdsStyleMode.OFF
    mode = common.StackingMode.NORMAL if stacked else common.StackingMode.NONE
    panel = (
        timeseries.Panel()
        .draw_style(common.GraphDrawStyle.LINE)
        .line_width(2)
        .fill_opacity(20 if stacked else 5)
        .show_points(common.VisibilityMode.NEVER)
        .stacking(parts.StackingConfig().mode(mode).group("A"))
        .thresholds_style(parts.GraphThresholdsStyleConfig().mode(style))
        .legend(_legend(values))
        .tooltip(parts.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING))
    )
    return _finished(panel.build(), about, _targets(queries))


def timeline(about: About, *queries: Query) -> model.Panel:
    """States over time, each with its name on the bar."""
    panel = (
        statetimeline.Panel()
        .show_value(common.VisibilityMode.AUTO)
        .merge_values(True)
        .fill_opacity(80)
        .row_height(0.8)
        .legend(_legend())
        .tooltip(parts.VizTooltipOptions().mode(common.TooltipDisplayMode.SINGLE).sort(common.SortOrder.NONE))
    )
    return _finished(panel.build(), about, _targets(queries))


def rows(
    about: About, *queries: Query, labels: tuple[str, ...], first: str, hidden: tuple[str, ...] = ()
) -> model.Panel:
    """A table as of now. labels: the columns before those of the queries. first: what is sorted by, highest first."""
    names = ["Value"] if len(queries) == 1 else [f"Value #{_reference(n)}" for n in range(len(queries))]
    columns = [*labels, *names]
    organize = {
        "excludeByName": {"Time": True},
        "includeByName": {},
        "indexByName": {name: n for n, name in enumerate(columns)},
        "renameByName": {name: query.legend for name, query in zip(names, queries, strict=True)},
    }
    panel = (
        table.Panel()
        .cell_height(common.TableCellHeight.SM)
        .sort_by([parts.TableSortByFieldState().display_name(first).desc(True)])
        .with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(model.DataTransformerConfig(id_val="organize", options=organize))
    )
    for query in queries:
        panel.override_by_name(query.legend, _column(query, query.legend in hidden))
    made = panel.build()
    cast(Any, made.options).footer = None  # Grafana 13 has it with the fields, the SDK still here
    return _finished(made, about, _targets(queries, instant=True, in_table=True))


def _column(query: Query, hidden: bool) -> list[model.DynamicConfigValue]:
    wanted: dict[str, Any] = {"unit": query.unit or "none"}
    if query.texts:
        wanted["mappings"] = looks.mappings(query.texts)
    if query.steps:
        wanted["thresholds"] = looks.thresholds(query.steps)
        wanted["custom.cellOptions"] = {"type": "color-text"}
    if hidden:
        wanted["custom.hideFrom.viz"] = True
    return [model.DynamicConfigValue(id_val=key, value=value) for key, value in wanted.items()]


def _finished(panel: model.Panel, about: About, targets: list[prometheus_model.Dataquery]) -> model.Panel:
    panel.title, panel.description, panel.datasource = about.title, about.description, DATASOURCE
    panel.targets = list(targets)
    panel.grid_pos = model.GridPos(w=about.width, h=about.height)  # where it goes is the layout's to say
    panel.max_data_points = about.points
    panel.repeat_direction = None
    panel.links = [links.runbook(about.runbook)] if about.runbook else None
    panel.field_config = panel.field_config or model.FieldConfigSource()
    shown = panel.field_config.defaults
    shown.unit, shown.decimals, shown.no_value = about.unit, about.decimals, "no data"
    shown.min_val, shown.max_val = about.span
    shown.thresholds, shown.mappings = looks.thresholds(about.steps), looks.mappings(about.texts)
    by_series = panel.type_val == "timeseries"
    mode = model.FieldColorModeId.PALETTE_CLASSIC if by_series else model.FieldColorModeId.THRESHOLDS
    shown.color = model.FieldColor(mode=mode)
    shown.links = cast(Any, [about.link]) if about.link else None  # the SDK takes them for links of a dashboard
    return panel


def _targets(
    queries: tuple[Query, ...], instant: bool = False, in_table: bool = False
) -> list[prometheus_model.Dataquery]:
    form = prometheus_model.PromQueryFormat.TABLE if in_table else prometheus_model.PromQueryFormat.TIME_SERIES
    return [
        prometheus_model.Dataquery(
            ref_id=_reference(n),
            datasource=DATASOURCE,
            expr=query.expr,
            legend_format=query.legend,
            format_val=form,
            instant=instant,
            range_val=not instant,
        )
        for n, query in enumerate(queries)
    ]


def _reference(n: int) -> str:
    return "ABCDEFGHIJ"[n]


def _last() -> parts.ReduceDataOptions:
    return parts.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _legend(values: tuple[str, ...] = ()) -> parts.VizLegendOptions:
    """Below the panel: a list of names, or a table where values go with them."""
    mode = common.LegendDisplayMode.TABLE if values else common.LegendDisplayMode.LIST
    placement = common.LegendPlacement.BOTTOM
    return parts.VizLegendOptions().display_mode(mode).placement(placement).show_legend(True).calcs(list(values))
