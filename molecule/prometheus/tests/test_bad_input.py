# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that cannot be deployed to. Mistakes in variables are those of tests/bad_input."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

testinfra_hosts = ["ansible://bookworm"]


def test_a_host_without_systemd_is_refused(run_playbook: Callable[..., Any]) -> None:
    name = "molecule-prometheus-plain"
    start = ["docker", "run", "--detach", "--rm", "--name", name, "aetherlink-host:bookworm", "sleep", "300"]
    subprocess.run(start, check=True, capture_output=True)
    try:
        seen = run_playbook("playbooks/site.yml", "--limit=bookworm", variables={"ansible_host": name}).refused()
        found = subprocess.run(["docker", "exec", name, "ls", "/opt"], check=True, capture_output=True, text=True)
    finally:
        subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)
    assert "does not run systemd, which starts and watches the services: deploy to a host that does" in seen.output
    assert found.stdout == ""
