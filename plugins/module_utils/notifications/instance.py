# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The release's own Alertmanager on loopback, with a configuration made for a question, for as long as it takes."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

from ..release.confined import confined, own_home
from ..release.scratch import scratch

PORT_TAKEN = "address already in use"
LARGEST = 16 << 20  # bytes that root reads of what a program answers or logs
PATIENCE = 15.0  # seconds that an answer may take on a busy host
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_FAILED = re.compile(r'\berr="((?:[^"\\]|\\.)*)"')
_NOTIFY = re.compile(r"(?P<receiver>.+?)/(?P<kind>\w+)\[\d+\]: notify .* after \d+ attempts?: (?P<cause>.*)", re.DOTALL)
Answer = TypeVar("Answer")


class NoAnswerError(Exception):
    """One sentence: what Alertmanager did not do in time, or why it did not start."""


@dataclass(frozen=True)
class Instance:
    port: int
    log_file: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> Any:
        with _OPENER.open(f"{self.url}/api/v2/{path}", timeout=PATIENCE) as answer:
            return json.loads(answer.read(LARGEST))

    def fire(self, alerts: list[dict[str, str]], annotations: dict[str, str] | None = None) -> None:
        self._post(alerts, annotations or {}, timedelta(minutes=10))

    def resolve(self, alerts: list[dict[str, str]], annotations: dict[str, str] | None = None) -> None:
        self._post(alerts, annotations or {}, timedelta(seconds=-1))

    def _post(self, alerts: list[dict[str, str]], annotations: dict[str, str], ends: timedelta) -> None:
        now = datetime.now(timezone.utc)
        times = {"startsAt": (now - timedelta(minutes=6)).isoformat(), "endsAt": (now + ends).isoformat()}
        body = [{"labels": labels, "annotations": annotations, "generatorURL": "", **times} for labels in alerts]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("POST", "/api/v2/alerts", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace").strip()
        connection.close()
        if answer.status != 200:
            raise NoAnswerError(f"Alertmanager refuses an alert: {said}")

    def log(self) -> str:
        with self.log_file.open(errors="replace") as stream:
            return stream.read(LARGEST)

    def failures(self) -> list[str]:
        """The causes of notifications that failed, as it logs them."""
        lines = [line for line in self.log().splitlines() if "Notify for alerts failed" in line]
        return [_readable(found[1]) for line in lines if (found := _FAILED.search(line))]


def _readable(logged: str) -> str:
    text = logged.replace('\\"', '"').replace("\\\\", "\\")
    found = _NOTIFY.fullmatch(text)
    return f'receiver "{found["receiver"]}" by {found["kind"]}: {found["cause"]}' if found else text


def until(poll: Callable[[], Answer | None], otherwise: str) -> Answer:
    """The first answer that is not None."""
    deadline = time.monotonic() + PATIENCE
    while (answer := poll()) is None:
        if time.monotonic() > deadline:
            raise NoAnswerError(otherwise)
        time.sleep(0.02)
    return answer


@contextmanager
def running(program: Path, config: dict[str, Any], user: str, zones: Path | None = None) -> Iterator[Instance]:
    """Start it as the component's user with a configuration of its own, no peers and no data kept."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), **({"ZONEINFO": str(zones)} if zones else {})}
    with scratch("alertmanager") as directory:
        home = own_home(directory, user, {"alertmanager.json": json.dumps(config)})  # JSON is YAML
        process, instance = _started(program, home, user, environment)
        try:
            yield instance
        finally:
            _end(process)


def _started(
    program: Path, home: Path, user: str, environment: dict[str, str]
) -> tuple[subprocess.Popen[bytes], Instance]:
    """Ready. A port that was free may be taken by the time it listens; then with another one."""
    attempts = 3
    while True:
        attempts -= 1
        instance = Instance(_free_port(), home.parent / "log")
        process = _start(program, home, user, instance, environment)
        try:
            _wait_ready(process, instance)
        except BaseException as error:
            _end(process)
            if not attempts or not isinstance(error, NoAnswerError) or PORT_TAKEN not in instance.log():
                raise
        else:
            return process, instance


def _start(
    program: Path, home: Path, user: str, instance: Instance, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    arguments = {
        "config.file": home / "alertmanager.json",
        "storage.path": home,
        "web.listen-address": f"127.0.0.1:{instance.port}",
        "cluster.listen-address": "",
        "log.level": "debug",
    }
    with instance.log_file.open("wb") as log:
        flags = [f"--{name}={value}" for name, value in arguments.items()]
        command = confined([str(program), *flags], user, network=True)  # it shares that of the sinks
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=home, env=environment)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_ready(process: subprocess.Popen[bytes], instance: Instance) -> None:
    def ready() -> bool | None:
        if process.poll() is not None:
            causes = _FAILED.findall(instance.log()) or instance.log().splitlines()[-1:] or ["no reason given"]
            raise NoAnswerError(f"Alertmanager does not start with the configuration: {causes[-1]}")
        try:
            _OPENER.open(f"{instance.url}/-/ready", timeout=1).close()
        except OSError:
            return None
        return True

    until(ready, f"Alertmanager was not ready within {PATIENCE:.0f} s")
