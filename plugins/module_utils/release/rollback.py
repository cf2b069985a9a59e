# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Go back to an earlier release, or to one part of it. Needs nothing but what is on the host: on a bad day the
inventory may be what is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

from . import masking, parts, program
from .activation import RollbackRecord
from .checker import Reference
from .desired_release import DesiredRelease
from .engine import Engine
from .health_probe import HealthProbe
from .lock import locked
from .planner import Plan
from .recorded import desired_release, program_of
from .rollback_planner import RollbackPlan, RollbackPlanner, RollbackRequest, is_whole
from .service import Service
from .settings import Settings
from .store import Release, Store

ServiceOf = Callable[[Release], tuple[Service, HealthProbe]]
"""Service and health probe of a component, as a release says where they are."""


@dataclass(frozen=True)
class RollbackResult:
    """release: what is active now. left: what was. of: the release that was gone back to. diff: Ansible's."""

    changed: bool
    release: str
    left: str
    of: str
    action: str
    diff: list[dict[str, str]]


@dataclass(frozen=True)
class _Prepared:
    """What is left to do once all that can be checked was. made: plan and parts of a release that is made first."""

    engine: Engine
    restart: bool = False
    made: Plan | None = None
    composed: dict[str, str] = field(default_factory=dict)


class Rollback:
    def __init__(
        self, store: Store, service_of: ServiceOf, request: RollbackRequest, *, by: str, lock_timeout: float
    ) -> None:
        self.store, self.service_of, self.request = store, service_of, request
        self.by, self.lock_timeout = by, lock_timeout

    def plan(self) -> RollbackPlan:
        return RollbackPlanner(self.store, self.request).plan()

    def apply(self, planned: str = "") -> RollbackResult:
        """planned: id of the release that was to be gone back to when it was asked about; empty for any."""
        with locked(self.store.home, self.by, self.lock_timeout):
            self.store.sweep()
            plan = self.plan()
            if planned and plan.target.id != planned:
                raise ReleaseError(
                    f"something was done to {self.store.component} on this host since it was asked: this would go back "
                    f"to {plan.target.id} now and not to {planned}. Run it again"
                )
            if plan.done and self._is_well(plan.target):
                return self._rolled_back(plan, plan.target, "none", [], changed=self._hold_again(plan))
            shown, prepared = self.shown(plan), self._prepared(plan)
            with_hold = self.store.journal.hold()
            self._hold(plan)
            try:
                release, action = self._switch(plan, prepared)
            except BaseException:
                self._restore(plan, with_hold)
                raise
            self.store.prune(int(release.meta["keep"]))
            return self._rolled_back(plan, release, action, shown)

    def _rolled_back(
        self, plan: RollbackPlan, release: Release, action: str, shown: list[dict[str, str]], *, changed: bool = True
    ) -> RollbackResult:
        left, of = plan.left.id if plan.left else "", release.meta.get("composed", {}).get("of", release.id)
        return RollbackResult(changed, release.id, left, of, action, shown)

    # What is done

    def _prepared(self, plan: RollbackPlan) -> _Prepared:
        """Check all that can be checked: where something cannot work, nothing was written yet."""
        left, target = plan.left, plan.target
        if plan.composed is None or left is None:
            return _Prepared(self._engine(desired_release(target), target), self._restart(left))
        engine = self._engine(plan.composed, left, target)
        made_of = {"part": self.request.part, "of": target.id, "with": left.id}
        return _Prepared(engine, made=engine.plan(), composed=made_of)

    def _switch(self, plan: RollbackPlan, prepared: _Prepared) -> tuple[Release, str]:
        record = RollbackRecord(self.request.why, self.request.hold, prepared.composed)
        if prepared.made:
            return prepared.engine.roll(prepared.made, record)
        target = plan.target
        if target.meta["method"] == "package":  # links to the programs, which may have been taken away
            program.put(program_of(target), str(target.meta["version"]), self.store.versions)
        return target, prepared.engine.activation.activate(target, plan.left, prepared.restart, record)

    def _is_well(self, release: Release) -> bool:
        service, probe = self.service_of(release)
        return service.status().active and probe.check(release).loaded

    def _restart(self, left: Release | None) -> bool:
        """Whether the service is in a state that a reload does not mend."""
        if left is None or not is_whole(left):
            return True
        try:
            return self._engine(desired_release(left), left).plan().restart
        except OSError:  # files of it are gone
            return True

    def _engine(self, wanted: DesiredRelease, like: Release, part_of: Release | None = None) -> Engine:
        """like: the release whose settings hold. part_of: the one that a part is taken of."""
        settings = Settings.recorded(like.meta, by=self.by, revision=str(like.meta.get("revision", "")))
        settings = replace(settings, move_environment=True)  # no inventory is asked, so none can be the wrong one
        if part_of:
            part = like.meta["parts"][self.request.part]
            own = [r for r in settings.references if not parts.has(part, r.where)]
            theirs = [Reference(**r) for r in part_of.meta["references"] if parts.has(part, r["where"])]
            settings = replace(settings, references=[*own, *theirs])
        return Engine(self.store, *self.service_of(like), wanted, settings)

    def shown(self, plan: RollbackPlan) -> list[dict[str, str]]:
        """Ansible's diff of what goes back."""
        left = plan.left
        before = (
            {name: left.content(name) for name in left.meta["files"] if (left.path / name).is_file()} if left else {}
        )
        wanted = plan.composed or desired_release(plan.target)
        after = {name: text.decode() for name, text in wanted.tree().items()}
        secret = {f"etc/{name}" for name in wanted.secrets} | set(left.meta["secrets"] if left else [])
        masker = masking.Masker([*wanted.secrets.values(), *(before.get(name, "") for name in secret)])
        return masking.diff(before, after, secret, masker)

    # The hold

    def _hold(self, plan: RollbackPlan, **fields: object) -> None:
        """Before the switch: a run that is killed in it must not be undone by the next site.yml."""
        if self.request.hold:
            left = plan.left.id if plan.left else ""
            more = {"left": left, "why": self.request.why, "part": self.request.part, "earlier": self._earlier()}
            self._journal("held", plan.target.id, **more, **fields)
        elif self.store.journal.hold():
            self._journal("unheld", plan.target.id)

    def _earlier(self) -> list[dict[str, object]]:
        """The rollbacks whose reasons hold beside this one's. The same reason again is no new one."""
        held = self.store.journal.hold()
        if held is None:
            return []
        same = held.get("why") == self.request.why
        return [
            *held["earlier"],
            *([] if same else [{key: held.get(key) for key in ("by", "since", "why", "release")}]),
        ]

    def _restore(self, plan: RollbackPlan, before: dict[str, object] | None) -> None:
        """The hold is as it was before a rollback that failed."""
        if before:
            kept = {name: before.get(name) for name in ("by", "since", "left", "why", "part", "done", "earlier")}
            self.store.journal.append("held", str(before["release"]), **kept)
        elif self.request.hold:
            self._journal("unheld", plan.target.id)

    def _hold_again(self, plan: RollbackPlan) -> bool:
        """The same rollback again, perhaps with another word about holding; True where that changed something."""
        if bool(self.store.journal.hold()) == self.request.hold:
            return False
        self._hold(plan, done=True)
        return True

    def _journal(self, event: str, release: str, **fields: object) -> None:
        self.store.journal.append(event, release, by=self.by, **fields)
