# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a dashboard. Most of it Grafana would take, and show an empty page or a broken panel."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import ProvisioningError
from ..sources import Source
from .files import File

_UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?|\[\[(\w+)\]\]")
# Those that Grafana brings along.
_BUILT_IN = (
    "grafana",
    "-- Grafana --",
    "-- Mixed --",
    "-- Dashboard --",
    "dashboard",
    "mixed",
    "__expr__",
    "datasource",
)


def check(file: File, sources: Iterable[Source]) -> None:
    """Raises ProvisioningError."""
    data = file.data
    if "spec" in data or str(data.get("apiVersion", "")).startswith("dashboard.grafana.app/") or "elements" in data:
        raise ProvisioningError(f"{file.path} is a dashboard of schema v2, which files cannot provision")
    title = data.get("title")
    if not isinstance(title, str) or not title.strip():
        raise ProvisioningError(f"{file.path}: Dashboard title cannot be empty")
    if not isinstance(data.get("uid"), str) or not _UID.fullmatch(data["uid"]):
        raise ProvisioningError(f"{file.path}: the uid is not up to 40 letters, digits, - and _")
    _check_sources(file, {name for source in sources for name in (source.uid, source.name)})


def check_together(files: Iterable[File]) -> None:
    """Over all providers. Raises ProvisioningError."""
    files = list(files)
    uids = Counter(str(file.data["uid"]) for file in files)
    titles = Counter((file.folder, str(file.data["title"])) for file in files)
    for file in files:
        if uids[file.data["uid"]] > 1:
            raise ProvisioningError(f"{file.path}: the same uid is used more than once: {file.data['uid']}")
        if titles[(file.folder, file.data["title"])] > 1:
            folder = file.folder or "General"
            raise ProvisioningError(
                f"{file.path}: dashboard title is not unique in folder {folder}: {file.data['title']}"
            )


def _check_sources(file: File, known: set[str]) -> None:
    variables = _list(file.data, "templating")
    names = {str(one.get("name")) for one in variables if one.get("type") == "datasource"}
    for where, reference in _references(file.data):
        uid = reference.get("uid") if isinstance(reference, dict) else reference
        if not uid or uid in known or uid in _BUILT_IN:
            continue
        found = _VARIABLE.fullmatch(str(uid))
        if not found:
            raise ProvisioningError(f"{file.path}: {where} refers to the data source {uid}, which is not there")
        if (found[1] or found[2]) not in names:
            raise ProvisioningError(f"{file.path}: {where} refers to {uid}, which is no data source variable")


def _references(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(a phrase of where, reference) of every data source that the dashboard names."""
    for panel in _panels(data):
        where = f"the panel {panel.get('title') or panel.get('id')!r}"
        yield where, panel.get("datasource")
        yield from ((where, target.get("datasource")) for target in panel.get("targets") or [])
    for key, what in (("templating", "the variable"), ("annotations", "the annotation")):
        yield from ((f"{what} {one.get('name')}", one.get("datasource")) for one in _list(data, key))


def _panels(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in data.get("panels") or []:
        yield panel
        yield from panel.get("panels") or []


def _list(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return list((data.get(key) or {}).get("list") or [])
