# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dashboards of Grafana beside their sources on the controller: what differs, and the text that a file gets."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import GrafanaError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_api import parse, texts
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.normalise import (
    RUNBOOK,
    like,
    same,
    standing_for,
    stripped,
    text_of,
    with_placeholder,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean

UNCHANGED, DRIFTED, NEW, MISSING = "unchanged", "drifted", "new", "missing"
NOT_DEPLOYED, BOTH, REFUSED = "source is newer", "both changed", "refused"
GENERAL = ("", "General")  # names of the folder that is none


@dataclass(frozen=True)
class Source:
    """file: below the directory."""

    file: str
    text: str
    dashboard: dict[str, Any]


@dataclass(frozen=True)
class Found:
    """A dashboard and what came of the comparison. text: that its file gets if it is written, else empty."""

    uid: str
    title: str
    file: str
    state: str
    before: str = ""
    text: str = ""


def sources(directory: str) -> dict[str, Source]:
    """By uid. Raises GrafanaError."""
    found: dict[str, Source] = {}
    for file, text in texts(directory).items():
        dashboard = parse(text, f"{directory}/{file}")
        uid = str(dashboard.get("uid") or "")
        if not uid:
            raise GrafanaError(f"{directory}/{file} has no uid, by which it is found in Grafana: give it one.")
        if uid in found:
            raise GrafanaError(f"{directory}/{file} has the uid of {found[uid].file}, {uid}: change one of the two.")
        found[uid] = Source(file, text, dashboard)
    return found


def compared(fetched: Mapping[str, Any], known: Mapping[str, Source], p: Mapping[str, Any]) -> list[Found]:
    """fetched: what the module gives. p: uids, replaces, runbook_url."""
    every = "*" in p["uids"]
    replaced = {**{uid: uid for uid in fetched["present"]}, **p["replaces"]}
    found = [
        _one(dashboard, known.get(replaced.get(dashboard["uid"], "")), every or dashboard["uid"] in p["uids"], p)
        for dashboard in fetched["dashboards"]
    ]
    for one in fetched["refused"]:
        source = known.get(replaced.get(one["uid"], ""))
        found.append(
            Found(one["uid"], source.dashboard["title"] if source else "", source.file if source else "", REFUSED)
        )
    if every or not (p["uids"] or p["replaces"]):
        gone = [known[uid] for uid in known if uid not in fetched["present"]]
        found += [Found(s.dashboard["uid"], str(s.dashboard.get("title", "")), s.file, MISSING) for s in gone]
    return sorted(found, key=lambda one: (one.file, one.uid))


def _one(fetched: Mapping[str, Any], source: Source | None, named: bool, p: Mapping[str, Any]) -> Found:
    uid, title, content = fetched["uid"], fetched["title"], fetched["content"]
    if source is None:
        new = like(None, with_placeholder(content, p["runbook_url"]))
        return Found(uid, title, _file(uid, fetched["folder"]), NEW, "", text_of(new) if named else "")
    if uid in p["replaces"]:
        content = standing_for(source.dashboard, content)
    made = like(source.dashboard, _in_its_words(content, source, p))
    if same(made, source.dashboard):
        return Found(source.dashboard["uid"], title, source.file, UNCHANGED)
    state, written = DRIFTED, True
    if not fetched["edited"]:
        state, written = NOT_DEPLOYED, False
    elif fetched["deployed"] and not _is(fetched["deployed"], source, p):
        state, written = BOTH, named
    text = text_of(made, source.text)
    return Found(source.dashboard["uid"], content["title"], source.file, state, source.text, text if written else "")


def _is(deployed: Mapping[str, Any], source: Source, p: Mapping[str, Any]) -> bool:
    """Whether the source is what was deployed."""
    return same(like(source.dashboard, _in_its_words(stripped(deployed), source, p)), source.dashboard)


def _in_its_words(content: Any, source: Source, p: Mapping[str, Any]) -> Any:
    return with_placeholder(content, p["runbook_url"]) if RUNBOOK in source.text else content


def _file(uid: str, folder: str) -> str:
    """Where a new dashboard goes: a directory is a folder in Grafana."""
    parts = [re.sub(r"[^A-Za-z0-9 ._-]+", "-", part).strip(" .-") for part in ([] if folder in GENERAL else [folder])]
    return "/".join([*filter(None, parts), f"{re.sub(r'[^A-Za-z0-9_-]+', '-', uid)}.json"])


def write(directory: str, found: Collection[Found]) -> None:
    """Each file whole or not at all. Raises GrafanaError."""
    for one in found:
        path = Path(directory, one.file)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
                file.write(one.text)
            os.chmod(file.name, mode)
            os.replace(file.name, path)
        except OSError as error:
            raise GrafanaError(f"{path} cannot be written: {error.strerror or error}.") from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def table(found: Collection[Found], written: bool) -> str:
    """One line a dashboard, for people."""
    rows = [("state", "dashboard", "file", "")]
    rows += [(one.state, clean(one.uid), clean(one.file or "-"), _note(one, written)) for one in found]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def _note(one: Found, written: bool) -> str:
    if one.text:
        return "written" if written else "would be written"
    return {
        NEW: "has no source; name its uid to write it",
        MISSING: "not in Grafana",
        NOT_DEPLOYED: "not edited in Grafana; deploy the source",
        BOTH: "edited in Grafana while the source moved on; name its uid to write it over the source",
        REFUSED: "carries a secret",
    }.get(one.state, "")
