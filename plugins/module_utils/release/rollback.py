# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Go back to an earlier release, or to one part of it. Needs nothing but what is on the host: on a bad day the
inventory may be what is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

from . import masking, parts, program
from .activation import Rolled
from .checker import Reference
from .chooser import Ask, Chooser, Going
from .engine import Engine
from .health_probe import HealthProbe
from .lock import locked
from .recorded import program_of, wanted_of
from .service import Service
from .settings import Settings
from .store import Release, Store
from .wanted import Wanted

Reach = Callable[[Release], tuple[Service, HealthProbe]]
"""Service and API of a component, as a release says where they are."""


@dataclass(frozen=True)
class Rolledback:
    """release: what is active now. left: what was. of: the release that was gone back to. diff: Ansible's."""

    changed: bool
    release: str
    left: str
    of: str
    action: str
    diff: list[dict[str, str]]


class Rollback:
    def __init__(self, store: Store, reach: Reach, ask: Ask, *, by: str, lock_timeout: float) -> None:
        self.store, self.reach, self.ask = store, reach, ask
        self.by, self.lock_timeout = by, lock_timeout

    def plan(self) -> Going:
        return Chooser(self.store, self.ask).choose()

    def apply(self, planned: str = "") -> Rolledback:
        """planned: id of the release that was to be gone back to when it was asked about; empty for any."""
        with locked(self.store.home, self.by, self.lock_timeout):
            self.store.sweep()
            going = self.plan()
            if planned and going.target.id != planned:
                raise ReleaseError(
                    f"something was done to {self.store.component} on this host since it was asked: this would go back "
                    f"to {going.target.id} now and not to {planned}. Run it again"
                )
            if going.done and self._is_well(going.target):
                return self._rolled_back(going, going.target, "none", [], changed=self._hold_again(going))
            shown, go = self.shown(going), self._prepared(going)
            with_hold = self.store.journal.hold()
            self._hold(going)
            try:
                release, action = go()
            except BaseException:
                self._restore(going, with_hold)
                raise
            self.store.prune(int(release.meta["keep"]))
            return self._rolled_back(going, release, action, shown)

    def _rolled_back(
        self, going: Going, release: Release, action: str, shown: list[dict[str, str]], *, changed: bool = True
    ) -> Rolledback:
        left, of = going.left.id if going.left else "", release.meta.get("composed", {}).get("of", release.id)
        return Rolledback(changed, release.id, left, of, action, shown)

    # What is done

    def _prepared(self, going: Going) -> Callable[[], tuple[Release, str]]:
        """Ask all that can be asked, and return what switches: where something cannot work, nothing was written yet."""
        rolled, left = Rolled(self.ask.why, self.ask.hold), going.left
        if going.composed is None or left is None:
            target = going.target
            engine, restart = self._engine(wanted_of(target), target), self._restart(left)

            def go() -> tuple[Release, str]:
                if target.meta["method"] == "package":  # links to the programs, which may have been taken away
                    program.put(program_of(target), str(target.meta["version"]), self.store.versions)
                return target, engine.activation.activate(target, left, restart, rolled)

            return go
        made_of = {"part": self.ask.part, "of": going.target.id, "with": left.id}
        engine = self._engine(going.composed, left, going.target)
        plan = engine.plan()
        return lambda: engine.roll(plan, replace(rolled, composed=made_of))

    def _is_well(self, release: Release) -> bool:
        service, probe = self.reach(release)
        return service.status().active and probe.check(release).loaded

    def _restart(self, left: Release | None) -> bool:
        """Whether the service is in a state that a reload does not mend."""
        if left is None or "checks" not in left.meta:  # made by an older version of this collection
            return True
        try:
            return self._engine(wanted_of(left), left).plan().restart
        except OSError:  # files of it are gone
            return True

    def _engine(self, wanted: Wanted, like: Release, part_of: Release | None = None) -> Engine:
        """like: the release whose settings hold. part_of: the one that a part is taken of."""
        settings = Settings.recorded(like.meta, by=self.by, revision=str(like.meta.get("revision", "")))
        settings = replace(settings, move_environment=True)  # no inventory is asked, so none can be the wrong one
        if part_of:
            part = like.meta["parts"][self.ask.part]
            own = [r for r in settings.references if not parts.has(part, r.where)]
            theirs = [Reference(**r) for r in part_of.meta["references"] if parts.has(part, r["where"])]
            settings = replace(settings, references=[*own, *theirs])
        return Engine(self.store, *self.reach(like), wanted, settings)

    def shown(self, going: Going) -> list[dict[str, str]]:
        """Ansible's diff of what goes back."""
        left = going.left
        before = (
            {name: left.content(name) for name in left.meta["files"] if (left.path / name).is_file()} if left else {}
        )
        wanted = going.composed or wanted_of(going.target)
        after = {name: text.decode() for name, text in wanted.tree().items()}
        secret = {f"etc/{name}" for name in wanted.secrets} | set(left.meta["secrets"] if left else [])
        masker = masking.Masker([*wanted.secrets.values(), *(before.get(name, "") for name in secret)])
        return masking.diff(before, after, secret, masker)

    # The hold

    def _hold(self, going: Going, **fields: object) -> None:
        """Before the switch: a run that is killed in it must not be undone by the next site.yml."""
        if self.ask.hold:
            left = going.left.id if going.left else ""
            more = {"left": left, "why": self.ask.why, "part": self.ask.part, "earlier": self._earlier()}
            self._journal("held", going.target.id, **more, **fields)
        elif self.store.journal.hold():
            self._journal("unheld", going.target.id)

    def _earlier(self) -> list[dict[str, object]]:
        """The rollbacks whose reasons hold beside this one's. The same reason again is no new one."""
        held = self.store.journal.hold()
        if held is None:
            return []
        same = held.get("why") == self.ask.why
        return [
            *held["earlier"],
            *([] if same else [{key: held.get(key) for key in ("by", "since", "why", "release")}]),
        ]

    def _restore(self, going: Going, before: dict[str, object] | None) -> None:
        """The hold is as it was before a rollback that failed."""
        if before:
            kept = {name: before.get(name) for name in ("by", "since", "left", "why", "part", "done", "earlier")}
            self.store.journal.append("held", str(before["release"]), **kept)
        elif self.ask.hold:
            self._journal("unheld", going.target.id)

    def _hold_again(self, going: Going) -> bool:
        """The same rollback again, perhaps with another word about holding; True where that changed something."""
        if bool(self.store.journal.hold()) == self.ask.hold:
            return False
        self._hold(going, done=True)
        return True

    def _journal(self, event: str, release: str, **fields: object) -> None:
        self.store.journal.append(event, release, by=self.by, **fields)
