# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every component on every host: a proven release, a confined service, nothing that others can read."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://monitored"]
COMPONENTS = ("alertmanager", "command_center", "demo_verticals", "grafana", "inbox", "prometheus")
PACKAGE_UNITS = (
    "prometheus.service",
    "prometheus-alertmanager.service",
    "prometheus-node-exporter.service",
    "grafana-server.service",
)


@pytest.fixture
def deployed(host: Host, component: Callable[[str], Any], run_playbook: Callable[..., Any]) -> list[Any]:
    """The components of the host, as it shows them; there is at least one."""
    # A component that was left out has a directory that says why, and no release.
    names = sorted(host.check_output("cd /opt/aetherlink && ls -d */current | cut -d/ -f1").split())
    assert names and set(names) <= set(COMPONENTS)
    return [component(name) for name in names]


def test_the_active_release_is_the_last_one_healthy(deployed: list[Any]) -> None:
    for component in deployed:
        last = component.journal()[-1]
        assert last["event"] in ("activated", "switched_back")
        assert last["release"] == component.release()
        assert last["health"]["invocation"] == component.property("InvocationID")


def test_its_files_have_their_recorded_sums(deployed: list[Any], host: Host) -> None:
    for component in deployed:
        sums = component.meta()["files"]
        assert sums
        names = " ".join(shlex.quote(name) for name in sums)
        listed = host.check_output(f"cd {component.home}/current && sha256sum -- {names}").splitlines()
        assert {name: found for found, name in (line.split("  ", 1) for line in listed)} == sums, component.name


def test_the_service_runs_as_its_own_user_and_starts_at_boot(deployed: list[Any], host: Host) -> None:
    users = set()
    for component in deployed:
        assert host.service(component.unit).is_running
        assert host.service(component.unit).is_enabled
        process = host.process.get(pid=int(component.property("MainPID")))
        assert process.euser not in ("root", "prometheus")
        users.add(process.euser)
    assert len(users) == len(deployed)


def test_the_service_is_confined(deployed: list[Any], host: Host) -> None:
    for component in deployed:
        analysis = host.check_output(f"systemd-analyze security --no-pager {component.unit}").splitlines()[-1]
        exposure = float(analysis.partition(":")[2].split()[0])
        assert exposure <= 1.5, analysis


def test_the_service_runs_nothing_that_it_wrote(deployed: list[Any], host: Host) -> None:
    for component in deployed:
        if component.name == "grafana":  # its plugins are programs in its data
            continue
        folders = component.property("NoExecPaths").split()
        assert f"/var/lib/aetherlink/{component.name}" in folders and len(folders) == 4
        for folder in folders:
            program = f"{folder}/program"
            script = f"cp /usr/bin/true {program} && {program}; tried=$?; rm {program}; exit $tried"
            run = host.run("nsenter --mount --target %s sh -c %s", component.property("MainPID"), script)
            assert (run.rc, "Permission denied" in run.stderr) == (126, True), (program, run)


def test_the_service_sees_no_other_processes(deployed: list[Any], host: Host) -> None:
    for component in deployed:
        pid = component.property("MainPID")
        user = host.process.get(pid=int(pid)).euser
        command = f"nsenter --mount --target {pid} setpriv --reuid={user} --regid={user} --clear-groups ls -d"
        assert host.run(f"{command} /proc/self").rc == 0, component.name
        assert host.run(f"{command} /proc/1").rc != 0, component.name


def test_command_center_reaches_no_link_local_address(deployed: list[Any], host: Host) -> None:
    for component in deployed:
        if component.name != "command_center":
            continue
        send = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('169.254.169.254', 9))"
        assert host.run("python3 -c %s", send).rc == 0
        # From the service's own control group.
        group = f"/sys/fs/cgroup{component.property('ControlGroup')}/cgroup.procs"
        run = host.run("python3 -c %s", f"open('{group}', 'w').write('0'); {send}")
        assert "PermissionError" in run.stderr, run


def test_others_can_neither_read_nor_change_a_release(deployed: list[Any], host: Host) -> None:
    for component in deployed:
        releases = f"{component.home}/releases"
        assert host.check_output(f"find {releases} -mindepth 1 ! -type l -perm /o+rwx") == ""
        assert host.check_output(f"find {component.home} ! -user root") == ""
        assert host.check_output(f"find {component.home} ! -type l -perm /g+w") == ""
        data = host.file(f"/var/lib/aetherlink/{component.name}")
        assert data.is_directory and data.mode == 0o750


def test_people_find_the_configuration_under_etc(deployed: list[Any], host: Host) -> None:
    for component in deployed:
        link = host.file(f"/etc/aetherlink/{component.name}")
        assert link.linked_to == f"{component.home}/releases/{component.release()}/etc"


def test_a_packages_own_service_never_ran(host: Host, deployed: list[Any]) -> None:
    for unit in PACKAGE_UNITS:
        assert host.check_output(f"systemctl show {unit} --property=ActiveEnterTimestamp --value") == ""
        assert not host.service(unit).is_running


def test_no_unit_has_failed(host: Host) -> None:
    assert host.check_output("systemctl --failed --no-legend --plain") == ""


def test_a_run_that_changes_nothing_leaves_every_process_and_release(
    deployed: list[Any], deploy: Callable[..., Any]
) -> None:
    before = [component.state() for component in deployed]
    assert deploy().ok().changed == 0
    assert [component.state() for component in deployed] == before
