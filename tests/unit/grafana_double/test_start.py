# SPDX-License-Identifier: GPL-3.0-or-later
"""What ends the double's start, what it passes over, and what a restart keeps."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from .conftest import PASSWORD, Double, Make, dashboard, source


def test_it_says_that_it_is_a_double(make: Make, program: Path) -> None:
    double = make().start()
    said = subprocess.run([sys.executable, program, "--version"], capture_output=True, text=True, check=True).stdout

    assert said == "grafana version 13.0.1 (test double, not Grafana)\n"
    assert double.http.get("/api/health").headers["X-Test-Double"] == "grafana"
    assert double.get("/api/health") == {"database": "ok", "version": "13.0.1", "commit": "test-double"}


@pytest.mark.parametrize(
    ("section", "key", "value", "cause"),
    [
        ("server", "http_port", "web", "unknown port"),
        ("database", "type", "oracle", "unknown database type: oracle"),
        ("auth", "login_maximum_lifetime_duration", "5 days", "invalid login_maximum_lifetime_duration"),
        ("security", "admin_password", "$__file{/nowhere}", "failed to expand $__file{/nowhere}"),
    ],
)
def test_a_setting_that_the_real_one_refuses_ends_the_start(
    make: Make, section: str, key: str, value: str, cause: str
) -> None:
    double = make()
    double.ini.setdefault(section, {})[key] = value

    assert cause in double.refusal()


def test_an_unknown_key_and_a_value_of_the_wrong_type_change_nothing(make: Make) -> None:
    double = make()
    double.ini["server"].update(read_timeout="soon", no_such_key="x", router_logging="perhaps")
    double.ini["no_such_section"] = {"key": "value"}

    double.start()


def test_a_port_that_is_taken_ends_the_start(make: Make) -> None:
    double = make()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", double.port))
        taken.listen()

        assert "Address already in use" in double.refusal()


def test_a_folder_general_ends_the_start_after_the_first_answers(make: Make) -> None:
    double = make()
    double.put("General/a.json", dashboard("a"))

    assert 'can\'t provision folder \\"General\\"' in double.refusal()


def test_health_answers_before_the_dashboards_are_there(make: Make) -> None:
    double = make()
    double.put("a.json", dashboard("a"))
    double.start()

    assert double.uids() == set()
    for _ in range(100):
        if double.uids():
            break
        time.sleep(0.05)
    assert double.uids() == {"a"}


def test_the_password_of_the_settings_counts_at_the_first_start_alone(make: Make) -> None:
    double = make().start()
    new = {"oldPassword": PASSWORD, "newPassword": "second-password", "confirmNew": "second-password"}
    assert double.http.put("/api/user/password", json={**new, "oldPassword": "wrong"}).status_code == 401
    assert double.http.put("/api/user/password", json=new).status_code == 200
    double.stop()

    double.start()

    assert double.http.get("/api/org").status_code == 401
    assert double.http.get("/api/org", auth=("ADMIN", "second-password")).status_code == 200


def test_five_failed_logins_lock_the_account_also_over_a_restart(make: Make) -> None:
    double = make().start()
    for number in range(5):
        assert double.http.get("/api/org", auth=("admin", "wrong")).status_code == 401
        if number == 3:  # does not make those before it forgotten
            assert double.http.get("/api/org").status_code == 200
    double.stop()

    double.start()

    assert double.http.get("/api/org").status_code == 401
    assert double.http.get("/api/health").status_code == 200


def test_a_file_of_a_setting_is_not_expanded_again(make: Make, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a${NAMED}b\n")
    double = make()
    double.ini["security"]["admin_password"] = f"$__file{{{tmp_path}/secret}}"

    double.http.auth = httpx.BasicAuth("admin", "a${NAMED}b")
    double.start("/api/org")


def test_metrics_have_a_login_of_their_own(make: Make) -> None:
    double = make()
    double.ini["metrics"] = {"basic_auth_username": "prometheus", "basic_auth_password": "secret"}
    double.start("/api/org")

    assert double.http.get("/metrics").status_code == 401
    answer = double.http.get("/metrics", auth=("prometheus", "secret"))
    assert 'handler="/api/org",method="GET",status_code="200"} 1' in answer.text


def test_without_its_plugin_prometheus_is_not_asked(make: Make) -> None:
    double = make()
    double.sources(source())
    (double.root / "home/data/plugins-bundled/prometheus/plugin.json").unlink()
    double.start()

    answer = double.http.get("/api/datasources/uid/prometheus/health")
    assert (answer.status_code, answer.json()) == (404, {"message": "Plugin not found"})


def test_everything_stays_over_a_restart(make: Make) -> None:
    double: Double = make()
    double.put("Team/a.json", dashboard("a"))
    double.start()
    assert double.reload()[0] == 200
    double.http.post("/api/annotations", json={"text": "deployed", "tags": ["deploy", "x"]})
    before = double.get("/api/dashboards/uid/a")
    double.stop()

    double.start()

    assert double.get("/api/dashboards/uid/a") == before
    assert [one["text"] for one in double.get("/api/annotations", tags="deploy")] == ["deployed"]
    assert double.get("/api/annotations", tags="other") == []
