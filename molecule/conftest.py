# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scenarios' tests share: deploying again as an operator does, and asking live APIs on the hosts."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Run:
    """An ansible-playbook run. output: all white space made single blanks, so that wrapped sentences are found."""

    status: int
    output: str

    @property
    def changed(self) -> int:
        return sum(int(count) for count in re.findall(r" changed=(\d+) ", self.output))

    def ok(self) -> Run:
        assert self.status == 0, self.output
        return self

    def refused(self) -> Run:
        assert self.status != 0, self.output
        assert "Traceback" not in self.output
        return self


def playbook_command(
    *arguments: str, variables: dict[str, Any] | None = None, inventory: Path | None = None
) -> list[str]:
    """ansible-playbook with the inventories of the scenario, or another one."""
    inventories = os.environ.get("AETHERLINK_TEST_INVENTORY", "").split()
    own = [*(str(ROOT / name) for name in inventories), os.environ["MOLECULE_INVENTORY_FILE"]]
    command = ["ansible-playbook", *(f"--inventory={source}" for source in ([inventory] if inventory else own))]
    return [*command, "--extra-vars", json.dumps(variables or {}), *arguments]


@pytest.fixture(scope="session")
def run_playbook() -> Callable[..., Run]:
    """run_playbook("playbooks/verify.yml", "--check", variables={...})."""

    def run(
        *arguments: str,
        variables: dict[str, Any] | None = None,
        inventory: Path | None = None,
        environment: dict[str, str] | None = None,
        timeout: float = 300,
    ) -> Run:
        done = subprocess.run(
            playbook_command(*arguments, variables=variables, inventory=inventory),
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Run(done.returncode, " ".join(done.stdout.split()))

    return run


@dataclass
class Deploy:
    """as_wanted: whether the test's last run left the host as the inventory wants it; None while there was none."""

    run_playbook: Callable[..., Run]
    host: str
    as_wanted: bool | None = None

    def __call__(self, *arguments: str, **variables: Any) -> Run:
        self.as_wanted = False
        done = self.run_playbook("playbooks/site.yml", f"--limit={self.host}", *arguments, variables=variables)
        plain = "--check" not in arguments and set(variables) <= {"unhold"}
        self.as_wanted = plain and done.status == 0 and "is held, and left alone" not in done.output
        return done


@pytest.fixture
def deploy(host: Host, run_playbook: Callable[..., Run]) -> Deploy:
    """deploy("--check", prometheus_scrape_jobs=[...]): site.yml on the test's host, with variables on top."""
    return Deploy(run_playbook, name_of(host))


@pytest.fixture
def rollback(host: Host, run_playbook: Callable[..., Run], deploy: Deploy) -> Callable[..., Run]:
    """rollback(component="prometheus", part="rules"): rollback.yml on the test's host, with a reason."""

    def run(*arguments: str, **variables: Any) -> Run:
        deploy.as_wanted = False
        variables = {"reason": "the pager does not stop", **variables}
        return run_playbook("playbooks/rollback.yml", f"--limit={name_of(host)}", *arguments, variables=variables)

    return run


@pytest.fixture
def deployment_command(host: Host) -> Callable[..., list[str]]:
    """The command line of `deploy`, for a test that starts and ends it in its own way."""

    def command(**variables: Any) -> list[str]:
        return playbook_command("playbooks/site.yml", f"--limit={name_of(host)}", variables=variables)

    return command


@pytest.fixture
def run_in_background() -> Callable[..., subprocess.Popen[bytes]]:
    """run_in_background("playbooks/drill.yml", variables={...}): in a process group of its own, to be killed."""
    return lambda *arguments, variables: subprocess.Popen(
        playbook_command(*arguments, variables=variables), cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    )


@pytest.fixture
def afterwards_as_before(deploy: Deploy) -> Any:
    """Whatever a test did, the host is as the inventory wants it for the next one: not asked for where it ended so."""
    yield
    if not deploy.as_wanted:
        deploy().ok()


def name_of(host: Host) -> str:
    return str(host.backend.get_pytest_id()).removeprefix("ansible://")


@pytest.fixture
def get(host: Host) -> Callable[[str], Any]:
    """get("http://127.0.0.1:9090/api/v1/rules"): the decoded JSON answer, or text, of a service on the host."""

    def ask(url: str) -> Any:
        script = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())"
        answer = host.check_output("python3 -c %s %s", script, url)
        try:
            return json.loads(answer)
        except ValueError:
            return answer

    return ask


@dataclass(frozen=True)
class Component:
    """A deployed component as its host shows it."""

    host: Host
    name: str

    @property
    def unit(self) -> str:
        return f"aetherlink-{self.name.replace('_', '-')}.service"

    @property
    def home(self) -> str:
        return f"/opt/aetherlink/{self.name}"

    def property(self, name: str) -> str:
        return str(self.host.check_output(f"systemctl show {self.unit} --property={name} --value"))

    def process(self) -> tuple[str, str]:
        """Differs after every start."""
        return self.property("MainPID"), self.property("InvocationID")

    def release(self) -> str:
        return str(self.host.check_output(f"readlink {self.home}/current")).rpartition("/")[2]

    def meta(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.host.check_output(f"cat {self.home}/current/release.json"))
        return found

    def journal(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.host.check_output(f"cat {self.home}/journal.jsonl").splitlines()]

    def state(self) -> tuple[str, tuple[str, str], list[str]]:
        """What a run that may change nothing must leave: release, process, releases kept."""
        return self.release(), self.process(), self.host.check_output(f"ls {self.home}/releases").split()


@pytest.fixture
def component(host: Host) -> Callable[[str], Component]:
    """component("prometheus")."""
    return lambda name: Component(host, name)


@pytest.fixture
def assert_refused(deploy: Deploy, component: Callable[[str], Component]) -> Callable[..., None]:
    """assert_refused("prometheus", {variables}, sentence...): the run fails, says so, and the host is as it was."""

    def check(name: str, variables: dict[str, Any], *sentences: str) -> None:
        before, as_wanted = component(name).state(), deploy.as_wanted
        seen = deploy(**variables).refused()
        for sentence in sentences:
            assert sentence in seen.output
        assert "hunter2" not in seen.output  # the password of every test
        assert component(name).state() == before
        deploy.as_wanted = as_wanted is not False  # None: as the test before left it

    return check
