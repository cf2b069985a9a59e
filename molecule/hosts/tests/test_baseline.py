# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role host makes of each suite's host, seen at the running system."""

from __future__ import annotations

from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://all"]
DROP_IN = "/etc/systemd/journald.conf.d/aetherlink.conf"


@pytest.mark.parametrize("directory", ["/opt/aetherlink", "/etc/aetherlink", "/var/lib/aetherlink"])
def test_the_directories_are_roots_and_open_to_read(host: Host, directory: str) -> None:
    found = host.file(directory)
    assert (found.is_directory, found.user, found.group, found.mode) == (True, "root", "root", 0o755)


def test_the_limits_of_the_journal_are_in_force(host: Host) -> None:
    assert "SystemMaxUse=1G" in host.check_output("systemd-analyze cat-config systemd/journald.conf")
    assert most_of_the_journal(host) == "128M"


def most_of_the_journal(host: Host) -> str:
    """By journald's own word at its last start. The journal of a test host is in memory."""
    said = host.check_output("journalctl --no-pager --output=cat --unit=systemd-journald | grep 'Runtime Journal'")
    return said.splitlines()[-1].partition("max ")[2].partition(",")[0].replace(".0", "")


def test_other_limits_take_their_place_and_none_takes_them_away(host: Host, baseline: Any) -> None:
    try:
        assert baseline(host_journald_runtime_max_use="64M").ok().changed == 1
        assert most_of_the_journal(host) == "64M"
        assert baseline(host_journald=False).ok().changed == 1
        assert not host.file(DROP_IN).exists
    finally:
        baseline().ok()


def test_limits_that_journald_never_read_are_read_by_the_next_run(host: Host, baseline: Any) -> None:
    """As a run leaves them that is killed between the file and the restart."""
    before = host.check_output("systemctl show --property=InvocationID systemd-journald")
    host.check_output(f"touch {DROP_IN}")
    assert baseline().ok().changed == 1
    assert host.check_output("systemctl show --property=InvocationID systemd-journald") != before
    assert baseline().ok().changed == 0


def test_a_service_that_listens_wider_than_the_inventory_says_is_a_bad_row(host: Host, look: Any) -> None:
    component = {"bookworm": "alertmanager", "trixie": "prometheus", "testing": "grafana"}[
        host.check_output("hostname")
    ]
    port = {"alertmanager": 9093, "prometheus": 9090, "grafana": 3000}[component]
    host.check_output(f"useradd --system aetherlink-{component}")
    serve = f"systemd-run --quiet --unit=wide --uid=aetherlink-{component} python3 -m http.server {port} --bind"
    row = f"ROW {component} listens: "
    try:
        assert f"{row}ok, wanted on 127.0.0.1:{port} alone, seen on nothing." in look()
        listen(host, f"{serve} 0.0.0.0", port)
        assert f"{row}BAD, wanted on 127.0.0.1:{port} alone, seen on 0.0.0.0:{port}." in look()
        assert f"{row}ok" in look(**{f"{component}_listen_address": "0.0.0.0"})  # noqa: S104 - what the inventory would say
        host.check_output("systemctl stop wide")
        listen(host, f"{serve} 127.0.0.1", port)
        assert f"{row}ok, wanted on 127.0.0.1:{port} alone, seen on 127.0.0.1:{port}." in look()
    finally:
        host.run("systemctl stop wide")
        host.check_output(f"userdel aetherlink-{component}")


def listen(host: Host, command: str, port: int) -> None:
    host.check_output(command)
    host.check_output(f"timeout 10 sh -c \"until ss -Hltn 'sport = :{port}' | grep -q .; do sleep 0.1; done\"")
