# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command in a copy of the checkout, with doubles of programs first on PATH: those in its directory `double`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def double(checkout: Path, name: str, body: str) -> None:
    program = checkout / "double" / name
    program.write_text(f"#!/usr/bin/env bash\n{body}", encoding="utf-8")
    program.chmod(0o755)


def start(checkout: Path, *command: str, **env: str) -> subprocess.Popen[str]:
    """In a process group of its own, as a shell with a terminal starts it."""
    directory = str(checkout / "double")
    environment = {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}", "DOUBLE": directory, **env}
    return subprocess.Popen(
        command,
        cwd=checkout,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def run(checkout: Path, *command: str, **env: str) -> tuple[int, str]:
    process = start(checkout, *command, **env)
    output, _ = process.communicate(timeout=30)
    return process.returncode, output
