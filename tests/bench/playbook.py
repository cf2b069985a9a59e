# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook against the benchmark's host and times it from outside, as a person would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench.errors import BenchError

ROOT = Path(__file__).resolve().parents[2]
SITE = "playbooks/site.yml"
FOUR_ROLES = "tests/bench/four_roles.yml"
FLOOR = "tests/bench/floor.yml"
HOST = "dev"
INVENTORIES = ["-i", "inventories/dev", "-i", "tests/bench/inventory.yml"]
# What is read from the output has to look the same whatever the caller's settings are.
ENVIRONMENT = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}
RECAP = re.compile(rf"^{HOST} +: ok=(?P<ok>\d+) +changed=(?P<changed>\d+) ", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One run of a playbook: wall time in seconds, changed tasks, and what it printed."""

    seconds: float
    changed: int
    output: str


def run(
    playbook: str,
    variables: dict[str, Any] | None = None,
    options: tuple[str, ...] = (),
    watch: Callable[[float], None] | None = None,
) -> Run:
    """Run it to its end. ``watch`` is called with the start (time.perf_counter()) every 20 ms while it runs."""
    command = ["ansible-playbook", *INVENTORIES, playbook, *options]
    if variables:
        command += ["--extra-vars", json.dumps(variables)]
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        with subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **ENVIRONMENT}, stdout=output, stderr=subprocess.STDOUT
        ) as process:
            while watch and process.poll() is None:
                watch(start)
                time.sleep(0.02)
            status = process.wait()
        seconds = time.perf_counter() - start
        output.seek(0)
        text = output.read()
    recap = RECAP.search(text)
    if status or not recap:
        raise BenchError(f"{' '.join(command)} failed with exit status {status}:\n{text[-3000:]}")
    return Run(seconds, int(recap["changed"]), text)


def roles() -> int:
    """How many site.yml deploys: each has a play."""
    return len(yaml.safe_load((ROOT / SITE).read_text()))


def unchanged(result: Run) -> Run:
    """The same run, known to have changed nothing."""
    if result.changed:
        tasks = re.findall(rf"^TASK \[(.+)\] \*+\n(?:.*\n)*?changed: \[{HOST}\]", result.output, re.MULTILINE)
        raise BenchError(f"{SITE} changed {result.changed} tasks of a host that it had just deployed: {tasks}")
    return result
