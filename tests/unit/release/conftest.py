# SPDX-License-Identifier: GPL-3.0-or-later
"""A component in a temporary directory: real releases on disk, a double for its service and its API."""

from __future__ import annotations

import grp
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import activation
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.checker import Check
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.desired_release import (
    DesiredRelease,
    Program,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.engine import Engine
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.health_probe import (
    HealthCheck,
    HealthStatus,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.rollback import Rollback
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.rollback_planner import RollbackRequest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.service import Status
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.settings import Settings
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.store import Release, Store

GROUP = grp.getgrgid(os.getgid()).gr_name
CONFIG = "etc/app.conf"


def token(release: Release) -> str:
    return (release.path / "etc/secrets/token").read_text()


class DoubleOfService:
    """Stands in for systemd and the component. What it "runs" is on disk, so that it outlives a killed deploy.

    A configuration that contains a word makes it misbehave as the word says: `refuse-reload` keeps the old one running,
    `crash` dies on start, `never-ready` starts and does not become ready, `fragile` dies when it is reloaded.
    """

    def __init__(self, home: Path, state: Path) -> None:
        self.current, self.state_file = home / "current", state
        self.unit_path = state.with_name("app.service")
        self.calls: list[str] = []
        self.spec = HealthCheck(ready_url="http://double", timeout=0.3)

    @property
    def state(self) -> dict[str, Any]:
        blank = {
            "active": False,
            "crashing": False,
            "enabled": False,
            "starts": 0,
            "loads": 0,
            "running": "",
            "refused": False,
        }
        return json.loads(self.state_file.read_text()) if self.state_file.exists() else blank

    def put(self, **changes: Any) -> None:
        self.state_file.write_text(json.dumps({**self.state, **changes}))

    # As systemd

    def status(self) -> Status:
        s = self.state
        return Status(active=s["active"], crashing=s["crashing"], enabled=s["enabled"], invocation=str(s["starts"]))

    def unit_text(self) -> str:
        return self.unit_path.read_text() if self.unit_path.exists() else ""

    def install_unit(self, text: str) -> None:
        self.unit_path.write_text(text)
        self.put(enabled=True)

    def restart(self) -> None:
        self.calls.append("restart")
        text = (self.current / CONFIG).read_text()
        crash = "crash" in text
        self.put(active=not crash, crashing=crash, starts=self.state["starts"] + 1, loads=self.state["loads"] + 1)
        self.put(running=text, refused=False)

    def reload(self) -> None:
        self.calls.append("reload")
        text = (self.current / CONFIG).read_text()
        if "fragile" in text:
            self.put(active=False, crashing=True, starts=self.state["starts"] + 1)
        elif "refuse-reload" in text:
            self.put(refused=True)
        elif "hang-on-reload" not in text:
            self.put(running=text, refused=False, loads=self.state["loads"] + 1)

    def stop(self) -> None:
        self.calls.append("stop")
        self.put(active=False, crashing=False, running="")

    def lines_since(self, since: float) -> list[str]:
        return ["level=info msg=working", f'level=error err="{self.state["running"].strip()} did not work"']

    # As the component's own API

    def record(self) -> dict[str, Any]:
        return {}

    def reload_over_api(self, release: Release) -> bool:
        return False

    def sync_admin_password(self, release: Release, releases: list[Release]) -> bool:
        """As a component with a password of its own, which it has since its first start and is told over its API."""
        known = self.state.get("password")
        if known and known in [token(other) for other in releases]:
            self.put(password=token(release))
            return True
        return False

    def tidy(self, release: Release, left: Release) -> str:
        if self.state.get("left") == "what it does not give up":
            return "what it does not give up is still there"
        self.put(left="")
        return ""

    def generated_files(self, release: Release, releases: list[Release]) -> dict[str, str]:
        forget = " ".join(other.id for other in releases if other.id != release.id)
        return {"boards/forget": forget} if release.meta.get("linked") else {}

    def check(self, release: Release, running: Release | None = None) -> HealthStatus:
        s = self.state
        if s.get("password") and s["password"] != token(release):
            self.put(failed_logins=s.get("failed_logins", 0) + 1)
            return HealthStatus(ready=True, locked=True, trouble="the password is another one")
        if not s["active"] or "never-ready" in s["running"]:
            return HealthStatus(trouble="http://double does not answer")
        if s["refused"]:
            return HealthStatus(ready=True, refused=True, stamp=str(s["loads"]), trouble="reload_successful is 0")
        return HealthStatus(ready=True, loaded=True, stamp=str(s["loads"]))


@dataclass
class Host:
    """A host of its own in `root`; deploy() is what the module does there."""

    root: Path
    wanted: DesiredRelease
    settings: Settings
    service: DoubleOfService = field(init=False)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(self.root / "opt", "app", self.root / "etc")
        self.service = DoubleOfService(self.store.home, self.root / "service.json")

    def engine(self, **changes: Any) -> Engine:
        own = {name: changes.pop(name) for name in list(changes) if name in Settings.__dataclass_fields__}
        self.wanted = replace(self.wanted, **changes)
        return Engine(self.store, self.service, self.service, self.wanted, replace(self.settings, **own))

    def deploy(self, text: str | None = None, **changes: Any) -> Any:
        if text is not None:
            changes["files"] = {"app.conf": text}
        self.service.calls.clear()
        return self.engine(**changes).apply()

    def failure(self, text: str, **changes: Any) -> ReleaseError:
        with pytest.raises(ReleaseError) as caught:
            self.deploy(text, **changes)
        return caught.value

    def rollback(self, why: str = "it pages everybody", **ask: Any) -> Any:
        """What the module component_rollback does there, with nothing of the inventory."""
        self.service.calls.clear()
        by = {"by": "bob@controller", "lock_timeout": 5}
        planned = ask.pop("planned", "")
        return Rollback(
            self.store, lambda _release: (self.service, self.service), RollbackRequest(why, **ask), **by
        ).apply(planned)

    def refusal(self, **ask: Any) -> str:
        """The sentence of a rollback that is refused, which has then touched nothing."""
        before = [*self.events, os.readlink(self.store.current)]
        with pytest.raises(ReleaseError) as caught:
            self.rollback(**ask)
        assert [*self.events, os.readlink(self.store.current)] == before and self.service.calls == []
        return str(caught.value)

    @property
    def active(self) -> Release:
        release = self.store.active()
        assert release, "no release is active"
        return release

    @property
    def events(self) -> list[str]:
        return [f"{e['event']} {e['release'][:4]}" for e in self.store.journal.events()]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activation, "STEADY", 0.05)
    monkeypatch.setattr(activation, "POLL", 0.01)


@pytest.fixture
def checker(tmp_path: Path) -> list[Check]:
    """A checker program as components have one: reads the staged file, prints where and why, exits 1."""
    script = tmp_path / "checker"
    script.write_text(
        "#!/bin/sh\n"
        'echo "Checking $1"\n'
        'grep -n broken "$1" | sed "s|^\\([0-9]*\\):.*|  FAILED: parsing $1: line \\1: unknown word broken|"\n'
        '! grep -q broken "$1"\n'
    )
    script.chmod(0o755)
    return [Check("app check", [str(script), "{etc}/app.conf"])]


@pytest.fixture
def make_host(tmp_path: Path, checker: list[Check]) -> Callable[[str], Host]:
    def make(name: str) -> Host:
        root = tmp_path / name
        root.mkdir()
        source = root / "app.pyz"
        source.write_text("the program")
        digest = hashlib.sha256(source.read_bytes()).hexdigest()
        program = Program("artifact", version="1.0", links={"app.pyz": ""}, source=str(source), sha256=digest)
        wanted = DesiredRelease(
            component="app",
            environment="dev",
            group=GROUP,
            unit_name="app.service",
            unit="[Service]\nExecStart=app\n",
            flags="ARGS=--port=1\n",
            program=program,
            files={"app.conf": "one\n"},
            secrets={"secrets/token": "hunter2-hunter2"},
        )
        return Host(root, wanted, Settings(checks=checker, by="alice@controller", lock_timeout=5))

    return make


@pytest.fixture
def host(make_host: Callable[[str], Host]) -> Host:
    return make_host("host")
