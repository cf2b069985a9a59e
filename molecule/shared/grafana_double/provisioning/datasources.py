# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources out of <provisioning>/datasources: all files are checked before the first change is made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import ProvisioningError
from ..log import Log
from ..sources import Source, Sources, uid_of
from . import options
from .document import Check, anything, boolean, documents, fields, items, organisation, text, texts, whole

_LOGGER = "provisioning.datasources"
UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
# Of Grafana's own plugins, those that need no other.
TYPES = (
    "prometheus",
    "alertmanager",
    "loki",
    "tempo",
    "graphite",
    "influxdb",
    "elasticsearch",
    "grafana-testdata-datasource",
)
_SOURCE: dict[str, Check] = {
    "orgId": organisation,
    "orgName": text,
    "version": whole,
    "name": text,
    "uid": text,
    "type": text,
    "access": text,
    "url": text,
    "user": text,
    "database": text,
    "basicAuth": boolean,
    "basicAuthUser": text,
    "withCredentials": boolean,
    "isDefault": boolean,
    "correlations": items(anything),
    "jsonData": lambda value, _place: value,  # which keys it may have depends on the type
    "secureJsonData": texts,
    "editable": boolean,
}


def _source(value: Any, place: str) -> Source:
    found = fields(value, place, _SOURCE, ("name", "type"))
    source = Source(
        uid=found.get("uid") or uid_of(found["name"]),
        name=found["name"],
        type=found["type"],
        url=found.get("url", ""),
        access=found.get("access") or "proxy",
        user=found.get("user", ""),
        database=found.get("database", ""),
        basic_auth=found.get("basicAuth", False),
        basic_auth_user=found.get("basicAuthUser", ""),
        with_credentials=found.get("withCredentials", False),
        is_default=found.get("isDefault", False),
        read_only=not found.get("editable", False),
        options=options.check(found.get("jsonData", {}), f"{place}: jsonData", found["type"]),
        secrets=found.get("secureJsonData", {}),
    )
    if not UID.fullmatch(source.uid):
        raise ProvisioningError(f"{place}: the uid {source.uid!r} is not up to 40 letters, digits, - and _")
    if source.type not in TYPES:
        raise ProvisioningError(f"{place}: {source.type} is no type of data source: use one of {', '.join(TYPES)}")
    if source.access not in ("proxy", "direct"):
        raise ProvisioningError(f"{place}: access is neither proxy nor direct")
    if source.type in ("prometheus", "alertmanager") and not re.match(r"https?://[^/]", source.url):
        raise ProvisioningError(f"{place}: url is no URL of a server")
    _check_access(source, place)
    return source


def _check_access(source: Source, place: str) -> None:
    """Grafana takes each of these, and asks with less than is meant."""
    for option, secret in (("tlsAuthWithCACert", "tlsCACert"), ("tlsAuth", "tlsClientCert")):
        if bool(source.options.get(option)) != (secret in source.secrets):
            raise ProvisioningError(f"{place}: jsonData.{option} and secureJsonData.{secret} go together")
    if source.basic_auth != bool(source.basic_auth_user and source.secrets.get("basicAuthPassword")):
        raise ProvisioningError(f"{place}: basicAuth, basicAuthUser and secureJsonData.basicAuthPassword go together")


def _deleted(value: Any, place: str) -> str:
    found = fields(value, place, {"orgId": organisation, "orgName": text, "name": text}, ("name",))
    return str(found["name"])


def _one(value: Any, place: str) -> int:
    if value != 1:
        raise ProvisioningError(f"{place} is not 1")
    return 1


def _no_prune(value: Any, place: str) -> None:
    if boolean(value, place):
        raise ProvisioningError(
            f"{place}: Grafana 13 is reported to crash with it; name what goes in deleteDatasources"
        )


_FILE: dict[str, Check] = {
    "apiVersion": _one,
    "datasources": items(_source),
    "deleteDatasources": items(_deleted),
    "prune": _no_prune,
}


def provision(directory: Path, sources: Sources, log: Log) -> None:
    """Raises ProvisioningError; then nothing was changed."""
    files = [(path, fields(content, path, _FILE, ("apiVersion",))) for path, content in documents(directory)]
    wanted = [(path, source) for path, file in files for source in file.get("datasources", [])]
    _check_together(wanted)
    _check_uids(files, sources)
    for _, file in files:
        for name in file.get("deleteDatasources", []):
            if sources.named(name):
                sources.delete(name)
                log.info(_LOGGER, "deleted datasource based on configuration", name=name)
        for source in file.get("datasources", []):
            if not sources.named(source.name):
                log.info(_LOGGER, "inserting datasource from configuration", name=source.name, uid=source.uid)
            sources.put(source)


def _check_together(wanted: list[tuple[str, Source]]) -> None:
    for key in ("name", "uid"):
        seen: dict[str, str] = {}
        for path, source in wanted:
            value = getattr(source, key)
            if value in seen:
                raise ProvisioningError(f"{path}: the {key} {value} comes twice, before in {seen[value]}")
            seen[value] = path
    if sum(source.is_default for _, source in wanted) > 1:
        raise ProvisioningError(
            "datasource.yaml config is invalid. Only one datasource per organization can be marked as default"
        )


def _check_uids(files: list[tuple[str, dict[str, Any]]], sources: Sources) -> None:
    """By the order in which files are applied: what a file deletes, a later one or itself may make with another uid."""
    there = {source.name: source.uid for source in sources.all()}
    for path, file in files:
        for name in file.get("deleteDatasources", []):
            there.pop(name, None)
        for source in file.get("datasources", []):
            if there.get(source.name, source.uid) != source.uid:
                raise ProvisioningError(
                    f"{path}: the data source {source.name} has the uid {there[source.name]} in Grafana; "
                    f"it gets the uid {source.uid} only after deleteDatasources has named it"
                )
            owner = next((name for name, uid in there.items() if uid == source.uid and name != source.name), None)
            if owner:
                raise ProvisioningError(f"{path}: the uid {source.uid} of {source.name} is that of {owner} in Grafana")
            there[source.name] = source.uid
