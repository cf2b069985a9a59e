# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a release the one that runs: switch, reload or restart, check health, watch; switch back where that fails."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.system import group_id

from ..terminal import printable
from .health_probe import HealthProbe, HealthStatus
from .links import Links
from .masking import Masker
from .service import Service, Status
from .settings import Settings
from .store import Release, Store
from .watch import Watcher

POLL = 0.1  # seconds between two looks at a component that is becoming active
STEADY = (
    0.5  # seconds that a restarted service must stay well, so that one that starts and dies is not taken as healthy
)
LOGGED_ERROR = re.compile(r'\berr(?:or)?="((?:[^"\\]|\\.)+)"')


@dataclass(frozen=True)
class RollbackRecord:
    """A rollback: why, whether the component is held then, and of a part of a release what the new one is made of."""

    why: str
    hold: bool = True
    composed: dict[str, str] = field(default_factory=dict)


class Activation:
    def __init__(
        self, store: Store, service: Service, probe: HealthProbe, settings: Settings, *, group: str, masker: Masker
    ) -> None:
        self.store, self.service, self.probe = store, service, probe
        self.settings, self.masker = settings, masker
        self.component, self.group = store.component, group
        self.watcher = Watcher(settings.watch)
        self.warnings: list[str] = []

    def activate(
        self, release: Release, active: Release | None, restart: bool, rollback: RollbackRecord | None = None
    ) -> str:
        """What was done to the service (none, reload, restart). active: what was switched to so far."""
        since, before = time.time(), self.service.status()
        action = self._action(release, restart, before)
        left = active.id if active else None
        # With what a later rollback has to know of the data that this version writes from now on.
        data = {"version": release.meta["version"], "readable_by": release.meta.get("readable_by", "")}
        why = {"why": rollback.why, "hold": rollback.hold} if rollback else {}
        self._journal("switching", release.id, previous=left, action=action, **data, **why)
        if before.active and active:
            self.probe.sync_admin_password(release, [active])  # it reads it at no reload
        health = self.probe.check(release, running=active) if before.active else HealthStatus()
        # Where a good release is not healthy, the host has a problem: going back to an older one would not help.
        stay = rollback is None and self.store.journal.health(release.id) is not None
        try:
            self._make_active(release, action)
            seen = self._await_health(release, action, before, health)
            self.watcher.watch(lambda: self._trouble(release, seen["invocation"]))
        except (ReleaseError, OSError) as error:
            cause = self._with_service_log(error, since)
            if stay:
                raise cause from error
            raise self._give_up(release, active, cause, action, rollback) from error
        if rollback:
            of = release.meta.get("composed", {}).get("of", release.id)
            self._journal("rolled_back", release.id, health=seen, action=action, left=left, of=of, why=rollback.why)
        else:
            self._journal("activated", release.id, health=seen, action=action)
        # Only now: what is removed does not come back with a switch back.
        if active and active.id != release.id and (sentence := self.probe.tidy(release, active)):
            self.warnings.append(sentence)
        return action

    def _trouble(self, release: Release, invocation: str) -> str:
        """What became of the service since the health check; empty while it is healthy."""
        status = self.service.status()
        if not status.active or status.invocation != invocation:
            return f"{self.component} stopped after its health check"
        health = self.probe.check(release)
        return "" if health.loaded else f"{self.component} is healthy no more: {health.trouble}"

    def _action(self, release: Release, restart: bool, status: Status) -> str:
        """none, reload or restart: the least that makes the running process run this release."""
        running = self._running(status)
        if restart or running is None:
            return "restart"
        same = ["flags.env", f"unit/{release.meta['unit']}", *(f"etc/{name}" for name in self.settings.restart_files)]
        meta, other = release.meta, running.meta
        if any(meta["files"].get(name) != other["files"].get(name) for name in same) or any(
            meta[key] != other[key] for key in ("method", "version", "restart_on", "unit")
        ):
            return "restart"
        if running.id == release.id and self.probe.check(release).loaded:
            return "none"
        return "reload" if self.settings.reloadable else "restart"

    def _running(self, status: Status) -> Release | None:
        """The release that the process was healthy with; None when it is unsure, as after a killed run and a reboot."""
        if not status.active:
            return None
        for release_id in reversed(self.store.journal.healthy_ids()):
            seen = self.store.journal.health(release_id) or {}
            if seen.get("invocation") == status.invocation:
                return self.store.load(release_id)
        # Restarted since, by hand or by a boot: it read what was active then, if no switch was cut short.
        return self.store.active() if self.store.journal.is_settled() else None

    def _make_active(self, release: Release, action: str) -> None:
        self.store.switch(release)
        self._put_links(release, self.store.all())
        self.store.ensure_config_link()
        self.service.install_unit(release.content(f"unit/{release.meta['unit']}"))
        if action == "reload" and not self.probe.reload_over_api(release):
            self.service.reload()
        elif action == "restart":
            self.service.restart()

    def _await_health(
        self, release: Release, action: str, before: Status, health_before: HealthStatus
    ) -> dict[str, Any]:
        """Wait until the component itself says that it runs this release; raise once it is clear that it will not."""
        deadline = time.monotonic() + self.probe.spec.timeout
        well_since: float | None = None
        unlocked = False
        while True:
            status, health = self.service.status(), self.probe.check(release)
            if health.locked and not unlocked:
                unlocked = self.probe.sync_admin_password(release, self.store.by_use())
                if unlocked:
                    continue
            self._raise_if_lost(action, before, status, health_before, health)
            # A reload that was asked for and has not happened yet looks as healthy as one that has.
            fresh = action != "reload" or health.stamp != health_before.stamp or health_before.loaded is False
            if status.active and health.loaded and fresh:
                well_since = well_since or time.monotonic()
                if action != "restart" or time.monotonic() - well_since >= STEADY:
                    # What it was told to forget is forgotten.
                    self._put_links(release, [])
                    return {"invocation": status.invocation, "stamp": health.stamp}
            else:
                well_since = None
            if well_since is None and time.monotonic() >= deadline:
                trouble = health.trouble or "it did not take over the new configuration"
                raise ReleaseError(
                    f"{self.component} did not become healthy within {self.probe.spec.timeout:g} s: {trouble}"
                )
            time.sleep(POLL)

    def _raise_if_lost(
        self, action: str, before: Status, status: Status, health_before: HealthStatus, health: HealthStatus
    ) -> None:
        if status.crashing or (action == "restart" and status.restarts > 0):
            raise ReleaseError(f"{self.component} stops right after its start")
        if action == "reload" and status.invocation != before.invocation:
            raise ReleaseError(f"{self.component} stopped while it reloaded")
        if health.locked:
            raise ReleaseError(health.trouble)
        if health.refused and not health_before.refused:
            raise ReleaseError(f"{self.component} refused the new configuration: {health.trouble}")

    # Switch back

    def _give_up(
        self, bad: Release, active: Release | None, cause: ReleaseError, action: str, rollback: RollbackRecord | None
    ) -> ReleaseError:
        """Bring the release back that was well before; returns the error that the task ends with."""
        if rollback is None:
            self._journal("failed", bad.id, why=str(cause))
            good_id = self.store.journal.last_healthy()
        else:  # it was well once, and stays one that can be gone back to
            self._journal("rollback_failed", bad.id, why=str(cause))
            others = [name for name in self.store.journal.healthy_ids() if name != bad.id]
            good_id = active.id if active and active.id in others else next(reversed(others), None)
        good = self.store.load(good_id) if good_id else None
        if good:
            return self._switch_back(bad, good, cause, action)
        if rollback:
            return ReleaseError(f"{cause}. There is no other healthy release to go back to", cause.details)
        self.service.stop()
        self.store.current.unlink(missing_ok=True)
        self._journal("stopped", bad.id)
        return ReleaseError(
            f"{cause}. There is no earlier release to go back to, so {self.component} was stopped; "
            f"release {bad.id} is kept to be read",
            cause.details,
        )

    def _switch_back(self, bad: Release, good: Release, cause: ReleaseError, action: str) -> ReleaseError:
        try:
            before = self.service.status()
            # What does not answer, as a process that hangs, takes no reload either.
            well = before.active and self.probe.check(bad).ready
            back = "restart" if action == "restart" or not well else "reload"
            self._journal("switching", good.id, previous=bad.id, action=back)
            if before.active:
                self.probe.sync_admin_password(good, [bad])
            health = self.probe.check(good, running=bad) if before.active else HealthStatus()
            self._make_active(good, back)
            seen = self._await_health(good, back, before, health)
        except (ReleaseError, OSError) as error:
            return ReleaseError(
                f"{cause}. Release {good.id} was switched back to and did not become healthy either: {error}",
                [*cause.details, *getattr(error, "details", [])],
            )
        self._journal("switched_back", good.id, health=seen, bad=bad.id, why=str(cause))
        return ReleaseError(
            f"{cause}. Release {bad.id} was switched back to {good.id}, which is healthy and running",
            cause.details,
            good.id,
        )

    def _with_service_log(self, error: Exception, since: float) -> ReleaseError:
        lines = [printable(self.masker.mask(line)) for line in self.service.lines_since(since)]
        telling = [line for line in lines if "err=" in line or "rror" in line] or lines[-1:]
        # What follows the first is its consequence. Of a structured line, its error is what people want to read.
        found = LOGGED_ERROR.search(telling[0]) if telling else None
        reason = found.group(1).replace('\\"', '"') if found else "".join(telling[:1])
        reason = f" ({reason[:400]})" if reason else ""
        return ReleaseError(f"{error}{reason}", lines)

    def _put_links(self, release: Release, others: list[Release]) -> None:
        """others: the releases of which the component is told what to forget."""
        Links(self.store.home, release).put(self.probe.generated_files(release, others), group_id(self.group) or 0)

    def _journal(self, event: str, release: str, **fields: Any) -> None:
        self.store.journal.append(event, release, by=self.settings.by, **fields)
