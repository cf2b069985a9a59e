# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses dashboards that Grafana's file provisioning would refuse, or take and then show broken.

Grafana logs what is wrong with a dashboard and goes on without it, so it must be found before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_secrets import secrets
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.datasource_references import (
    check_datasources,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import shown

# Grafana answers these itself.
_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")


def check(files: Mapping[str, str], datasources: Collection[str], names: Collection[str] = ()) -> None:
    """files: {path: text}. datasources: uids. names: theirs, by which
    older dashboards name them. Raises ConfigError: one sentence with the file, the place and the fix."""
    found = {path: _parsed(path, text) for path, text in files.items()}
    for path, dashboard in found.items():
        _check_form(path, dashboard)
        _check_identity(path, dashboard)
        _check_folder(path)
        check_datasources(path, dashboard, datasources, names)
        _check_secrets(path, dashboard)
    _check_unique(found, "uid", lambda path, dashboard: (dashboard["uid"], "give each a uid of its own"))
    _check_unique(
        found,
        "title",
        lambda path, dashboard: (f"{folder(path)}/{dashboard['title']}", "rename one, or put it into another folder"),
    )


def folder(path: str) -> str:
    """Grafana's folder of a file: the name of the directory that it lies in, however deep; empty for none."""
    directories = path.removeprefix("dashboards/").split("/")[:-1]
    return directories[-1] if directories else ""


def _parsed(path: str, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{path} is no valid JSON ({error.msg}): mend it at line {error.lineno}, column {error.colno}."
        ) from None
    if not isinstance(document, dict):
        raise ConfigError(f"{path} is {shown(document, path)}, but must be a mapping: put the dashboard's JSON there.")
    return document


def _check_form(path: str, dashboard: Mapping[str, Any]) -> None:
    if "apiVersion" in dashboard or "spec" in dashboard:
        raise ConfigError(
            f"{path} is a dashboard of Grafana's API v2 (it has apiVersion or spec), which file provisioning refuses: "
            "export it as Classic JSON."
        )


def _check_identity(path: str, dashboard: Mapping[str, Any]) -> None:
    for key in ("uid", "title"):
        value = dashboard.get(key)
        if value is not None and not isinstance(value, str):
            raise ConfigError(f"{path}: {key} is {shown(value, key)}, but must be text: put it in quotes.")
        if not (value or "").strip():
            raise ConfigError(f"{path} has no {key}: add one that no other dashboard has.")
    if not _UID.fullmatch(dashboard["uid"]):
        raise ConfigError(
            f"{path}: uid is {shown(dashboard['uid'], 'uid')}, which Grafana does not take: use up to 40 letters, "
            "digits, _ and -."
        )


def _check_folder(path: str) -> None:
    """Grafana calls no folder General, and does not start with another one of that name."""
    for name in path.removeprefix("dashboards/").split("/")[:-1]:
        if name.lower() == "general":
            raise ConfigError(f'{path} is in a folder "{name}", which Grafana keeps for itself: use another folder.')


def _check_secrets(path: str, dashboard: Mapping[str, Any]) -> None:
    for place, kind in secrets(dashboard):
        raise ConfigError(
            f"{path}: {place or 'the dashboard'} holds {kind}, which everybody who opens the dashboard can read: take "
            "it out, and put it into the data source as one of grafana_secrets."
        )


def _check_unique(
    found: Mapping[str, dict[str, Any]], key: str, of: Callable[[str, dict[str, Any]], tuple[str, str]]
) -> None:
    """of: what must be unique, and how to make it so. Grafana stops provisioning for two that are alike."""
    seen: dict[str, str] = {}
    for path, dashboard in found.items():
        value, fix = of(path, dashboard)
        if value in seen:
            raise ConfigError(f"{path} has the {key} {shown(dashboard[key], key)}, as {seen[value]} has: {fix}.")
        seen[value] = path
