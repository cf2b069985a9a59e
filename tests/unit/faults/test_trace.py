# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read out of strace's lines: the steps of a deploy, and where a strike has really hit."""

from __future__ import annotations

import pytest

from tests.faults.trace import Step, events, general, steps, struck

HOME = "/opt/aetherlink/prometheus"
STAGED = f"{HOME}/releases/.stage-0007-0a1b2c3d"
RECORDED = f"""\
70 execve("/usr/bin/python3", ["/usr/bin/python3"], 0x7ffd9a2c02e8 /* 13 vars */) = 0
70 openat(AT_FDCWD</>, "/usr/lib/python3.11/re", O_RDONLY|O_CLOEXEC|O_DIRECTORY) = 3</usr/lib/python3.11/re>
70 mkdir("/tmp/ansible_payload", 0700) = 0
70 mkdir("{HOME}", 0755) = -1 EEXIST (File exists)
70 openat(AT_FDCWD</>, "{HOME}/.lock", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 4<{HOME}/.lock>
70 flock(4<{HOME}/.lock>, LOCK_EX|LOCK_NB) = 0
70 vfork( <unfinished ...>
71 execve("/usr/bin/systemctl", ["systemctl", "show", "aetherlink-prometheus.service"], 0x7f /* 13 vars */) = 0
71 write(1<pipe:[9]>, "ActiveState=active", 18) = 18
70 <... vfork resumed>) = 71
70 --- SIGCHLD {{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=71}} ---
70 mkdir("{STAGED}", 0777) = 0
70 clone3({{flags=CLONE_VM|CLONE_FS|CLONE_THREAD, child_tid=0x7f}} => {{parent_tid=[75]}}, 88) = 75
70 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f12) = 72
72 execve("{HOME}/current/bin/alertmanager", ["{HOME}/current/bin/alertmanager", "--x=/y"], 0x7f /* 3 vars */) = 0
70 rename("{STAGED}", "{HOME}/releases/0007-0a1b2c3d") = 0
70 write(5<{HOME}/journal.jsonl>, "{{\\"event\\": \\"staged\\", \\"x(\\"}}", 102) = 102
70 write(5<{HOME}/journal.jsonl>, "{{\\"event\\"", 102) = 102
70 unlinkat(6<{HOME}/releases/.stage-0001-00000000/etc>, "rules.yml", 0) = 0
70 write(1<pipe:[8]>, "{{\\"changed\\": true}}", 20) = 20
"""


def test_the_steps_of_a_deploy_are_its_changes_and_the_programs_it_starts():
    assert [step.name for step in steps(RECORDED)] == [
        "openat .lock",
        "flock .lock",
        "vfork systemctl show",
        "mkdir releases/.stage-ID",
        "clone alertmanager",
        "rename releases/ID",
        "write journal.jsonl",
        "write journal.jsonl 2",
        "unlinkat releases/.stage-ID/etc/rules.yml",
    ]


def test_a_step_is_counted_as_strace_counts_the_calls_of_the_process():
    found = {step.name: step.nth for step in steps(RECORDED)}
    assert found["openat .lock"] == 2, "opening to read counts"
    assert found["mkdir releases/.stage-ID"] == 3, "elsewhere counts, and so does one that fails"
    assert found["write journal.jsonl 2"] == 2, "another process's does not"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (HOME, "home"),
        (f"{HOME}/.current.new", ".current.new"),
        (f"{STAGED}/etc/.prometheus.yml.new", "releases/.stage-ID/etc/.prometheus.yml.new"),
        ("/opt/aetherlink/command_center/versions/0123456789abcdef/x", "versions/VERSION/x"),
        ("/opt/aetherlink/command_center/versions/.stage-0123456789abcdef", "versions/.stage-VERSION"),
        ("/run/aetherlink-alertmanager-7.8-x8_1/log", "/run/aetherlink-RANDOM/log"),
        ("/opt/aetherlink/alertmanager/aetherlink-alertmanager-7.8-x8_1/log", "aetherlink-RANDOM/log"),
        ("/opt/aetherlink/command_center/.0123456789abcdef.upload", ".VERSION.upload"),
        ("/etc/systemd/system/.x.service.new", "/etc/systemd/system/.x.service.new"),
    ],
)
def test_places_are_the_same_in_every_deploy(path, expected):
    assert general(path) == expected


RENAME = Step("rename", 1, "current")
RENAMED = f'rename("{HOME}/.current.new", "{HOME}/current")'


def test_a_kill_has_hit_the_last_call_before_it():
    log = f'mkdir("{HOME}", 0755) = -1 EEXIST (File exists)\n{RENAMED} = ?\n+++ killed by SIGKILL +++\n'
    assert struck(log, RENAME) == RENAME


def test_an_error_has_hit_the_injected_call():
    log = f"{RENAMED} = -1 ENOSPC (No space left on device) (INJECTED)\nfsync(5<{HOME}>) = 0\n"
    assert struck(log, RENAME) == RENAME


def test_a_strike_elsewhere_is_told_as_it_was():
    log = f'mkdir("{HOME}/releases", 0755) = -1 EROFS (Read-only file system) (INJECTED)\n{RENAMED} = 0\n'
    assert struck(log, RENAME) == Step("mkdir", 1, "releases")


@pytest.mark.parametrize(
    "log",
    [
        "",
        f"{RENAMED} = 0\n+++ exited with 0 +++\n",
        'openat(AT_FDCWD</>, "/usr/lib/x.py", O_RDONLY) = -1 ENOSPC (No space left on device) (INJECTED)\n',
        'mkdir("/tmp/ansible", 0700) = -1 ENOSPC (No space left on device) (INJECTED)\n',
    ],
)
def test_what_was_not_injected_into_a_step_did_not_strike(log):
    assert struck(log, RENAME) is None


def test_a_killed_fork_is_the_planned_one_by_its_number():
    planned = Step("vfork", 2, "systemctl reload")
    log = "vfork() = 71\nvfork( <unfinished ...>\n+++ killed by SIGKILL +++\n"
    assert struck(log, planned) == planned


def test_events_of_an_empty_log():
    assert events("") == [] and steps("") == []
