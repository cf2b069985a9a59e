# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a deploy needed, why, and what has to be there before? Everything is asked once, nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.system import group_id

from . import program
from .desired_release import DesiredRelease
from .health_probe import HealthProbe
from .links import Links
from .lock import is_locked
from .service import Service
from .store import Release, Store


@dataclass(frozen=True)
class Plan:
    """reasons: why a deploy is needed, one phrase each, empty when the host is as wanted. held: the journal's event.

    locked: why nothing may be tried, where the component refuses the only password there is; empty otherwise.
    """

    reasons: list[str]
    version: str | None
    active: Release | None
    stage: bool
    restart: bool
    needs_user: bool
    needs_program: bool
    needs_repository: bool
    held: dict[str, Any] | None = None
    unhold: bool = False
    locked: str = ""

    @property
    def pending(self) -> bool:
        """Whether a deploy has to do anything; a held component is left alone."""
        return bool(self.reasons) and (self.held is None or self.unhold)


class Planner:
    def __init__(self, store: Store, service: Service, probe: HealthProbe, wanted: DesiredRelease) -> None:
        self.store, self.service, self.probe, self.wanted = store, service, probe, wanted

    def plan(self, unhold: bool = False) -> Plan:
        version = program.installed_version(self.wanted.program)
        program.refuse_old(self.wanted.program, version)
        active = self.store.active()
        gid = group_id(self.wanted.group)
        content = self._content_reasons(active, version)
        drift = self.store.drift(active, gid) if active and gid is not None else {}
        whole = version is not None and program.is_whole(self.store.versions / version)
        service, restart, locked = self._service_reasons(active)
        if not whole and not content:
            content.append("the program on the host is missing or was changed")
            restart = True
        repository = program.repository_differs(self.wanted.program)
        if repository and version is not None:
            content.append("the package repository or its key differs")
        held = self.store.journal.hold()
        lifted = ["the hold is lifted"] if held and unhold else []
        restart = restart or any(not name.startswith("etc/") for name in drift)
        return Plan(
            reasons=[*content, *drift.values(), *service, *self._left_behind(), *lifted],
            version=version,
            active=active,
            stage=active is None or version is None or active.digest != self.wanted.digest(version) or bool(drift),
            restart=restart,
            needs_user=gid is None,
            needs_program=version is None or (not whole and self.wanted.program.method != "package"),
            needs_repository=repository,
            held=held,
            unhold=unhold,
            locked=locked,
        )

    def _left_behind(self) -> list[str]:
        """Asked without the lock: what is there while another run works may be that run's."""
        strays = self.store.strays(self.wanted.program.source)
        if not strays or is_locked(self.store.home):
            return []
        return [f"{strays[0]} was left behind by a run that was killed"]

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

    def _service_reasons(self, active: Release | None) -> tuple[list[str], bool, str]:
        """What is wrong with the service under the active release, whether only a restart mends it, and Plan.locked."""
        if active is None:
            return [], True, ""
        reasons, restart = self._link_reasons(active), False
        if self.service.unit_text() != active.content(f"unit/{active.meta['unit']}"):
            reasons.append("the unit was changed on the host")
            restart = True
        if self.store.journal.health(active.id) is None:
            reasons.append(f"release {active.id} never passed its health check")
        status = self.service.status()
        if not status.active:
            return [*reasons, "the service is not running"], True, ""
        if not status.enabled:
            reasons.append("the service does not start at boot")
        if status.program_replaced:
            reasons.append("the service runs a program file that was replaced since")
            restart = True
        health = self.probe.check(active)
        if not health.loaded:
            reasons.append(f"the service is not healthy: {health.trouble}")
            restart = restart or not health.ready
        return reasons, restart, health.trouble if health.locked and self._nothing_else_to_try(active) else ""

    def _link_reasons(self, active: Release) -> list[str]:
        trouble = Links(self.store.home, active).trouble(self.probe.generated_files(active, []))
        reasons = [trouble] if trouble else []
        if not self.store.config_link_ok():
            reasons.append(f"{self.store.config_link} does not lead to the active configuration")
        return reasons

    def _nothing_else_to_try(self, active: Release) -> bool:
        """No new secret in the inventory, and no killed run that may have left the component with another one."""
        sums, names = self.wanted.sums(), (*self.wanted.secrets, *self.wanted.secret_sums)
        same = all(active.meta["files"].get(f"etc/{name}") == sums[f"etc/{name}"] for name in names)
        return same and self.store.journal.is_settled() and self.store.journal.health(active.id) is not None
