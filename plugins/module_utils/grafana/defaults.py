# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Grafana's pages write into a dashboard that is saved there, where nobody chose it: values by key.

Only keys whose value means the same wherever Grafana writes them. One that is missing here is seen as an edit, once.
"""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, tuple[Any, ...]] = {
    # the dashboard
    "editable": (True,),
    "fiscalYearStartMonth": (0,),
    "graphTooltip": (0,),
    "liveNow": (False,),
    "preload": (False,),
    # a panel
    "repeatDirection": ("h",),
    "transparent": (False,),
    "thresholds": tuple(
        {"mode": "absolute", "steps": steps}
        for steps in (
            [{"color": "green", "value": None}, {"color": "red", "value": 80}],
            [{"color": "green", "value": 0}, {"color": "red", "value": 80}],
            [{"color": "green"}, {"color": "red", "value": 80}],
        )
    ),
    # its queries
    "disableTextWrap": (False,),
    "editorMode": ("code", "builder"),
    "exemplar": (False,),
    "format": ("time_series",),
    "fullMetaSearch": (False,),
    "hide": (False, 0),
    "includeNullMetadata": (True,),
    "instant": (False,),
    "intervalFactor": (1,),
    "range": (True, False),  # beside instant; but true where that is true too
    "useBackend": (False,),
    # what it draws
    "axisBorderShow": (False,),
    "axisCenteredZero": (False,),
    "axisColorMode": ("text",),
    "axisPlacement": ("auto",),
    "barAlignment": (0,),
    "barWidthFactor": (0.6,),
    "drawStyle": ("line",),
    "gradientMode": ("none",),
    "insertNulls": (False,),
    "lineInterpolation": ("linear",),
    "pointSize": (5,),
    "scaleDistribution": ({"type": "linear"},),
    "showPoints": ("auto",),
    "showValues": (False,),
    "spanNulls": (False,),
    "stacking": ({"group": "A", "mode": "none"},),
    "thresholdsStyle": ({"mode": "off"},),
    "hideFrom": ({"legend": False, "tooltip": False, "viz": False},),
    # how it is laid out
    "legend": ({"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},),
    "tooltip": ({"hideZeros": False, "mode": "single", "sort": "none"}, {"mode": "single", "sort": "none"}),
    "hideZeros": (False,),
    "align": ("auto",),
    "cellHeight": ("sm",),
    "cellOptions": ({"type": "auto"},),
    "inspect": (False,),
    "showHeader": (True,),
    "enablePagination": (False,),
    "footer": (
        {"reducers": []},
        {"countRows": False, "fields": "", "reducer": ["sum"], "show": False},
    ),
    "colorMode": ("value",),
    "graphMode": ("area",),
    "justifyMode": ("auto",),
    "orientation": ("auto",),
    "percentChangeColorMode": ("standard",),
    "showPercentChange": (False,),
    "textMode": ("auto",),
    "wideLayout": (True,),
    "reduceOptions": ({"calcs": ["lastNotNull"], "fields": "", "values": False},),
    "sizing": ("auto",),
    "minVizHeight": (75, 16),
    "minVizWidth": (75, 8),
    "maxVizHeight": (300,),
    "namePlacement": ("auto",),
    "valueMode": ("color",),
    "showUnfilled": (True,),
    # variables
    "allowCustomValue": (True,),
    "includeAll": (False,),
    "multi": (False,),
    "skipUrlSync": (False,),
    "sort": (0,),
}

_PALETTE, _THRESHOLDS = {"mode": "palette-classic"}, {"mode": "thresholds"}
BY_TYPE: dict[str, dict[str, Any]] = {
    "timeseries": {"color": _PALETTE, "fillOpacity": 0, "lineWidth": 1},
    "barchart": {"color": _PALETTE, "fillOpacity": 80, "lineWidth": 1},
    "histogram": {"color": _PALETTE, "fillOpacity": 80, "lineWidth": 1},
    "piechart": {"color": _PALETTE},
    "stat": {"color": _THRESHOLDS},
    "gauge": {"color": _THRESHOLDS},
    "bargauge": {"color": _THRESHOLDS},
    "table": {"color": _THRESHOLDS},
    "state-timeline": {"color": _THRESHOLDS, "fillOpacity": 70, "lineWidth": 0},
    "status-history": {"color": _THRESHOLDS, "fillOpacity": 70, "lineWidth": 1},
}
"""The same where it depends on the panel's type."""
