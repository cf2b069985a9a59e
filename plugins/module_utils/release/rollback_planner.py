# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a rollback goes back to, or why it cannot, with the choices there are. Nothing is changed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError, ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.datasource_references import (
    check_datasources,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.system import group_id

from . import data, parts, program
from .desired_release import DesiredRelease
from .recorded import desired_release, plain_texts, program_of, secret_texts
from .store import Release, Store, serial

CHOICES = 5  # releases that a refusal names
SHORTEST_DIGITS = 4  # by which a release is known, too


@dataclass(frozen=True)
class RollbackRequest:
    """to: an id, its beginning, or that of its 8 digits; empty for the latest that can be gone back to. part: empty for
    all of it."""

    why: str
    to: str = ""
    part: str = ""
    hold: bool = True


@dataclass(frozen=True)
class RollbackPlan:
    """What a rollback would do. composed: what the new release is to be, where only a part goes back. done: nothing."""

    target: Release
    left: Release | None
    composed: DesiredRelease | None = None
    done: bool = False


class RollbackPlanner:
    def __init__(self, store: Store, request: RollbackRequest) -> None:
        self.store, self.request = store, request
        self.component = store.component

    def plan(self) -> RollbackPlan:
        """ReleaseError where it cannot work."""
        active = self.store.active()
        if plan := self._done(active) or self._resumed():
            return plan
        active = self._begun_to() or active
        if active is None and not self.store.earlier(None):
            raise ReleaseError(f"{self.component} has no release on this host that could be gone back to")
        target = self._named(active) if self.request.to else self._previous(active)
        if self.request.part:
            return RollbackPlan(target, active, self._composed(active, target))
        if problem := self._problem(target, active):
            raise ReleaseError(f"{problem}: {self._choices(active)}")
        return RollbackPlan(target, active)

    # The same command again, and what was begun and not ended

    def _done(self, active: Release | None) -> RollbackPlan | None:
        """A rollback whose end its caller may not have seen: again, it must not go one further back."""
        last = self.store.journal.last_switch()
        if active is None or not last or (last["event"], last["release"]) != ("rolled_back", active.id):
            return None
        return (
            RollbackPlan(active, self.store.load(last.get("left") or ""), done=True)
            if self._meant(active, last)
            else None
        )

    def _resumed(self) -> RollbackPlan | None:
        """A rollback that was killed in its switch goes on."""
        begun = self.store.journal.begun()
        target = self.store.load(begun["release"]) if begun else None
        if begun is None or target is None or not self._meant(target, begun):
            return None
        left = self.store.load(begun.get("previous") or "") or self.store.active()
        if problem := self._problem(target, left):
            raise ReleaseError(f"{problem}: {self._choices(left)}")
        return RollbackPlan(target, left)

    def _meant(self, release: Release, event: dict[str, Any]) -> bool:
        """Whether the journal's event is of the rollback that is asked for."""
        composed = release.meta.get("composed", {})
        same = event.get("why") == self.request.why and composed.get("part", "") == self.request.part
        return same and self._is_named(str(composed.get("of", release.id)))

    def _begun_to(self) -> Release | None:
        """What a killed deploy, or a switch back, was about to switch to: what is active now was on its way out."""
        begun = self.store.journal.begun()
        return self.store.load(begun["release"]) if begun and "why" not in begun else None

    # Which release

    def _previous(self, active: Release | None) -> Release:
        for release_id in self.store.earlier(active):
            release = self.store.load(release_id)
            if release and (active is None or self._differs(active, release)):
                return release
        other = f" with other {self.request.part}" if self.request.part else ""
        raise ReleaseError(
            f"{self.component} has no earlier healthy release{other} on this host: {self._choices(active)}"
        )

    def _differs(self, active: Release, other: Release) -> bool:
        """A release may be there twice, as after files were mended that somebody changed on the host."""
        if not self.request.part:
            return other.digest != active.digest
        if not is_whole(other):
            return False
        return parts.compose(self._part(active), plain_texts(active), plain_texts(other)) != plain_texts(active)

    def _is_named(self, release_id: str) -> bool:
        return release_id.startswith(self.request.to)

    def _named(self, active: Release | None) -> Release:
        known = {*(release.id for release in self.store.all()), *self.store.journal.release_ids()}
        found = sorted(filter(self._is_named, known))
        if not found and len(self.request.to) >= SHORTEST_DIGITS:
            found = sorted(name for name in known if name.partition("-")[2].startswith(self.request.to))
        if len(found) != 1:
            problem = "is the beginning of several: " + ", ".join(found) if found else "is no release"
            raise ReleaseError(f"{self.request.to} {problem} of {self.component} on this host: {self._choices(active)}")
        release, verdict = self.store.load(found[0]), self.store.journal.verdict(found[0])
        problem = ""
        if verdict and verdict["event"] == "failed":
            problem = f"is marked bad ({verdict.get('why', 'it failed')})"
        elif release is None:
            problem = "is not on this host any more, it was pruned"
        elif verdict is None:
            problem = "never passed its health check on this host"
        elif active and release.id == active.id:
            problem = "is active already"
        if problem or release is None:
            raise ReleaseError(f"release {found[0]} of {self.component} {problem}: {self._choices(active)}")
        return release

    def _choices(self, active: Release | None) -> str:
        """The way out, for the end of a sentence: what was healthy and can be gone back to."""
        ids = sorted(self.store.journal.healthy_ids(), key=serial, reverse=True)
        known = [release for name in ids if (release := self.store.load(name)) and (not active or name != active.id)]
        usable = [release for release in known if not self._problem(release, active)][:CHOICES]
        if not usable:
            return "deploy a mended inventory with site.yml instead"
        named = (f"{r.id} ({r.meta['version']}, {r.meta['created']})" for r in usable)
        return f"name one with -e release=ID of {', '.join(named)}"

    # Why not

    def _problem(self, target: Release, active: Release | None) -> str:
        """Why a release cannot be gone back to; empty when it can."""
        return (
            self._changed(target)
            or self._environment_problem(target, active)
            or self._program_problem(target)
            or self._data_problem(target, active)
        )

    def _environment_problem(self, target: Release, active: Release | None) -> str:
        """A host that was moved would scrape, and page, for the environment that it was taken from."""
        if active is None or target.meta["environment"] == active.meta["environment"]:
            return ""
        was, now = target.meta["environment"], active.meta["environment"]
        return f"release {target.id} of {self.component} is of {was}, and this host is of {now} now"

    def _changed(self, target: Release) -> str:
        name = f"release {target.id} of {self.component}"
        if not is_whole(target):
            return f"the release.json of {name} does not say how to go back to it"
        gid = group_id(str(target.meta["group"]))
        if gid is None:
            return f"the group {target.meta['group']}, which {name} belongs to, is not on this host any more"
        found = self.store.drift(target, gid)
        if "bin" in found and not program.is_whole(self.store.versions / str(target.meta["version"])):
            del found["bin"]  # told as what it is, by the next
        return f"{name} differs from what passed its health check, {next(iter(found.values()))}" if found else ""

    def _program_problem(self, target: Release) -> str:
        version, name = str(target.meta["version"]), f"release {target.id} of {self.component}"
        if target.meta["method"] == "package":
            installed = program.installed_version(program_of(target))
            if installed != version:
                return (
                    f"{name} ran {version} of the package {target.meta['package']}, and this host has "
                    f"{installed or 'none'} now (apt can install that version; the install method `archive` keeps "
                    "versions side by side)"
                )
        elif not program.is_whole(self.store.versions / version):
            return f"the program of {name}, version {version}, is not on this host any more or was changed"
        return ""

    def _data_problem(self, target: Release, active: Release | None) -> str:
        version = str(target.meta["version"])
        if active is not None and active.meta["version"] == version:
            return ""
        writer = data.newer_writer(self.store, version)
        if not writer:
            return ""
        return (
            f"{self.component} {version} of release {target.id} cannot read the data, which {writer} has written since "
            "(a part can go back alone, -e part=...)"
        )

    # Parts

    def _part(self, active: Release) -> dict[str, Any]:
        known = active.meta.get("parts", {})
        if self.request.part not in known:
            has = f"it has {', '.join(known)}" if known else "roll back all of it, without -e part"
            raise ReleaseError(f"{self.component} has no part {self.request.part} that can be rolled back alone: {has}")
        return dict(known[self.request.part])

    def _composed(self, active: Release | None, old: Release) -> DesiredRelease:
        """The active release with the part of the old one. Its own secrets stay, those that only the old has come."""
        if active is None:
            raise ReleaseError(
                f"{self.component} has no active release on this host whose {self.request.part} could go back: "
                "roll back all of it, without -e part"
            )
        part = self._part(active)
        # Of the old one a part is taken, whose program does not matter; all the rest is the active one's.
        problem = (
            self._changed(old)
            or self._environment_problem(old, active)
            or self._changed(active)
            or self._program_problem(active)
        )
        if problem:
            raise ReleaseError(f"{problem}: {self._choices(active)}")
        files = parts.compose(part, plain_texts(active), plain_texts(old))
        # What the part's files may name; not web.yml, who may ask the component: the flag that names that stays, too.
        own = set(old.meta.get("root_only", []))
        named = {n: text for n, text in secret_texts(old).items() if n.startswith("secrets/") and n not in own}
        added = named if part.get("secrets") else {}
        _refuse_unknown_datasources(active, files)
        wanted = replace(desired_release(active), files=files, secrets=added | secret_texts(active))
        if wanted.digest(str(active.meta["version"])) == active.digest:
            raise ReleaseError(
                f"the {self.request.part} of {self.component} are the same in release {old.id} and in the active one: "
                f"{self._choices(active)}"
            )
        return wanted


def is_whole(release: Release) -> bool:
    """Whether its release.json says all that a rollback to it needs."""
    return "checks" in release.meta


def _refuse_unknown_datasources(active: Release, files: dict[str, str]) -> None:
    """Grafana has no checker, and shows such a dashboard broken. A deploy asks the same on the controller."""
    grafana = active.meta.get("health_check", {}).get("grafana") or {}
    if not grafana:
        return
    try:
        for name, text in files.items():
            if name.startswith("dashboards/"):
                sources = grafana["datasources"]
                uids, names = ([source[key] for source in sources] for key in ("uid", "name"))
                check_datasources(name, json.loads(text), uids, names)
    except ConfigError as error:
        raise ReleaseError(str(error)) from error
