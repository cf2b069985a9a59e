# SPDX-License-Identifier: GPL-3.0-or-later
"""Each host is what the roles need: a booted systemd that confines services, names that resolve, Python, packages."""

from __future__ import annotations

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://all"]
HOSTS = ("bookworm", "trixie", "testing")
OLDEST_SYSTEMD = {"bookworm": 252, "trixie": 257, "testing": 257}


def test_systemd_has_booted_without_a_failed_unit(host: Host) -> None:
    state = host.run("systemctl is-system-running").stdout.strip()
    failed = host.run("systemctl --failed --no-legend --plain").stdout
    assert (state, failed) == ("running", "")


def test_it_is_the_suite_that_its_name_says(host: Host) -> None:
    name = host.check_output("hostname")
    version = int(host.check_output("systemctl --version").split()[1].split(".")[0])
    assert version >= OLDEST_SYSTEMD[name]
    assert name in (host.system_info.codename, "testing")


def test_services_run_in_a_cgroup_of_this_host_alone(host: Host) -> None:
    controllers = host.file("/sys/fs/cgroup/cgroup.controllers")
    assert controllers.exists, "/sys/fs/cgroup is not cgroup v2"
    cgroup = host.check_output("systemd-run --quiet --wait --pipe cat /proc/self/cgroup").splitlines()[-1]
    init = host.file("/proc/1/cgroup").content_string.splitlines()[-1]
    assert init.endswith("/init.scope")
    assert cgroup.startswith(init.removesuffix("/init.scope") + "/system.slice/")


def test_a_service_can_be_confined(host: Host) -> None:
    """The settings that the roles' units use hold: a user of its own, read-only system, filtered system calls."""
    confinement = (
        "DynamicUser=yes ProtectSystem=strict ProtectHome=yes PrivateTmp=yes PrivateDevices=yes PrivateUsers=yes "
        "NoNewPrivileges=yes ProtectKernelTunables=yes ProtectControlGroups=yes RestrictNamespaces=yes "
        "LockPersonality=yes MemoryDenyWriteExecute=yes MemoryMax=64M TasksMax=32 SystemCallFilter=@system-service"
    )
    properties = " ".join(f"-p {setting}" for setting in confinement.split())
    script = "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; touch /etc/written && echo written; id -u"
    result = host.run(f'systemd-run --quiet --wait --pipe {properties} sh -c "{script}"')
    assert result.rc == 0, result.stderr
    no_new_privileges, seccomp, user = result.stdout.splitlines()
    assert no_new_privileges.split() == ["NoNewPrivs:", "1"]
    assert seccomp.split() == ["Seccomp:", "2"]
    assert int(user) > 0


def test_a_service_that_ends_is_started_again(host: Host) -> None:
    host.check_output("systemd-run --quiet --unit=lasting -p Restart=always -p RestartSec=100ms sleep infinity")
    try:
        first = host.check_output("systemctl show --value -p MainPID lasting")
        host.check_output(f"kill -9 {first}")
        host.check_output("timeout 10 sh -c 'until systemctl is-active --quiet lasting; do sleep 0.1; done; sleep 0.5'")
        second = host.check_output("systemctl show --value -p MainPID lasting")
        assert int(second) not in (0, int(first))
    finally:
        host.run("systemctl stop lasting")


@pytest.mark.parametrize("other", HOSTS)
def test_hosts_find_each_other_by_name(host: Host, other: str) -> None:
    assert host.addr(other).is_resolvable


def test_python_and_its_apt_binding_work_for_ansible(host: Host) -> None:
    version = host.check_output("/usr/bin/python3 -c 'import apt, sys; print(*sys.version_info[:2])'")
    assert tuple(map(int, version.split())) >= (3, 11)


def test_packages_can_be_installed(host: Host) -> None:
    assert "prometheus" in host.check_output("apt-cache policy prometheus")
    assert host.run("apt-get install --simulate -qq prometheus prometheus-alertmanager").rc == 0


def test_the_journal_can_be_read(host: Host) -> None:
    host.check_output("systemd-run --quiet --wait --unit=speaks echo words-to-find")
    assert "words-to-find" in host.check_output("journalctl --no-pager --unit=speaks")
