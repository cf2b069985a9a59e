# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus from the distribution's package, when the package manager was killed in the middle of its installation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from testinfra.host import Host

testinfra_hosts = ["ansible://trixie"]
# dpkg keeps a journal while it works; apt refuses to do anything as long as one is left behind.
KILL_DPKG = """
systemd-run --quiet --collect --unit=halfway apt-get install --yes --no-install-recommends prometheus
for i in $(seq 1000); do ls /var/lib/dpkg/updates | grep -q '^[0-9]' && break; sleep 0.01; done
systemctl kill --signal=KILL halfway
ls /var/lib/dpkg/updates | grep '^[0-9]'
"""


def test_an_installation_killed_in_the_middle_is_finished_by_the_next_run(
    host: Host, deploy: Callable[..., Any], get: Any
) -> None:
    host.check_output("apt-get remove --yes --quiet prometheus")
    host.check_output("sh -c %s", KILL_DPKG)
    assert "dpkg was interrupted" in host.run("apt-get install --yes prometheus").stderr
    deploy().ok()
    assert get("http://127.0.0.1:9090/api/v1/status/buildinfo")["data"]["version"].startswith("2.53.")
    assert not host.service("prometheus").is_running
    assert deploy().ok().changed == 0
