# SPDX-License-Identifier: GPL-3.0-or-later
"""alertmanager_silence against a double of Alertmanager's API; molecule/alertmanager asks the real one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.modules import alertmanager_silence as silence

CRM = {"matchers": silence.wanted_matchers(['env="prod"', 'service="crm"']), "comment": "migration"}


class DoubleOfAlertmanager(HTTPServer):
    """Keeps silences as the API v2 does: an extended one has the same id."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.silences: list[dict[str, Any]] = []
        self.refuse = ""


class Handler(BaseHTTPRequestHandler):
    server: DoubleOfAlertmanager

    def do_GET(self) -> None:
        self._answer(self.server.silences)

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.refuse:
            self._answer(self.server.refuse, 400)
            return
        kept = [one for one in self.server.silences if one["id"] != given.get("id")]
        made = {"id": f"id-{len(self.server.silences)}", "status": {"state": "active"}, **given}
        self.server.silences = [*kept, made]
        self._answer({"silenceID": made["id"]})

    def do_DELETE(self) -> None:
        for one in self.server.silences:
            if one["id"] == self.path.rpartition("/")[2]:
                one["status"]["state"] = "expired"
        self._answer(None)

    def _answer(self, body: Any, status: int = 200) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"" if body is None else json.dumps(body).encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[DoubleOfAlertmanager]:
    made = DoubleOfAlertmanager()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def api(server: DoubleOfAlertmanager) -> silence.Api:
    return silence.Api(f"http://127.0.0.1:{server.server_port}", "Alertmanager")


def present(api: silence.Api, check_mode: bool = False, **changes: Any) -> dict[str, Any]:
    return silence.present(api, {"duration": "1h", "extend": False, "author": "me", **changes}, CRM, check_mode)


def test_it_is_made_once(api: silence.Api, server: DoubleOfAlertmanager) -> None:
    first = present(api)
    assert first["changed"] and first["silences"] == ["id-0"]
    assert present(api) == {"changed": False, "silences": ["id-0"], "ends_at": first["ends_at"]}
    (made,) = server.silences
    assert (made["comment"], made["createdBy"], made["matchers"]) == ("migration", "me", CRM["matchers"])


def test_the_order_of_the_matchers_does_not_matter_but_the_comment_does(api: silence.Api) -> None:
    present(api)
    turned = {**CRM, "matchers": CRM["matchers"][::-1]}
    assert len(silence.same(api, turned)) == 1
    assert silence.same(api, {**CRM, "comment": "another"}) == []


def test_it_is_extended_and_keeps_its_id(api: silence.Api, server: DoubleOfAlertmanager) -> None:
    present(api)
    assert not present(api, extend=True)["changed"]
    longer = present(api, duration="3h", extend=True)
    assert longer["changed"] and longer["silences"] == ["id-0"]
    (made,) = server.silences
    left = silence.moment(made["endsAt"]) - datetime.now(timezone.utc)
    assert timedelta(hours=2, minutes=59) < left < timedelta(hours=3, minutes=1)
    assert not present(api, duration="2h", extend=True)["changed"]  # never shortened


def test_it_is_expired_and_can_be_made_anew(api: silence.Api, server: DoubleOfAlertmanager) -> None:
    present(api)
    assert silence.absent(api, CRM, False) == {"changed": True, "silences": ["id-0"], "ends_at": ""}
    assert not silence.absent(api, CRM, False)["changed"]
    assert present(api)["changed"]
    assert [one["status"]["state"] for one in server.silences] == ["expired", "active"]


def test_check_mode_does_nothing(api: silence.Api, server: DoubleOfAlertmanager) -> None:
    assert present(api, check_mode=True)["changed"]
    assert server.silences == []
    present(api)
    assert silence.absent(api, CRM, True)["changed"]
    assert server.silences[0]["status"]["state"] == "active"


def test_a_refusal_is_told_in_alertmanagers_words(api: silence.Api, server: DoubleOfAlertmanager) -> None:
    server.refuse = "silence invalid"
    with pytest.raises(OSError, match='Alertmanager answers 400: "silence invalid"'):
        present(api)


def test_nothing_to_match_would_silence_everything() -> None:
    with pytest.raises(ConfigError, match="would silence everything"):
        silence.wanted_matchers([])
