# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The release engine: plan, stage, check, switch, activate, health check, switch back, prune (docs/architecture.md)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.system import group_id

from . import masking, program
from .activation import Activation, RollbackRecord
from .checker import Check, Component, check_references, run_checks
from .confined import readers
from .desired_release import DesiredRelease
from .environments import refuse_another
from .health_probe import HealthProbe
from .lock import locked
from .planner import Plan, Planner
from .scratch import scratch
from .service import Service
from .settings import Settings
from .store import Release, Store


@dataclass(frozen=True)
class Outcome:
    changed: bool
    release: str = ""
    action: str = "none"
    reasons: list[str] = field(default_factory=list)
    diff: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    held: dict[str, Any] | None = None


class Engine:
    def __init__(
        self, store: Store, service: Service, probe: HealthProbe, wanted: DesiredRelease, settings: Settings
    ) -> None:
        self.store, self.service, self.probe = store, service, probe
        self.wanted, self.settings = wanted, settings
        self.masker = masking.Masker(list(wanted.secrets.values()))
        self.activation = Activation(store, service, probe, settings, group=wanted.group, masker=self.masker)

    def plan(self) -> Plan:
        plan = self.look()
        if plan.locked:
            raise ReleaseError(plan.locked)  # each try more does harm
        return plan

    def look(self) -> Plan:
        """The plan as data also where the component is locked: without the secrets that is not decided yet."""
        if not self.settings.move_environment:
            refuse_another(self.store.home.parent, self.wanted.environment, self.store.component)
        return Planner(self.store, self.service, self.probe, self.wanted).plan(self.settings.unhold)

    # Apply

    def apply(self) -> Outcome:
        with locked(self.store.home, self.settings.by, self.settings.lock_timeout):
            self.store.prepare()
            self.store.sweep(self.wanted.program.source)
            plan = self.plan()
            if not plan.pending:
                return self._nothing(plan)
            shown = self._diff(plan.active)
            warnings = self.activation.watcher.begin()
            release = self.stage(plan)
            action = self.activation.activate(release, plan.active, plan.restart)
            if plan.held:
                self._journal("unheld", release.id)
            self.store.prune(self.settings.keep)
            return Outcome(True, release.id, action, plan.reasons, shown, warnings + self.activation.warnings)

    def roll(self, plan: Plan, record: RollbackRecord) -> tuple[Release, str]:
        """Make the release that a rollback has composed and activate it; for a caller that has the lock."""
        release = self.stage(plan, composed=record.composed)
        return release, self.activation.activate(release, plan.active, plan.restart, record)

    def _nothing(self, plan: Plan) -> Outcome:
        return Outcome(False, plan.active.id if plan.active else "", held=plan.held)

    def rehearse(self) -> Outcome:
        """What apply would do, with the real checker, in a scratch folder: for `--check`."""
        plan = self.plan()
        if not plan.pending:
            return self._nothing(plan)
        version = None if plan.needs_program else plan.version
        warnings = self.activation.watcher.begin()
        if version is None:
            warnings.append(
                f"{self.wanted.component}: the configuration was not checked, because the checker comes with the "
                "program, which is not on this host yet."
            )
        with scratch(self.wanted.component) as folder:
            os.chown(folder, -1, readers(self.wanted.group))  # the checkers run as the component's user
            folder.chmod(0o750)
            self._rehearse_in(folder, version)
        return Outcome(True, "", "none", plan.reasons, self._diff(plan.active), warnings)

    def _rehearse_in(self, folder: Path, version: str | None) -> None:
        """version: the program's; without one, what needs no program is checked."""
        store = Store(folder, self.wanted.component, self.store.config_link.parent)
        store.releases.mkdir(parents=True)
        store.versions.mkdir()
        if version is None:
            staged = store.stage(self.wanted, "none", readers(self.wanted.group), {})
            if not self.settings.skip_check:
                check_references(self.settings.references, staged.path, self.store.config_link)
            return
        if self.wanted.program.method == "package":
            program.put(self.wanted.program, version, store.versions)
        else:
            (store.versions / version).symlink_to(self.store.versions / version)
        self._check(store.stage(self.wanted, version, readers(self.wanted.group), {}))

    def stage(self, plan: Plan, **extra: Any) -> Release:
        """extra: more for release.json."""
        if plan.version is None:
            raise ReleaseError(f"the package {self.wanted.program.package} is not installed on this host")
        program.put(self.wanted.program, plan.version, self.store.versions)
        if not plan.stage and plan.active:
            return plan.active
        meta = {**self.settings.record(), "health_check": self.probe.record(), **extra}
        staged = self.store.stage(self.wanted, plan.version, group_id(self.wanted.group) or 0, meta)
        try:
            self._check(staged)
        except ReleaseError as error:
            self._journal("refused", staged.meta["id"], why=str(error))
            self.store.discard(staged)
            untouched = f"release {plan.active.id} is untouched" if plan.active else "no release is active"
            raise ReleaseError(f"{error}. Nothing was switched; {untouched}", error.details) from error
        except BaseException:
            self.store.discard(staged)
            raise
        release = self.store.publish(staged)
        self._journal("staged", release.id)
        return release

    def _check(self, staged: Release) -> None:
        if not self.settings.skip_check:
            check_references(self.settings.references, staged.path, self.store.config_link)
            active = self.store.active()
            due = [check for check in self.settings.checks if not self._checked_before(check, staged, active)]
            runs_as = str(active.meta.get("group", "")) if active else ""
            run_checks(due, staged.path, self.masker, Component(self.wanted.component, self.wanted.group, runs_as))

    def _checked_before(self, check: Check, staged: Release, active: Release | None) -> bool:
        """Whether the active release has been checked with the same program and files, and healthy."""
        if not check.of or active is None or not active.meta.get("checked") or not self.store.journal.health(active.id):
            return False
        folders = tuple(f"etc/{folder}/" for folder in check.of)
        looked_at = [
            (
                {key: meta[key] for key in ("method", "version")},
                {k: v for k, v in meta["files"].items() if k.startswith(folders)},
            )
            for meta in (active.meta, staged.meta)
        ]
        return looked_at[0] == looked_at[1]

    # Small things

    def _journal(self, event: str, release: str, **fields: Any) -> None:
        self.store.journal.append(event, release, by=self.settings.by, **fields)

    def _diff(self, active: Release | None) -> list[dict[str, str]]:
        old = (
            {name: active.content(name) for name in active.meta["files"] if (active.path / name).is_file()}
            if active
            else {}
        )
        new = {name: data.decode() for name, data in self.wanted.tree().items()}
        secret = {f"etc/{name}" for name in self.wanted.secrets} | set(active.meta["secrets"] if active else [])
        return masking.diff(old, new, secret, self.masker)
