# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host knows of a component's releases: the journal, each release.json, and what differs from the release that
was active before. Changes nothing, and gives away no sum and no secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .desired_release import sha256
from .journal import HEALTHY_EVENTS, leaves
from .masking import URL_CREDENTIALS, Masker
from .store import RELEASE_ID, Release, Store, serial

LARGEST = 1 << 20  # bytes of a file whose text is given; a larger one is only named
TOTAL = 16 << 20  # bytes of all texts of an answer; what is newest comes first
EVENT = ("event", "release", "time", "by", "why", "previous", "action", "bad", "left", "of")
META = ("created", "by", "revision", "environment", "method", "version", "composed", "checked")
SETTINGS = ("environment", "method", "version", "group", "links", "restart_on")
"""What makes a release another one beside its files."""


class Veil(Masker):
    """Masks secrets within texts that are parsed later, so with a word that neither YAML nor JSON stumbles over."""

    WORD = "masked"

    def mask(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, self.WORD)
        return URL_CREDENTIALS.sub(rf"\g<scheme>{self.WORD}@", text)


class Texts:
    """The texts of an answer, each once, however many releases have it: files name their index in `found`."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._left = TOTAL
        self._known: dict[str, int] = {}

    def index(self, release: Release, name: str, veil: Veil) -> tuple[int | None, str]:
        """The index of a file's text; or None and a phrase why the text is not given."""
        wanted = release.meta["files"][name]
        if wanted in self._known:
            return self._known[wanted], ""
        try:
            data = (release.path / name).read_bytes()
        except FileNotFoundError:
            return None, f"it is missing in {release.id}"
        if sha256(data) != wanted:
            return None, f"it was changed on the host in {release.id}"
        if len(data) > min(LARGEST, self._left):
            return None, "it is too large to be compared"
        self._left -= len(data)
        self.found.append(veil.mask(data.decode(errors="replace")))
        self._known[wanted] = len(self.found) - 1
        return self._known[wanted], ""


