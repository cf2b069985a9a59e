# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The release engine: plan, stage, check, switch, activate, prove, switch back, prune. See docs/architecture.md."""

from __future__ import annotations

import grp
import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import masking, program
from .checker import Check, Reference, check_references, run_checks
from .errors import ReleaseError
from .links import Links
from .lock import locked
from .ports import refuse_taken
from .proof import Look, Prober
from .service import Service, Status
from .store import Release, Store
from .wanted import Wanted

POLL = 0.1  # seconds between two looks at a component that is becoming active
STEADY = 0.5  # seconds that a restarted service must stay well, so that one that starts and dies is not taken as proven
LOGGED_ERROR = re.compile(r'\berr(?:or)?="((?:[^"\\]|\\.)+)"')


@dataclass(frozen=True)
class Settings:
    """How to deploy.

    keep: releases. lock_timeout: seconds. reloadable: the service takes new files by a reload.
    restart_files: below etc/, which a running process does not read again.
    linked: folders below etc/ whose files need names that stay the same, see links.py.
    listen: the address and port that must be free, like 127.0.0.1:3000; empty when that is not asked before the switch.
    """

    checks: list[Check] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    restart_files: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    listen: str = ""
    reloadable: bool = True
    skip_check: bool = False
    keep: int = 5
    lock_timeout: float = 60
    by: str = "unknown"
    revision: str = ""


@dataclass(frozen=True)
class Plan:
    """reasons: why a deploy is needed, one phrase each, empty when the host is as wanted."""

    reasons: list[str]
    version: str | None
    active: Release | None
    stage: bool
    restart: bool
    needs_user: bool
    needs_program: bool


