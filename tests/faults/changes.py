# SPDX-License-Identifier: GPL-3.0-or-later
"""The real changes that are deployed while a fault strikes. Each deploy has its own number, and so is a release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _target(number: int) -> dict[str, Any]:
    """One scrape target, with the mark that on_host/verdict.py tells the releases apart by."""
    target = {"targets": ["127.0.0.1:8101"], "labels": {"faults_number": str(number)}}
    return {"prometheus_scrape_jobs": [{"job_name": "faults", "metrics_path": "/stats", "static_configs": [target]}]}


def _rule(number: int) -> dict[str, Any]:
    rule = {"record": "faults:number", "expr": f"vector({number})"}
    return {**_target(number), "prometheus_rule_groups": [{"name": "faults", "rules": [rule]}]}


def _flag(number: int) -> dict[str, Any]:
    return {**_target(number), "prometheus_retention_time": f"{1000 + number}h"}


def _receiver(number: int) -> dict[str, Any]:
    # What dev has, and one more: a name in double braces is the role's own variable.
    more = f"{{{{ __alertmanager_receivers[aether_env] + [{{'name': 'faults-{number}'}}] }}}}"
    return {"alertmanager_receivers": more}


def _link(number: int) -> dict[str, Any]:
    return {**_receiver(number), "alertmanager_external_url": f"http://alertmanager{number}.example/"}


def _age(number: int) -> dict[str, Any]:
    return {"command_center_stale_after": f"{1000 + number}s"}


def _program(number: int) -> dict[str, Any]:
    return {**_age(number), "command_center_artifact": PROGRAM.format(number=number)}


PROGRAM = "command_center-{number}.pyz"
"""What rig.py makes of it is a file of its own for each number."""


@dataclass(frozen=True)
class Change:
    """restart: the least that makes the process run it is a restart. first: the component is not on the host before."""

    name: str
    component: str
    variables: Callable[[int], dict[str, Any]]
    restart: bool = False
    first: bool = False


CHANGES = {
    change.name: change
    for change in (
        Change("prometheus-target", "prometheus", _target),
        Change("prometheus-rule", "prometheus", _rule),
        Change("prometheus-flag", "prometheus", _flag, restart=True),
        Change("alertmanager-receiver", "alertmanager", _receiver),
        Change("alertmanager-link", "alertmanager", _link, restart=True),
        Change("command_center-age", "command_center", _age),
        Change("command_center-program", "command_center", _program, restart=True),
        Change("command_center-first", "command_center", _age, restart=True, first=True),
    )
}
