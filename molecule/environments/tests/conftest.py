# SPDX-License-Identifier: GPL-3.0-or-later
"""Each environment as its operators run it, and its hosts as somebody asks them who is on the same network."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from testinfra import get_host
from testinfra.backend.base import CommandResult
from testinfra.host import Host

ROOT = Path(__file__).resolve().parents[3]
VAULT_PASSWORD = ROOT / "inventories" / "example.vault-password"
PORTS = {"prometheus": 9090, "alertmanager": 9093, "command_center": 8010, "grafana": 3000}


@dataclass(frozen=True)
class Environment:
    name: str

    @property
    def directory(self) -> Path:
        return Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "ssh"

    @property
    def inventories(self) -> list[str]:
        return [str(ROOT / "inventories" / self.name), str(self.directory / f"{self.name}.yml")]

    @property
    def hosts(self) -> dict[str, list[str]]:
        """By component."""
        children = yaml.safe_load((ROOT / "inventories" / self.name / "hosts.yml").read_text())["all"]["children"]
        return {component: list(children[component]["hosts"]) for component in PORTS}

    @property
    def urls(self) -> list[tuple[str, str]]:
        """(component, URL) of all that listens."""
        return [(c, f"https://{host}:{PORTS[c]}") for c, hosts in self.hosts.items() for host in hosts]

    @property
    def secrets(self) -> dict[str, str]:
        vault = ROOT / "inventories" / self.name / "group_vars" / "all" / "vault.yml"
        command = ["ansible-vault", "view", f"--vault-password-file={VAULT_PASSWORD}", str(vault)]
        found: dict[str, str] = yaml.safe_load(subprocess.run(command, capture_output=True, check=True).stdout)
        return found

    @property
    def authority(self) -> str:
        return (self.directory / f"ca-{self.name}" / "ca.pem").read_text()

    @property
    def record(self) -> str:
        return (self.directory / f"ca-{self.name}" / "issued.jsonl").read_text()

    @property
    def login(self) -> str:
        return f"aetherlink:{self.secrets['vault_web_password']}"

    def shown(self, caller: str, called: str, user: str = "aetherlink") -> str:
        """The login that a component shows another, as the service itself can read it."""
        path = f"/etc/aetherlink/{caller}/secrets/web_password_for_{called}"
        return f"{user}-{caller}:{self.as_service(caller, 'cat', path).stdout}"

    def as_service(self, component: str, *words: str) -> CommandResult:
        """The command, as the component's user on its first host."""
        host: Host = get_host(f"docker://molecule-environments-{self.hosts[component][0]}")
        user = f"aetherlink-{component.replace('_', '-')}"
        return host.run(" ".join(["runuser -u %s --", *["%s"] * len(words)]), user, *words)

    def logins(self, user: str = "aetherlink", password: str = "") -> dict[str, str]:
        """By component, what /metrics takes: Grafana knows the login of Prometheus alone."""
        machine = f"{user}:{password or self.secrets['vault_web_password']}"
        return {**dict.fromkeys(PORTS, machine), "grafana": self.shown("prometheus", "grafana", user)}

    def play(self, playbook: str, *arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        """output: all white space made single blanks."""
        command = ["ansible-playbook", *(f"--inventory={source}" for source in self.inventories)]
        command += [f"--vault-password-file={VAULT_PASSWORD}", f"playbooks/{playbook}", *arguments]
        command += ["--extra-vars", json.dumps(variables)] if variables else []
        quiet = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}
        merged: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(command, cwd=ROOT, env=quiet, check=False, timeout=900, **merged)
        return subprocess.CompletedProcess(command, done.returncode, " ".join(done.stdout.split()))


@pytest.fixture
def environment() -> Callable[[str], Environment]:
    return Environment


@pytest.fixture
def ask(host: Host) -> Callable[..., list[dict[str, Any]]]:
    """ask({url...}, {url...}): the answers, as the test's host gets them."""
    script = (Path(__file__).resolve().parents[1] / "files" / "ask.py").read_text()
    return lambda *questions: list(json.loads(host.check_output("python3 -c %s %s", script, json.dumps(questions))))


@pytest.fixture
def query(ask: Any) -> Callable[..., list[dict[str, Any]]]:
    """query(environment, "up"): what each Prometheus of it answers."""

    def run(environment: Environment, expression: str) -> list[dict[str, Any]]:
        questions = [
            {
                "url": f"https://{host}:9090/api/v1/query?query={expression}",
                "ca": environment.authority,
                "login": environment.login,
            }
            for host in environment.hosts["prometheus"]
        ]
        answers = ask(*questions)
        assert [answer["status"] for answer in answers] == [200] * len(questions), answers
        return [json.loads(answer["text"])["data"]["result"] for answer in answers]

    return run