@dataclass(frozen=True)
class Outcome:
    changed: bool
    release: str = ""
    action: str = "none"
    reasons: list[str] = field(default_factory=list)
    diff: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Engine:
    def __init__(self, store: Store, service: Service, prober: Prober, wanted: Wanted, settings: Settings) -> None:
        self.store, self.service, self.prober = store, service, prober
        self.wanted, self.settings = wanted, settings
        self.masker = masking.Masker(list(wanted.secrets.values()))

    # Plan: everything is asked once, nothing is changed

    def plan(self) -> Plan:
        version = program.installed_version(self.wanted.program)
        program.refuse_old(self.wanted.program, version)
        active = self.store.active()
        gid = self._gid()
        content = self._content_reasons(active, version)
        drift = self.store.drift(active, gid) if active and gid is not None else {}
        whole = version is not None and program.is_whole(self.store.versions / version)
        service, restart = self._service_reasons(active)
        if not whole and not content:
            content.append("the program on the host is missing or was changed")
            restart = True
        restart = restart or any(not name.startswith("etc/") for name in drift)
        return Plan(
            reasons=[*content, *drift.values(), *service],
            version=version,
            active=active,
            stage=active is None or version is None or active.digest != self.wanted.digest(version) or bool(drift),
            restart=restart,
            needs_user=gid is None,
            needs_program=version is None or (not whole and self.wanted.program.method != "package"),
        )

    def _content_reasons(self, active: Release | None, version: str | None) -> list[str]:
        if active is None:
            return ["no release is active yet"]
        if version is None:
            return [f"the package {self.wanted.program.package} is not installed"]
        if active.digest == self.wanted.digest(version):
            return []
        old, new = active.meta["files"], self.wanted.sums()
        reasons = [f"{name} is new" for name in sorted(set(new) - set(old))]
        reasons += [f"{name} is no longer wanted" for name in sorted(set(old) - set(new))]
        reasons += [f"{name} differs" for name in sorted(set(old) & set(new)) if old[name] != new[name]]
        if active.meta["version"] != version or active.meta["method"] != self.wanted.program.method:
            reasons.append(f"the version is {version}, was {active.meta['version']}")
        return reasons or ["the settings that need a restart differ"]

    def _service_reasons(self, active: Release | None) -> tuple[list[str], bool]:
        """What is wrong with the service under the active release, and whether only a restart mends it."""
        if active is None:
            return [], True
        reasons, restart = self._link_reasons(active), False
        if self.service.unit_text() != active.content(f"unit/{active.meta['unit']}"):
            reasons.append("the unit was changed on the host")
            restart = True
        if self.store.journal.proof(active.id) is None:
            reasons.append(f"release {active.id} was never proven")
        status = self.service.status()
        if not status.active:
            return [*reasons, "the service is not running"], True
        if not status.enabled:
            reasons.append("the service does not start at boot")
        if status.program_replaced:
            reasons.append("the service runs a program file that was replaced since")
            restart = True
        look = self.prober.look(active)
        if look.locked and self._nothing_else_to_try(active):
            raise ReleaseError(look.trouble)  # each try more does harm
        if not look.loaded:
            reasons.append(f"the service does not prove healthy: {look.trouble}")
            restart = restart or not look.ready
        return reasons, restart

    def _link_reasons(self, active: Release) -> list[str]:
        trouble = self._links(active).trouble(self._made(active, []))
        reasons = [trouble] if trouble else []
        if not self.store.config_link_ok():
            reasons.append(f"{self.store.config_link} does not lead to the active configuration")
        return reasons

    def _nothing_else_to_try(self, active: Release) -> bool:
        """No new secret in the inventory, and no killed run that may have left the component with another one."""
        sums = self.wanted.sums()
        same = all(active.meta["files"].get(f"etc/{name}") == sums[f"etc/{name}"] for name in self.wanted.secrets)
        return same and self.store.journal.is_settled() and self.store.journal.proof(active.id) is not None

    # Apply

    def apply(self) -> Outcome:
        with locked(self.store.home, self.settings.by, self.settings.lock_timeout):
            self.store.prepare()
            self.store.sweep()
            plan = self.plan()
            if not plan.reasons:
                return Outcome(False, plan.active.id if plan.active else "")
            shown = self._diff(plan.active)
            release = self._stage(plan)
            action = self._activate(plan, release)
            self.store.prune(self.settings.keep)
            return Outcome(True, release.id, action, plan.reasons, shown)

    def rehearse(self) -> Outcome:
        """What apply would do, with the real checker, in a scratch folder: for `--check`."""
        plan = self.plan()
        if not plan.reasons:
            return Outcome(False, plan.active.id if plan.active else "")
        version = None if plan.needs_program else plan.version
        warnings = []
        if version is None:
            warnings.append(
                f"{self.wanted.component}: the configuration was not checked, because the checker comes with the "
                "program, which is not on this host yet."
            )
        scratch = Path(tempfile.mkdtemp(prefix=f"aetherlink-{self.wanted.component}-"))
        if (gid := self._gid()) is not None:  # whom the probes run the program as
            os.chown(scratch, -1, gid)
            scratch.chmod(0o750)
        try:
            self._rehearse_in(scratch, version)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return Outcome(True, "", "none", plan.reasons, self._diff(plan.active), warnings)

    def _rehearse_in(self, scratch: Path, version: str | None) -> None:
        """version: the program's; without one, what needs no program is checked."""
        store = Store(scratch, self.wanted.component, self.store.config_link.parent)
        store.releases.mkdir(parents=True)
        store.versions.mkdir()
        if version is None:
            staged = store.stage(self.wanted, "none", self._gid() or 0, {})
            if not self.settings.skip_check:
                check_references(self.settings.references, staged.path, self.store.config_link)
            return
        if self.wanted.program.method == "package":
            program.put(self.wanted.program, version, store.versions)
        else:
            (store.versions / version).symlink_to(self.store.versions / version)
        self._check(store.stage(self.wanted, version, self._gid() or 0, {}))

    def _stage(self, plan: Plan) -> Release:
        if plan.version is None:
            raise ReleaseError(f"the package {self.wanted.program.package} is not installed on this host")
        program.put(self.wanted.program, plan.version, self.store.versions)
        if not plan.stage and plan.active:
            return plan.active
        meta = {
            "by": self.settings.by,
            "revision": self.settings.revision,
            "proof": self.prober.record(),
            "checked": not self.settings.skip_check,
            "linked": self.settings.linked,
            "listen": self.settings.listen,
        }
        staged = self.store.stage(self.wanted, plan.version, grp.getgrnam(self.wanted.group).gr_gid, meta)
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
            self._check_port()
            due = [check for check in self.settings.checks if not self._checked_before(check, staged)]
            run_checks(due, staged.path, self.masker, self.wanted.group)

    def _check_port(self) -> None:
        """Its own port is no reason to refuse, as long as it is the service that listens there, at whatever address."""
        if not self.settings.listen:
            return
        active = self.store.active()
        own = str(active.meta.get("listen", "")) if active else ""
        if self.settings.listen.rpartition(":")[2] != own.rpartition(":")[2] or not self.service.status().active:
            refuse_taken(self.settings.listen, self.wanted.component)

    def _checked_before(self, check: Check, staged: Release) -> bool:
        """Whether the active release has been checked with the same program and files, and proven."""
        active = self.store.active()
        if not check.of or active is None or not active.meta.get("checked") or not self.store.journal.proof(active.id):
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

    def _activate(self, plan: Plan, release: Release) -> str:
        since, before = time.time(), self.service.status()
        action = self._action(plan, release, before)
        self._journal("switching", release.id, previous=plan.active.id if plan.active else None, action=action)
        if before.active and plan.active:
            self.prober.take_over(release, plan.active)
        look = self.prober.look(release) if before.active else Look()
        known_good = self.store.journal.proof(release.id) is not None
        try:
            self._make_active(release, action)
            proof = self._prove(release, action, before, look)
        except (ReleaseError, OSError) as error:
            cause = self._with_service_log(error, since)
            if known_good:  # the release is good, the host is not: going back to an older one would not help
                raise cause from error
            raise self._switch_back(release, cause, action) from error
        self._journal("activated", release.id, proof=proof, action=action)
        return action

    def _action(self, plan: Plan, release: Release, status: Status) -> str:
        """none, reload or restart: the least that makes the running process run this release."""
        running = self._running(status)
        if plan.restart or running is None:
            return "restart"
        same = ["flags.env", f"unit/{release.meta['unit']}", *(f"etc/{name}" for name in self.settings.restart_files)]
        meta, other = release.meta, running.meta
        if any(meta["files"].get(name) != other["files"].get(name) for name in same) or any(
            meta[key] != other[key] for key in ("method", "version", "restart_on", "unit")
        ):
            return "restart"
        if running.id == release.id and self.prober.look(release).loaded:
            return "none"
        return "reload" if self.settings.reloadable else "restart"

    def _running(self, status: Status) -> Release | None:
        """The release that the process was proven with; None when it is unsure, as after a killed run and a reboot."""
        if not status.active:
            return None
        for release_id in reversed(self.store.journal.proven_ids()):
            proof = self.store.journal.proof(release_id) or {}
            if proof.get("invocation") == status.invocation:
                return self.store.load(release_id)
        # Restarted since, by hand or by a boot: it read what was active then, if no switch was cut short.
        return self.store.active() if self.store.journal.is_settled() else None

    def _make_active(self, release: Release, action: str) -> None:
        self.store.switch(release)
        self._links(release).put(self._made(release, self.store.all()), self._gid() or 0)
        self.store.ensure_config_link()
        self.service.install_unit(release.content(f"unit/{release.meta['unit']}"))
        if action == "reload" and not self.prober.reload_over_api(release):
            self.service.reload()
        elif action == "restart":
            self.service.restart()

    def _prove(self, release: Release, action: str, before: Status, look_before: Look) -> dict[str, Any]:
        """Wait until the component itself says that it runs this release; raise once it is clear that it will not."""
        deadline = time.monotonic() + self.prober.spec.timeout
        well_since: float | None = None
        unlocked = False
        while True:
            status, look = self.service.status(), self.prober.look(release)
            if look.locked and not unlocked:
                unlocked = self.prober.unlock(release, self.store.all())
                if unlocked:
                    continue
            self._raise_if_lost(action, before, status, look_before, look)
            # A reload that was asked for and has not happened yet looks as healthy as one that has.
            fresh = action != "reload" or look.stamp != look_before.stamp or look_before.loaded is False
            if status.active and look.loaded and fresh:
                well_since = well_since or time.monotonic()
                if action != "restart" or time.monotonic() - well_since >= STEADY:
                    # What it was told to forget is forgotten.
                    self._links(release).put(self._made(release, []), self._gid() or 0)
                    return {"invocation": status.invocation, "stamp": look.stamp}
            else:
                well_since = None
            if well_since is None and time.monotonic() >= deadline:
                trouble = look.trouble or "it did not take over the new configuration"
                raise ReleaseError(
                    f"{self.wanted.component} did not prove healthy within {self.prober.spec.timeout:g} s: {trouble}"
                )
            time.sleep(POLL)

    def _raise_if_lost(self, action: str, before: Status, status: Status, look_before: Look, look: Look) -> None:
        if status.crashing or (action == "restart" and status.restarts > 0):
            raise ReleaseError(f"{self.wanted.component} stops right after its start")
        if action == "reload" and status.invocation != before.invocation:
            raise ReleaseError(f"{self.wanted.component} stopped while it reloaded")
        if look.locked:
            raise ReleaseError(look.trouble)
        if look.refused and not look_before.refused:
            raise ReleaseError(f"{self.wanted.component} refused the new configuration: {look.trouble}")

    # Switch back

    def _switch_back(self, bad: Release, cause: ReleaseError, action: str) -> ReleaseError:
        """Bring the last proven release back; returns the error that the task ends with."""
        self._journal("failed", bad.id, why=str(cause))
        good_id = self.store.journal.last_proven()
        good = self.store.load(good_id) if good_id else None
        if good is None:
            self.service.stop()
            self.store.current.unlink(missing_ok=True)
            self._journal("stopped", bad.id)
            return ReleaseError(
                f"{cause}. There is no earlier release to go back to, so {self.wanted.component} was stopped; "
                f"release {bad.id} is kept to be read",
                cause.details,
            )
        try:
            before = self.service.status()
            back = "restart" if action == "restart" or not before.active else "reload"
            self._journal("switching", good.id, previous=bad.id, action=back)
            if before.active:
                self.prober.take_over(good, bad)
            look = self.prober.look(good) if before.active else Look()
            self._make_active(good, back)
            proof = self._prove(good, back, before, look)
        except (ReleaseError, OSError) as error:
            return ReleaseError(
                f"{cause}. Release {good.id} was switched back to and did not prove healthy either: {error}",
                [*cause.details, *getattr(error, "details", [])],
            )
        self._journal("switched_back", good.id, proof=proof, bad=bad.id, why=str(cause))
        return ReleaseError(
            f"{cause}. Release {bad.id} was switched back to {good.id}, which is proven and running",
            cause.details,
            good.id,
        )

    # Small things

    def _with_service_log(self, error: Exception, since: float) -> ReleaseError:
        lines = [self.masker.mask(line) for line in self.service.lines_since(since)]
        telling = [line for line in lines if "err=" in line or "rror" in line] or lines[-1:]
        # What follows the first is its consequence. Of a structured line, its error is what people want to read.
        found = LOGGED_ERROR.search(telling[0]) if telling else None
        reason = found.group(1).replace('\\"', '"') if found else "".join(telling[:1])
        reason = f" ({reason[:400]})" if reason else ""
        return ReleaseError(f"{error}{reason}", lines)

    def _links(self, release: Release) -> Links:
        return Links(self.store.home, release)

    def _made(self, release: Release, others: list[Release]) -> dict[str, str]:
        """What the links need beside the release's own files: what is told of the other releases' content."""
        return self.prober.made_files(release, others) if release.meta.get("linked") else {}

    def _journal(self, event: str, release: str, **fields: Any) -> None:
        self.store.journal.append(event, release, by=self.settings.by, **fields)

    def _gid(self) -> int | None:
        try:
            return grp.getgrnam(self.wanted.group).gr_gid
        except KeyError:
            return None

    def _diff(self, active: Release | None) -> list[dict[str, str]]:
        old = (
            {name: active.content(name) for name in active.meta["files"] if (active.path / name).is_file()}
            if active
            else {}
        )
        new = {name: data.decode() for name, data in self.wanted.tree().items()}
        secret = {f"etc/{name}" for name in self.wanted.secrets} | set(active.meta["secrets"] if active else [])
        return masking.diff(old, new, secret, self.masker)
