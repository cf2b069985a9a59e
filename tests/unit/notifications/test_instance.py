# SPDX-License-Identifier: GPL-3.0-or-later
"""The release's own Alertmanager for a question; a small program stands in for it."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.notifications.instance import (
    NoAnswerError,
    running,
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
