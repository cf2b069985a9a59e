# SPDX-License-Identifier: GPL-3.0-or-later
"""alertmanager_routing_tests: who is told of which alert. Asked on the host, of a real Alertmanager on loopback."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, quoted, shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    boolean,
    fields,
    labels,
    list_of,
    sequence,
    text,
    unique,
)


def _moment(value: Any, path: str) -> object:
    try:
        moment = datetime.fromisoformat(text(value, path).replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigError(
            f"{path} is {shown(value, path)}, which is not a moment: write it with its zone, like "
            "2026-11-24T23:30:00+01:00."
        )
    return moment


_TEST: dict[str, Check] = {
    "name": text,
    "alert": labels,
    "firing": list_of(labels),
    "receivers": list_of(text),
    "inhibited": boolean,
    "grouped": boolean,
    "at": _moment,
    "muted": list_of(text),
}


def check(value: Any, path: str) -> object:
    tests = sequence(value, path)
    for index, one in enumerate(tests):
        place = f"{path}[{index}]"
        test = fields(one, place, _TEST, required=["name", "alert"])
        if not {"receivers", "inhibited", "grouped", "at"} & set(test):
            raise ConfigError(f"{place} expects nothing: add receivers, inhibited, grouped, or at with muted.")
        for key, needs in (("inhibited", "firing"), ("grouped", "firing"), ("muted", "at"), ("at", "receivers")):
            if key in test and not test.get(needs):
                raise ConfigError(f"{place}.{key} needs {needs}: add it.")
    unique(((f"{path}[{index}]", test["name"]) for index, test in enumerate(tests)), "routing test")
    return tests


def check_names(tests: list[dict[str, Any]], receivers: list[str]) -> None:
    for index, test in enumerate(tests):
        for key in ("receivers", "muted"):
            for name in test.get(key, []):
                if name not in receivers:
                    raise ConfigError(
                        f'alertmanager_routing_tests[{index}].{key} names the receiver "{name}", which '
                        f"alertmanager_receivers does not have{closest(name, receivers)}: "
                        f"name one of {quoted(receivers)}."
                    )
