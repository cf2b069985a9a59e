# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that faults strike: made, prepared, asked, struck, and removed again."""

from __future__ import annotations

import json
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.bench.prometheus import Prometheus
from tests.faults.errors import FaultsError
from tests.faults.judge import Verdict
from tests.faults.playbook import ROOT, Playbook
from tests.faults.progress import say

CONTAINER = "aetherlink-faults"
TOOLS = "/opt/faults"
STATE = "/run/faults"
CLOCK = f"{TOOLS}/libfaketime.so"
BOOT_SECONDS = 60.0


SERVICES = "aetherlink-prometheus aetherlink-alertmanager aetherlink-command-center"
# On a machine systemd has a new mount appear in its services too; in a container somebody else has to ask for that.
SHARED_MOUNTS = """[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
ExecStart=mount --make-rshared /
[Install]
WantedBy=sysinit.target
"""


class Watcher:
    """A strike.py on the host that waits for its moment."""

    def __init__(self, component: str, moment: str, action: str) -> None:
        command = ["docker", "exec", "-i", CONTAINER, "python3", f"{TOOLS}/strike.py", component, moment, action]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.output = ""
        if self._line() != "ready":
            raise FaultsError(f"strike.py does not start: {self._process.communicate()[1][-500:]}")

    def struck_before(self, over: Callable[[], bool]) -> bool:
        """Wait for the moment. When the deploy is over it may still come only if what led to it has come already."""
        while self._process.stdout and not select.select([self._process.stdout], [], [], 0.02)[0]:
            if over():
                self.over()
                break
        return self._line() == "struck"

    def over(self) -> None:
        """The deploy is over: what has not struck yet never will."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()

    def finish(self) -> bool:
        """End it; whether it has struck. A service that it stopped goes on, a port that it took is free again."""
        self.over()
        self._process.stdin = None
        self.output, trouble = self._process.communicate(timeout=120)
        if self._process.returncode not in (0, 3):
            raise FaultsError(f"strike.py failed on the host: {trouble[-500:]}")
        return self._process.returncode == 0

    def _line(self) -> str:
        return self._process.stdout.readline().strip() if self._process.stdout else ""


class Host:
    """A container with systemd. container: its name."""

    def __init__(self, container: str = CONTAINER) -> None:
        self.container = container

    def run(self, *command: str, check: bool = True, seconds: float = 120) -> str:
        """Standard output of a command on the host."""
        done = subprocess.run(
            ["docker", "exec", self.container, *command], capture_output=True, text=True, timeout=seconds, check=False
        )
        if check and done.returncode:
            raise FaultsError(f"{' '.join(command)} failed on the host: {done.stderr.strip()[-500:]}")
        return done.stdout

    def shell(self, script: str, check: bool = True) -> str:
        return self.run("sh", "-c", script, check=check)

    def verdict(self, component: str) -> Verdict:
        return Verdict(**json.loads(self.run("python3", f"{TOOLS}/verdict.py", component)))

    def arm(self, start: int, command: str) -> None:
        """Have Ansible's start-th Python from now on run under a command; with 0 none does: starts are only noted."""
        self.shell(
            f"rm -rf {STATE} && mkdir {STATE} && echo +0 >{STATE}/clock && "
            f"printf '%s\\n' {start} '{command}' >{STATE}/plan && : >{STATE}/starts"
        )

    def disarm(self) -> None:
        self.shell(f"rm -rf {STATE} /tmp/ansible_*_payload_*")

    def trace(self) -> str:
        """What strace has written, once the traced process has ended; empty when it never began."""
        return self.shell(f"cat {STATE}/trace 2>/dev/null || true")

    def address(self) -> str:
        template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return _docker("inspect", "--format", template, self.container).strip()

    def prometheus(self) -> Prometheus:
        return Prometheus(self.address())

    def cut_power(self) -> None:
        """Every process on it ends at once; then it boots."""
        _docker("kill", CONTAINER)
        _docker("start", CONTAINER)
        self._await_boot()

    def reboot(self) -> None:
        """As `reboot` would: services are stopped, then it boots."""
        _docker("restart", "--time", "30", CONTAINER)
        self._await_boot()

    def _await_boot(self) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while self.run("systemctl", "is-system-running", check=False).strip() not in ("running", "degraded"):
            if time.monotonic() > deadline:
                raise FaultsError(f"the host did not boot within {BOOT_SECONDS:g} s")
            time.sleep(0.3)


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise FaultsError(f"docker {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout


@contextmanager
def deployed(keep: bool) -> Iterator[Host]:
    """The host with the whole stack on it. keep: take one that is there already, and leave it there."""
    running = _docker("ps", "--quiet", "--filter", f"name=^{CONTAINER}$").strip()
    try:
        if not (keep and running):
            say(f"making the host {CONTAINER}")
            _playbook("tests/faults/host.yml", {"faults_host_state": "present"})
        say("deploying the whole stack to it (the first time packages are downloaded)")
        _playbook("playbooks/site.yml", {})
        host = Host()
        _prepare(host)
        yield host
    finally:
        if not keep:
            say(f"removing the host {CONTAINER}")
            try:
                _playbook("tests/faults/host.yml", {"faults_host_state": "absent"})
            except FaultsError as error:
                say(f"it may still be there: {error}")  # said, not raised: what ended the harness matters more


def _prepare(host: Host) -> None:
    """Bring the tools, from the distribution and from on_host/."""
    tools = "strace faketime"
    host.shell(
        f"dpkg-query --show {tools} >/dev/null 2>&1 || "
        f"DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends {tools}"
    )
    host.run("mkdir", "-p", TOOLS)
    for path in sorted((ROOT / "tests/faults/on_host").glob("[a-z]*")):
        if path.is_file():
            _docker("cp", str(path), f"{CONTAINER}:{TOOLS}/{path.name}")
    unit = "/etc/systemd/system/faults-mounts.service"
    host.shell(
        f"test -e {unit} || {{ printf '%s' '{SHARED_MOUNTS}' >{unit} && "
        f"systemctl enable --quiet --now faults-mounts && systemctl restart {SERVICES}; }}"
    )
    host.shell(f'chmod +x {TOOLS}/python && ln -sf "$(dpkg -L libfaketime | grep MT.so)" {CLOCK}')


def _playbook(name: str, variables: dict[str, str]) -> None:
    run = Playbook(name, variables).finish()
    if run.status:
        raise FaultsError(f"{name} failed:\n{run.output[-3000:]}")
