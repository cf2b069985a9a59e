# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources and dashboards out of files, with what the real server takes, refuses and passes over in silence."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .settings import FatalError, provisioned
from .store import Document, Store

Log = Any


class Provisioning:
    def __init__(self, directory: Path, store: Store, log: Log) -> None:
        self._directory, self._store, self._log = directory, store, log
        self._stop = threading.Event()
        self.secrets: dict[str, dict[str, str]] = {}
        """secureJsonData by the data source's name: in memory alone, since each start reads the files again."""

    def data_sources(self) -> None:
        """File by file in the order of their names, deletions first. What comes before a bad entry stays applied."""
        files = [fill(document) for document in _documents(self._directory / "datasources")]
        wanted = [source for file in files for source in file.get("datasources") or []]
        if sum(bool(source.get("isDefault")) for source in wanted) > 1:
            raise FatalError("Only one datasource per organization can be marked as default")
        with self._store.lock:
            for file in files:
                for gone in file.get("deleteDatasources") or []:
                    self._store.delete("source", gone["name"])
                for source in file.get("datasources") or []:
                    self._put(source)

    def _put(self, given: Document) -> None:
        name, kind = given.get("name"), given.get("type")
        if not name or not kind:
            raise FatalError("Datasource provisioning error: datasource name and type are required")
        uid = given.get("uid") or "P" + hashlib.sha256(name.encode()).hexdigest()[:16].upper()
        if any(one["uid"] == uid and one["name"] != name for one in self._store.all("source")):
            raise FatalError(f"Datasource provisioning error: data source with the same uid already exists: {uid}")
        if given.get("isDefault"):
            for other in self._store.all("source"):
                self._store.put("source", other["name"], {**other, "isDefault": False})
        old = self._store.get("source", name)
        self.secrets[name] = given.get("secureJsonData") or {}
        self._store.put(
            "source",
            name,
            {
                "id": old["id"] if old else self._store.next_id("source"),
                "uid": uid,
                "orgId": 1,
                "name": name,
                "type": kind,
                "access": given.get("access") or "proxy",
                "url": given.get("url", ""),
                "basicAuth": bool(given.get("basicAuth")),
                "basicAuthUser": given.get("basicAuthUser", ""),
                "isDefault": bool(given.get("isDefault")),
                "jsonData": given.get("jsonData") or {},
                "readOnly": not given.get("editable"),
            },
        )

    def dashboards(self) -> None:
        """What a provider's files are wrong in goes to the log; only a folder called General is fatal."""
        providers = [fill(one) for file in _documents(self._directory / "dashboards") for one in file["providers"]]
        self._stop.set()
        self._stop = threading.Event()
        with self._store.lock:
            names = {provider["name"] for provider in providers}
            for dashboard in self._store.all("dashboard"):
                if dashboard["provider"] and dashboard["provider"] not in names:
                    self._store.delete_dashboard(dashboard)
            for provider in providers:
                self._walk(provider)
        for provider in providers:
            threading.Thread(target=self._poll, args=(provider, self._stop), daemon=True).start()

    def _poll(self, provider: Document, stop: threading.Event) -> None:
        while not stop.wait(provider.get("updateIntervalSeconds") or 10):
            with self._store.lock:
                if not stop.is_set():
                    try:
                        self._walk(provider)
                    except FatalError as error:
                        self._log("error", "Failed to provision dashboards", error=error)

    def _walk(self, provider: Document) -> None:
        """A file is keyed by its path below the resolved directory: `current` may switch behind the links."""
        top = Path(provider["options"]["path"]).resolve()
        if not top.is_dir():
            self._log("error", "Cannot read directory", error=f"stat {top}: no such file or directory")
            return
        paths = list(_files(top))
        there = {one["path"]: one for one in self._store.all("dashboard") if one["provider"] == provider["name"]}
        for path in set(there) - set(paths):
            self._store.delete_dashboard(there.pop(path))
        seen: set[str] = set()
        for path in paths:
            try:
                self._save(provider, top, path, there.get(path), seen)
            except (OSError, ValueError) as error:
                self._log("error", "failed to save dashboard", file=path, error=error)

    def _save(self, provider: Document, top: Path, path: str, old: Document | None, seen: set[str]) -> None:
        """Raises ValueError or OSError where the file is passed over, FatalError for a folder General."""
        content = Path(path).read_bytes()
        data = json.loads(content)
        if not isinstance(data, dict) or not str(data.get("title") or "").strip():
            raise ValueError("Dashboard title cannot be empty")
        parent = Path(path).parent
        by_directory = provider["options"].get("foldersFromFilesStructure")
        title = ("" if parent == top else parent.name) if by_directory else provider.get("folder", "")
        if title.lower() == "general":
            raise FatalError(f'can\'t provision folder "{title}": a folder with that name already exists')
        if data.get("uid") in seen:
            raise ValueError(f"the same UID is used more than once: {data['uid']}")
        seen.add(data.get("uid", path))
        checksum, folder = hashlib.md5(content, usedforsecurity=False).hexdigest(), self._store.folder(title)
        if old and (old["checksum"], old["folder"]) == (checksum, folder):
            return
        # A dashboard that somebody made in the page is taken over by a file with its uid.
        old = old or self._store.dashboard(str(data.get("uid")))
        self._store.save_dashboard(data, folder, old, provider=provider["name"], path=path, checksum=checksum)


def fill(value: Any) -> Any:
    if isinstance(value, str):
        return provisioned(value)
    if isinstance(value, list):
        return [fill(item) for item in value]
    return {key: fill(item) for key, item in value.items()} if isinstance(value, dict) else value


def _documents(directory: Path) -> Iterator[Document]:
    for path in sorted(directory.iterdir()) if directory.is_dir() else []:
        if path.suffix in (".yaml", ".yml"):
            try:
                document = yaml.safe_load(path.read_bytes()) or {}
            except (OSError, yaml.YAMLError) as error:
                raise FatalError(f"failed to parse {path}: {' '.join(str(error).split())}") from None
            if not isinstance(document, dict):
                raise FatalError(f"failed to parse {path}: cannot unmarshal into a configuration")
            yield document


def _files(top: Path) -> Iterator[str]:
    """Links to directories are not followed, links to files are read through."""
    for directory, directories, names in os.walk(top):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        yield from (os.path.join(directory, name) for name in sorted(names) if name.endswith(".json"))