class History:
    """Reads one component. texts: where the texts of its files are put."""

    def __init__(self, store: Store, texts: Texts) -> None:
        self.store, self.texts = store, texts
        self.events = store.journal.events()
        self.kept = {path.name for path in store.releases.glob("[0-9]*") if RELEASE_ID.fullmatch(path.name)}
        self.before = predecessors(self.events)
        self.veil = Veil([text for name in sorted(self.kept) for text in self._secrets(name)])

    def facts(self, last: int) -> dict[str, Any]:
        """{component, active, hold, left, left_out, total, releases}: the `last` releases, the newest first; 0 for all.

        hold: {since, by, why}, None when nothing holds the component. left: ids of releases that an operator left by a
        rollback, see `Journal.left`. total: how many releases there are in all. releases: see `_release`.
        Raises OSError where the host does not let us read.
        """
        known = {e["release"] for e in self.events if RELEASE_ID.fullmatch(str(e["release"]))}
        ids = sorted(self.kept | known, key=serial, reverse=True)
        active, held = self.store.active(), self.store.journal.hold()
        return {
            "component": self.store.component,
            "active": active.id if active else "",
            "hold": {"since": held["since"], **self._event(held, ("by", "why"))} if held else None,
            "left": sorted(self.store.journal.left(), key=serial),
            "left_out": self.store.left_out(),
            "total": len(ids),
            "releases": [self._release(name) for name in (ids[:last] if last else ids)],
        }

    def _secrets(self, name: str) -> list[str]:
        release = self._load(name)
        paths = [release.path / secret for secret in release.meta.get("secrets", [])] if release else []
        return [path.read_text(errors="replace") for path in paths if path.is_file()]

    def _release(self, name: str) -> dict[str, Any]:
        """{id, kept, damaged, created, by, revision, environment, method, version, composed, checked, before, compared,
        settings, files, events}.

        kept: its directory is there. damaged: its release.json is not. before: the id of the release that was active
        when it came, empty for none. compared: whether settings, {name: [old, new]}, and files, see `_files`, could be
        told.
        """
        kept = name in self.kept
        own = [e for e in self.events if name in (e["release"], e.get("bad"), e.get("left")) or leaves(e, name)]
        first = next((e for e in own if e["release"] == name), {})
        release = self._load(name) if kept else None
        meta = {"created": first.get("time", ""), "by": first.get("by", ""), **(release.meta if release else {})}
        before = self.before.get(name, self._older(name) if kept else "")
        base = self._load(before) if before else None
        told: dict[str, Any] = {"compared": False, "settings": {}, "files": []}
        if release and base:
            told = {"compared": True, "settings": _settings(base, release), "files": self._files(base, release)}
        return {
            "id": name,
            "kept": kept,
            "damaged": kept and not release,
            **{key: meta.get(key) for key in META},
            "before": before,
            **told,
            "events": [self._event(event, EVENT) for event in own],
        }

    def _load(self, name: str) -> Release | None:
        """None where its release.json is torn or gone; OSError where we may not read it, as everybody but root."""
        try:
            (self.store.releases / name / "release.json").read_bytes()  # the store takes one for the other
        except FileNotFoundError:
            return None
        release = self.store.load(name)
        whole = release and isinstance(release.meta, dict) and isinstance(release.meta.get("files"), dict)
        return release if whole else None

    def _older(self, name: str) -> str:
        """For a release that the journal does not know the coming of: the one before it on disk."""
        return max((other for other in self.kept if serial(other) < serial(name)), key=serial, default="")

    def _event(self, event: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
        found = {key: event[key] for key in keys if key in event}
        return {key: self.veil.mask(value) if isinstance(value, str) else value for key, value in found.items()}

    def _files(self, base: Release, release: Release) -> list[dict[str, Any]]:
        """[{path, change, secret, old, new, untold}] of the files that differ.

        change: added, removed or changed. old, new: index of the text in the answer's texts, None for none. untold: a
        phrase why a text that is there is not given; empty when it is, or when the file is secret.
        """
        old, new = base.meta["files"], release.meta["files"]
        secret = {*base.meta.get("secrets", []), *release.meta.get("secrets", [])}
        found = []
        for name in sorted(set(old) | set(new)):
            if old.get(name) == new.get(name):
                continue
            change = "added" if name not in old else "removed" if name not in new else "changed"
            file = {"path": name, "change": change, "secret": name in secret, "old": None, "new": None, "untold": ""}
            found.append(file if file["secret"] else {**file, **self._sides(name, base, release)})
        return found

    def _sides(self, name: str, base: Release, release: Release) -> dict[str, Any]:
        sides: dict[str, Any] = {"untold": ""}
        for side, one in (("old", base), ("new", release)):
            if name in one.meta["files"]:
                sides[side], why = self.texts.index(one, name, self.veil)
                sides["untold"] = sides["untold"] or why
        return sides


def _settings(base: Release, release: Release) -> dict[str, list[Any]]:
    """{name: [old, new]} of those that differ and that both releases know."""
    both = {key: [base.meta[key], release.meta[key]] for key in SETTINGS if key in base.meta and key in release.meta}
    return {key: pair for key, pair in both.items() if pair[0] != pair[1]}


def predecessors(events: list[dict[str, Any]]) -> dict[str, str]:
    """By each release that which was active when it came; an empty text where none was."""
    found: dict[str, str] = {}
    active, fresh = "", ""
    for event in events:
        release = str(event["release"])
        if event["event"] == "staged":
            found.setdefault(release, active)
            fresh = release
        elif event["event"] == "switching" and release == fresh:
            found[release], fresh = str(event.get("previous") or ""), ""
        elif event["event"] in HEALTHY_EVENTS:
            active = release
        elif event["event"] == "stopped":
            active = ""
    return found


def components(root: Path) -> list[str]:
    """The components that have a journal."""
    return sorted(path.parent.name for path in root.glob("*/journal.jsonl"))
