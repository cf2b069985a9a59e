# SPDX-License-Identifier: GPL-3.0-or-later
"""`jsonData` of the data sources that this project has."""

from __future__ import annotations

import re
from typing import Any

from ..errors import ProvisioningError
from .document import Check, anything, boolean, fields, text, whole


def _one_of(*choices: str) -> Check:
    def check(value: Any, place: str) -> str:
        if value not in choices:
            raise ProvisioningError(f"{place} is none of {', '.join(choices)}")
        return str(value)

    return check


def _duration(value: Any, place: str) -> str:
    expanded = text(value, place)
    if not re.fullmatch(r"(\d+(ms|[smhdw]))+", expanded):
        raise ProvisioningError(f"{place} is not a duration such as 15s")
    return expanded


_HTTP: dict[str, Check] = {
    "tlsAuth": boolean,
    "tlsAuthWithCACert": boolean,
    "tlsSkipVerify": boolean,
    "serverName": text,
    "timeout": whole,
    "keepCookies": anything,
    "oauthPassThru": boolean,
    "sigV4Auth": boolean,
    "enableSecureSocksProxy": boolean,
    **{f"httpHeaderName{number}": text for number in range(1, 10)},
}
_KNOWN: dict[str, dict[str, Check]] = {
    "prometheus": {
        **_HTTP,
        "httpMethod": _one_of("GET", "POST"),
        "timeInterval": _duration,
        "queryTimeout": _duration,
        "prometheusType": _one_of("Prometheus", "Cortex", "Mimir", "Thanos"),
        "prometheusVersion": text,
        "cacheLevel": _one_of("Low", "Medium", "High", "None"),
        "incrementalQuerying": boolean,
        "incrementalQueryOverlapWindow": _duration,
        "disableRecordingRules": boolean,
        "disableMetricsLookup": boolean,
        "manageAlerts": boolean,
        "allowAsRecordingRulesTarget": boolean,
        "alertmanagerUid": text,
        "customQueryParameters": text,
        "defaultEditor": _one_of("builder", "code"),
        "exemplarTraceIdDestinations": anything,
        "seriesEndpoint": boolean,
        "seriesLimit": whole,
        "codeModeMetricNamesSuggestionLimit": whole,
    },
    "alertmanager": {
        **_HTTP,
        "implementation": _one_of("prometheus", "cortex", "mimir"),
        "handleGrafanaManagedAlerts": boolean,
    },
}


def check(value: Any, place: str, kind: str) -> dict[str, Any]:
    """Of another kind, any key is taken."""
    if kind in _KNOWN:
        return fields(value, place, _KNOWN[kind])
    if not isinstance(value, dict):
        raise ProvisioningError(f"{place} is not an object")
    return {key: anything(item, f"{place}.{key}") for key, item in value.items()}
