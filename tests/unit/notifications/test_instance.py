# SPDX-License-Identifier: GPL-3.0-or-later
"""The release's own Alertmanager for a question; a small program stands in for it."""

from __future__ import annotations

import errno
import getpass
import socket
import sys
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications import instance as instance_module
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.instance import (
    Instance,
    NoAnswerError,
    running,
    until,
)

TAKEN = 'level=ERROR msg="Listen error" err="listen tcp 127.0.0.1:1: bind: address already in use"'
PROGRAM = """\
#!{python}
import http.server, pathlib, sys
starts = pathlib.Path({starts!r})
with starts.open("a") as file:
    print("started", file=file)
if len(starts.read_text().splitlines()) <= {fails}:
    sys.exit({says!r})
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
port = next(a.rpartition(":")[2] for a in sys.argv if a.startswith("--web.listen-address="))
http.server.HTTPServer(("127.0.0.1", int(port)), Ready).serve_forever()
"""


@pytest.fixture
def starts(tmp_path: Path) -> Path:
    """One line for each start of the program."""
    return tmp_path / "starts"


def program(starts: Path, fails: int, says: str) -> Path:
    """It ends with these words as often as that, and is ready from then on."""
    path = starts.with_name("program")
    path.write_text(PROGRAM.format(python=sys.executable, starts=str(starts), fails=fails, says=says))
    path.chmod(0o755)
    return path


def test_a_port_that_is_taken_before_it_listens_is_left_for_another(starts: Path) -> None:
    with running(program(starts, 2, TAKEN), {}, getpass.getuser()) as instance:
        assert instance.log_file.exists()

    assert len(starts.read_text().splitlines()) == 3


@pytest.mark.parametrize(("says", "times"), [(TAKEN, 3), ('err="no such receiver"', 1)])
def test_what_does_not_help_by_another_port_is_told(starts: Path, says: str, times: int) -> None:
    with (
        pytest.raises(NoAnswerError, match="does not start with the configuration: "),
        running(program(starts, 9, says), {}, getpass.getuser()),
    ):
        pytest.fail("it never was ready")

    assert len(starts.read_text().splitlines()) == times


CONFIG = {"receivers": [{"name": "nobody"}], "route": {"receiver": "nobody"}}
ALERT = {"alertname": "Down", "env": "dev"}


def test_an_alert_fires_until_it_is_resolved(programs: Path) -> None:
    with running(programs / "alertmanager", CONFIG, getpass.getuser()) as alertmanager:
        alertmanager.fire([ALERT], {"summary": "it is down"})
        (shown,) = until(lambda: alertmanager.get("alerts") or None, "it does not show the alert")
        alertmanager.resolve([ALERT])
        until(lambda: None if alertmanager.get("alerts") else True, "it shows the alert still")

    assert (shown["labels"], shown["annotations"]) == (ALERT, {"summary": "it is down"})


def test_an_alert_that_it_rejects_is_a_sentence(programs: Path) -> None:
    with (
        running(programs / "alertmanager", CONFIG, getpass.getuser()) as alertmanager,
        pytest.raises(NoAnswerError, match=r"^Alertmanager refuses an alert: .*at least one label pair required"),
    ):
        alertmanager.fire([{}])


def test_it_ends_with_the_block_however_that_ends(programs: Path, scratch_place: Path) -> None:
    with pytest.raises(RuntimeError), running(programs / "alertmanager", CONFIG, getpass.getuser()) as alertmanager:
        raise RuntimeError

    def is_gone() -> bool | None:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", alertmanager.port)) == errno.ECONNREFUSED or None

    until(is_gone, "it listens still")
    assert list(scratch_place.iterdir()) == []


def test_failed_notifications_are_read_from_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    cause = 'the team/slack[0]: notify retry canceled after 2 attempts: unexpected status code 404: \\"no\\"'
    log.write_text(
        f'level=ERROR msg="Notify for alerts failed" num_alerts=1 err="{cause}"\n'
        'level=ERROR msg="Notify for alerts failed" err="context canceled"\nlevel=INFO err="another"\n'
    )

    assert Instance(1, log).failures() == [
        'receiver "the team" by slack: unexpected status code 404: "no"',
        "context canceled",
    ]


def test_what_does_not_come_in_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance_module, "PATIENCE", 0.05)

    with pytest.raises(NoAnswerError, match=r"^too late$"):
        until(lambda: None, "too late")
    assert until(lambda: 0, "too late") == 0, "only None is no answer"


def test_one_that_is_never_ready_is_given_up(starts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance_module, "PATIENCE", 0.2)
    path = starts.with_name("silent")
    path.write_text("#!/bin/sh\nexec sleep 60\n")
    path.chmod(0o755)

    with pytest.raises(NoAnswerError, match="was not ready within"), running(path, {}, getpass.getuser()):
        pytest.fail("it never was ready")
