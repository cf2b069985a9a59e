# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a rollback goes back to, or why it cannot, with the choices there are. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from . import data, parts, program
from .errors import ReleaseError
from .host import group_id
from .recorded import plain_texts, program_of, secret_texts, wanted_of
from .store import Release, Store
from .wanted import Wanted

CHOICES = 5  # releases that a refusal names


@dataclass(frozen=True)
class Ask:
    """to: an id or its beginning; empty for the latest one that can be gone back to. part: empty for all of it."""

    why: str
    to: str = ""
    part: str = ""
    hold: bool = True


@dataclass(frozen=True)
class Going:
    """What a rollback would do. composed: what the new release is to be, where only a part goes back. done: nothing."""

    target: Release
    left: Release | None
    composed: Wanted | None = None
    done: bool = False


class Chooser:
    def __init__(self, store: Store, ask: Ask) -> None:
        self.store, self.ask = store, ask
        self.component = store.component

    def choose(self) -> Going:
        """ReleaseError where it cannot work."""
        active = self.store.active()
        if active is None and not self.store.earlier(None):
            raise ReleaseError(f"{self.component} has no release on this host that could be gone back to")
        if going := self._done(active) or self._resumed(active):
            return going
        target = self._named(active) if self.ask.to else self._previous(active)
        self._refuse_changed(target, active)
        if self.ask.part and active is None:
            raise ReleaseError(
                f"{self.component} has no active release on this host whose {self.ask.part} could go back: "
                "roll back all of it, without -e part"
            )
        if self.ask.part and active:
            return Going(target, active, self._composed(active, target))
        self._refuse_program(target, active)
        return Going(target, active)

    def _done(self, active: Release | None) -> Going | None:
        """The same command again, whose end its caller may not have seen: it must not go one further back."""
        last = self.store.journal.last_switch()
        if active is None or not last or (last["event"], last["release"]) != ("rolled_back", active.id):
            return None
        composed = active.meta.get("composed", {})
        same = last["why"] == self.ask.why and composed.get("part", "") == self.ask.part
        if not same or not str(composed.get("of", active.id)).startswith(self.ask.to):
            return None
        return Going(active, self.store.load(last.get("left") or ""), done=True)

    def _resumed(self, active: Release | None) -> Going | None:
        """A rollback that was killed in its switch goes on, and not one further back."""
        begun = self.store.journal.begun()
        if not begun or "why" not in begun or not begun["release"].startswith(self.ask.to):
            return None
        target = self.store.load(begun["release"])
        if target is None:
            return None
        self._refuse_changed(target, active)
        self._refuse_program(target, active)
        return Going(target, self.store.load(begun.get("previous") or "") or active)

    def _previous(self, active: Release | None) -> Release:
        for release_id in self.store.earlier(active):
            release = self.store.load(release_id)
            if release and (active is None or not self.ask.part or self._part_differs(active, release)):
                return release
        other = f" with other {self.ask.part}" if self.ask.part else ""
        raise ReleaseError(
            f"{self.component} has no earlier proven release{other} on this host to go back to: {self._choices(active)}"
        )

    def _named(self, active: Release | None) -> Release:
        known = {*(release.id for release in self.store.all()), *self.store.journal.release_ids()}
        found = sorted(name for name in known if name == self.ask.to or name.startswith(self.ask.to))
        if len(found) != 1:
            problem = "is the beginning of several: " + ", ".join(found) if found else "is no release"
            raise ReleaseError(f"{self.ask.to} {problem} of {self.component} on this host: {self._choices(active)}")
        release = self.store.load(found[0])
        verdict = self.store.journal.verdict(found[0])
        if verdict and verdict["event"] == "failed":
            raise ReleaseError(
                f"release {found[0]} of {self.component} is marked bad ({verdict.get('why', 'it failed')}): "
                f"{self._choices(active)}"
            )
        if release is None:
            raise ReleaseError(
                f"release {found[0]} of {self.component} is not on this host any more, it was pruned: "
                f"{self._choices(active)}"
            )
        if verdict is None:
            raise ReleaseError(
                f"release {release.id} of {self.component} was never proven on this host: {self._choices(active)}"
            )
        if active and release.id == active.id:
            raise ReleaseError(f"release {release.id} of {self.component} is active already: {self._choices(active)}")
        return release

    def _choices(self, active: Release | None) -> str:
        """The way out, for the end of a sentence."""
        ids = [r for r in self.store.journal.proven_ids() if active is None or r != active.id]
        releases = sorted((release for r in ids if (release := self.store.load(r))), key=lambda r: r.id, reverse=True)
        if not releases:
            return "deploy a mended inventory with site.yml instead"
        named = (f"{r.id} ({r.meta['version']}, {r.meta['created']})" for r in releases[:CHOICES])
        return f"name one with -e release=ID of {', '.join(named)}"

    def _refuse_changed(self, target: Release, active: Release | None) -> None:
        if "checks" not in target.meta:
            raise ReleaseError(
                f"release {target.id} of {self.component} was made by an older version of this collection, which did "
                f"not write down how to go back to it: {self._choices(active)}"
            )
        gid = group_id(str(target.meta["group"]))
        if gid is None:
            raise ReleaseError(
                f"the group {target.meta['group']} of {self.component} is not on this host any more: run site.yml"
            )
        found = self.store.drift(target, gid)
        if found and "bin" not in found:
            raise ReleaseError(
                f"release {target.id} of {self.component} is not what was proven, {next(iter(found.values()))}: "
                f"{self._choices(active)}"
            )

    def _refuse_program(self, target: Release, active: Release | None) -> None:
        version = str(target.meta["version"])
        whole = program.is_whole(self.store.versions / version)
        if target.meta["method"] == "package":
            installed = program.installed_version(program_of(target))
            if installed != version:
                raise ReleaseError(
                    f"release {target.id} of {self.component} ran {version} of the package {target.meta['package']}, "
                    f"and this host has {installed or 'none'} now: install that version with apt, roll a part back "
                    "(-e part=...), or use the install method `archive`, which keeps versions side by side"
                )
        elif not whole:
            raise ReleaseError(
                f"the program of release {target.id} of {self.component}, version {version}, is not on this host any "
                f"more or was changed: {self._choices(active)}"
            )
        same = active is not None and active.meta["version"] == version
        if not same and (writer := data.newer_writer(self.store, version)):
            raise ReleaseError(
                f"{self.component} {version} of release {target.id} cannot read the data, which {writer} has written "
                f"since: go back to a release with that version, or roll a part back alone (-e part=...)"
            )

    def _part(self, active: Release) -> dict[str, Any]:
        known = active.meta.get("parts", {})
        if self.ask.part not in known:
            has = f"it has {', '.join(known)}" if known else "roll back all of it, without -e part"
            raise ReleaseError(f"{self.component} has no part {self.ask.part} that can be rolled back alone: {has}")
        return dict(known[self.ask.part])

    def _part_differs(self, active: Release, other: Release) -> bool:
        current = plain_texts(active)
        return parts.compose(self._part(active), current, plain_texts(other)) != current

    def _composed(self, active: Release, old: Release) -> Wanted:
        """The active release with the part of the old one. Its own secrets stay, those that only the old has come."""
        part = self._part(active)
        files = parts.compose(part, plain_texts(active), plain_texts(old))
        added = secret_texts(old) if part.get("secrets") else {}
        wanted = replace(wanted_of(active), files=files, secrets=added | secret_texts(active))
        if wanted.digest(str(active.meta["version"])) == active.digest:
            raise ReleaseError(
                f"the {self.ask.part} of {self.component} are the same in release {old.id} and in the active one: "
                f"{self._choices(active)}"
            )
        return wanted
