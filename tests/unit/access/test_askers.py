# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that asks a component does so by HTTPS and with the password, and tells what does not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access
from ansible_collections.aetherlink.monitoring.plugins.module_utils.drill.component_apis import DrillError, Prometheus
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana, GrafanaError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.http_api import Api
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.health_probe import (
    HealthCheck,
    HealthProbe,
    HealthStatus,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.store import Release
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.watch import Watcher
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import certificate_rows as certificate
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify import prometheus_rows as prometheus
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import getter
from ansible_collections.aetherlink.monitoring.plugins.modules import alertmanager_silence, grafana_annotation, verify

CONFIG = b"one\n"


@pytest.fixture
def guarded(component: Any) -> Any:
    """By HTTPS, for the machine user alone."""
    component.login = "aetherlink:correct horse"
    return component


@pytest.fixture
def stranger(access: dict[str, str], authorities: Any) -> dict[str, str]:
    """Who expects another certificate."""
    authorities.other.context("mon1.example")
    return {**access, "certificate_file": str(authorities.other.file_of("mon1.example"))}


# The API of modules


def test_an_api_is_asked_as_access_says(guarded: Any, access: dict[str, str], stranger: dict[str, str]) -> None:
    assert Api(guarded.url, "Alertmanager", access=Access.of(access)).ask("GET", "/") == "well"

    with pytest.raises(OSError, match="certificate is not the one in"):
        Api(guarded.url, "Alertmanager", access=Access.of(stranger)).ask("GET", "/")
    with pytest.raises(OSError, match=r"^Alertmanager answers 401: it asks for a user and a password"):
        Api(guarded.url, "Alertmanager", access=Access(access["certificate_file"])).ask("GET", "/")
    with pytest.raises(OSError, match="HTTPS there"):
        Api(guarded.url.replace("https:", "http:"), "Alertmanager").ask("GET", "/")


def test_silences_are_asked_for_with_the_option_of_the_module(guarded: Any, access: dict[str, str]) -> None:
    guarded.answers["/api/v2/silences"] = []
    api = alertmanager_silence.Api(guarded.url, "Alertmanager", access=Access.of(access))

    assert alertmanager_silence.absent(api, {"comment": "x", "matchers": []}, False)["changed"] is False


# The health check of a release


@pytest.fixture
def release(tmp_path: Path) -> Callable[..., Release]:
    """release(name, password, check): one on disk."""

    def make(name: str, password: str, check: dict[str, Any] | None = None) -> Release:
        (tmp_path / name / "etc" / "secrets").mkdir(parents=True)
        (tmp_path / name / "etc" / "app.conf").write_bytes(CONFIG)
        (tmp_path / name / "etc" / "secrets" / "web_password").write_text(password)
        return Release(tmp_path / name, {"health_check": check} if check else {})

    return make


@pytest.fixture
def spec(guarded: Any, access: dict[str, str]) -> HealthCheck:
    guarded.answers["/readyz"] = {"config_sha256": hashlib.sha256(CONFIG).hexdigest(), "config_error": None}
    return HealthCheck(
        ready_url=f"{guarded.url}/readyz",
        status_url=f"{guarded.url}/readyz",
        digest_field="config_sha256",
        error_field="config_error",
        config_file="app.conf",
        access={**access, "password_file": "secrets/web_password"},
    )


def test_each_release_is_healthy_with_its_own_password(
    guarded: Any, spec: HealthCheck, release: Callable[..., Release]
) -> None:
    probe = HealthProbe(spec)
    old, new = release("0001", "the old one", probe.record()), release("0002", "correct horse")

    assert probe.check(new).loaded
    file = f"{old.path}/etc/secrets/web_password"
    assert probe.check(old) == HealthStatus(
        trouble=f"{guarded.url}/readyz answers 401: it does not take the user aetherlink with the password in {file}"
    )
    assert probe.record()["access"] == spec.access  # paths, no password


def test_before_the_switch_the_password_is_that_of_what_runs(
    guarded: Any, spec: HealthCheck, release: Callable[..., Release]
) -> None:
    """Else a reload that has not happened yet would look like one that has: see Activation._prove."""
    probe = HealthProbe(spec)
    old, new = release("0001", "correct horse", probe.record()), release("0002", "the new one")

    assert not probe.check(new).ready
    assert probe.check(new, running=old).loaded


def test_a_release_from_before_there_was_access_is_still_healthy(
    serve: Callable[..., Any], spec: HealthCheck, release: Callable[..., Release]
) -> None:
    server = serve(None)
    server.answers["/readyz"] = {"config_sha256": hashlib.sha256(CONFIG).hexdigest(), "config_error": None}
    recorded = {key: value for key, value in HealthProbe(spec).record().items() if key != "access"}
    recorded.update(ready_url=f"{server.url}/readyz", status_url=f"{server.url}/readyz")

    assert HealthProbe(spec).check(release("0001", "any", recorded)).loaded
    assert HealthProbe(HealthCheck(**recorded)).check(release("0002", "any")).loaded  # as component_rollback reads it
    assert server.authorizations == [""] * 4


def test_what_does_not_fit_is_trouble_and_no_crash(
    guarded: Any, spec: HealthCheck, release: Callable[..., Release], stranger: dict[str, str], tmp_path: Path
) -> None:
    one = release("0001", "correct horse")

    def trouble(**access: str) -> str:
        changed = {**spec.access, **access}
        return HealthProbe(HealthCheck(**{**HealthProbe(spec).record(), "access": changed})).check(one).trouble

    wrong = trouble(certificate_file=stranger["certificate_file"])
    assert "does not answer (its certificate is not the one in" in wrong
    assert f"cannot be read from {tmp_path}/none: No such file" in trouble(certificate_file=f"{tmp_path}/none")
    assert f"cannot be read from {one.path}/etc/secrets/none: No such" in trouble(password_file="secrets/none")


# The watch after a deploy


def watcher(url: str, access: dict[str, str], password: str = "") -> Watcher:
    conditions = [{"name": "up", "query": "up", "for": 0}]
    return Watcher({"url": url, "duration": 0.1, "conditions": conditions, "access": access, "password": password})


@pytest.fixture
def promising(guarded: Any) -> Any:
    """A Prometheus where every condition is true."""
    result = [{"metric": {}, "value": [0, "1"]}]
    guarded.answers["/api/v1/query"] = {"data": {"resultType": "vector", "result": result}}
    return guarded


def test_prometheus_is_watched_as_access_says(promising: Any, access: dict[str, str]) -> None:
    watching = watcher(promising.url, access)

    assert watching.begin() == []
    watching.watch(lambda: "")


def test_a_password_that_changes_between_the_components_breaks_no_watch(promising: Any, access: dict[str, str]) -> None:
    file = Path(access["password_file"])
    file.write_text("the old one")
    promising.login = "aetherlink:the old one"
    before_prometheus = watcher(promising.url, access, password="the new one")
    assert before_prometheus.begin() == []
    file.write_text("the new one")  # this component's own switch
    before_prometheus.watch(lambda: "")

    promising.login = "aetherlink:the new one"
    before_prometheus.watch(lambda: "")

    file.write_text("the old one")
    assert watcher(promising.url, access, password="the new one").begin() == []
    file.unlink()
    assert watcher(promising.url, access, password="the new one").begin() == []
    promising.login = ""
    assert watcher(promising.url, access).begin() == []  # no password yet anywhere


def test_a_prometheus_that_lets_nobody_in_is_told_and_not_watched(
    promising: Any, access: dict[str, str], stranger: dict[str, str]
) -> None:
    promising.login = "aetherlink:another"
    (refused,) = watcher(promising.url, access).begin()
    (unknown,) = watcher(promising.url, stranger).begin()

    assert "answers 401: it does not take the user aetherlink with the password in" in refused
    assert "does not answer (its certificate is not the one in" in unknown


# verify


def test_verify_asks_by_access_and_alertmanagers_as_prometheus_does(
    guarded: Any, access: dict[str, str], stranger: dict[str, str], tmp_path: Path
) -> None:
    address = guarded.url.partition("//")[2]
    active = [{"url": f"{guarded.url}/api/v2/alerts"}]
    guarded.answers |= {"/api/v1/alertmanagers": {"data": {"activeAlertmanagers": active}}, "/-/ready": "OK"}
    get = getter(guarded.url, Access.of(access))
    below = {**access, "password_file": "web_password"}

    def seen(how: dict[str, str]) -> str:
        (row,) = prometheus._alertmanagers(get, [{"address": address, "access": how}], tmp_path)
        return str(row["seen"])

    assert seen(below) == "connected"
    assert seen(stranger).startswith("does not answer: its certificate is not the one in")
    assert (
        seen({**access, "user": ""}) == "does not answer: it asks for a user and a password, and none is set for this"
    )


def test_verify_tells_who_is_not_let_in(guarded: Any, access: dict[str, str]) -> None:
    guarded.login = "aetherlink:another"

    (row,) = verify.look("command_center", getter(guarded.url, Access.of(access)), {})

    assert not row["ok"]
    assert f"it does not take the user aetherlink with the password in {access['password_file']}" in row["seen"]


@pytest.mark.parametrize(("days", "ok"), [(9, True), (6, False)])
def test_verify_tells_a_certificate_that_ends_soon(
    serve: Callable[..., Any], authorities: Any, access: dict[str, str], days: int, ok: bool
) -> None:
    server = serve(authorities.own.context("mon1.example", days=days))

    own = {**access, "certificate_file": str(authorities.own.file_of("mon1.example", days=days))}

    (row,) = certificate.rows(server.url, Access.of(own), least_days=7)

    assert (row["check"], row["wanted"], row["ok"]) == ("certificate", "good for 7 days", ok)
    end = datetime.now(timezone.utc) + timedelta(days=days)
    assert row["seen"] in {f"ends on {day:%Y-%m-%d}, in {days - 1}.9 days" for day in (end, end - timedelta(seconds=9))}


def test_verify_has_no_row_of_a_certificate_where_none_is_shown(
    serve: Callable[..., Any], component: Any, stranger: dict[str, str]
) -> None:
    assert certificate.rows(serve(None).url, Access(), least_days=7) == []
    assert certificate.rows(component.url, Access.of(stranger), least_days=7) == [], "the API's row tells of it"


# Grafana


def test_grafana_is_asked_by_https_with_its_own_login(
    component: Any, access: dict[str, str], stranger: dict[str, str]
) -> None:
    component.login = "admin:grafana's own"
    component.answers["/api/org"] = {"name": "Main Org."}
    ask = ("admin", "grafana's own")

    assert Grafana(component.url, *ask, access=Access.of(access)).get("/api/org") == {"name": "Main Org."}
    with pytest.raises(GrafanaError, match="does not answer: its certificate is not the one in"):
        Grafana(component.url, *ask, access=Access.of(stranger)).get("/api/org")
    with pytest.raises(GrafanaError, match="HTTPS there"):
        Grafana(component.url.replace("https:", "http:"), *ask).get("/api/org")
    with pytest.raises(GrafanaError, match="cannot be asked: the component's certificate cannot be read from /nowhere"):
        Grafana(component.url, *ask, access=Access("/nowhere"))


def test_a_mark_is_written_by_https(component: Any, access: dict[str, str]) -> None:
    component.answers["/api/annotations"] = {"id": 7}
    task = {"url": component.url, "user": "admin", "password_file": access["password_file"], "text": "x", "tags": []}

    assert grafana_annotation.mark({**task, "access": access})["id"] == 7
    assert "certificate is not one of" in grafana_annotation.mark({**task, "access": {}})["trouble"]


# The drill


def test_a_drill_asks_each_component_by_its_own_access(guarded: Any, access: dict[str, str]) -> None:
    guarded.answers["/api/v1/query"] = {"data": {"result": [{"value": [0, "1"]}]}}
    drill = {"prometheus": guarded.url, "access": {"prometheus": access, "alertmanager": {}}}

    assert Prometheus.of(drill).up("crm", "dev") == 1
    with pytest.raises(DrillError, match=r"cannot be asked for /api/v1/query .*certificate is not one of"):
        Prometheus.of({**drill, "access": {}}).up("crm", "dev")
