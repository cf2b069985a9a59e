# SPDX-License-Identifier: GPL-3.0-or-later
"""A component's own word over real HTTP: metrics as Prometheus and Alertmanager have them, JSON as our programs do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.health_probe import (
    HealthCheck,
    HealthProbe,
    HealthStatus,
    alertmanager_hash,
    metric,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.store import Release

CONFIG = b"""# Managed by aetherlink.monitoring: change the inventory, not this file.
route:
  receiver: nobody
  group_by:
  - env
  - alertname
  - service
receivers:
- name: nobody
"""
HASH = 168172907145530  # what Alertmanager 0.25 shows for it
METRICS = """# HELP app_config_hash Hash of the currently loaded configuration.
# TYPE app_config_hash gauge
app_config_hash {hash}
# HELP app_config_last_reload_success_timestamp_seconds Timestamp of the last successful configuration reload.
# TYPE app_config_last_reload_success_timestamp_seconds gauge
app_config_last_reload_success_timestamp_seconds 1.7954883065679743e+09
# HELP app_config_last_reload_successful Whether the last configuration reload attempt was successful.
# TYPE app_config_last_reload_successful gauge
app_config_last_reload_successful {success}
app_config_last_reload_successful_total 7
app_requests_total{{code="200"}} 5
"""


@pytest.fixture
def release(tmp_path: Path) -> Release:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "app.conf").write_bytes(CONFIG)
    return Release(tmp_path, {})


@pytest.fixture
def by_metrics(server: Any, release: Release) -> Callable[..., HealthStatus]:
    """One look at a service with these metrics."""

    def look(success: str = "1", hash: str = "1.6817290714553e+14", **spec: str) -> HealthStatus:
        server.put("/-/ready", "OK")
        server.put("/metrics", METRICS.format(success=success, hash=hash))
        return HealthProbe(metrics_spec(server, **spec)).check(release)

    return look


def metrics_spec(server: Any, **changes: str) -> HealthCheck:
    spec = {
        "ready_url": f"{server.url}/-/ready",
        "metrics_url": f"{server.url}/metrics",
        "success_metric": "app_config_last_reload_successful",
        "time_metric": "app_config_last_reload_success_timestamp_seconds",
        "hash_metric": "app_config_hash",
        "config_file": "app.conf",
    }
    return HealthCheck(**{**spec, **changes})  # type: ignore[arg-type]


def status_look(server: Any, release: Release, status: Any, ready: int = 200) -> HealthStatus:
    server.put("/readyz", status, status=ready)
    spec = HealthCheck(
        ready_url=f"{server.url}/readyz",
        status_url=f"{server.url}/readyz",
        digest_field="config_sha256",
        error_field="config_error",
        loads_field="config_loads",
        config_file="app.conf",
    )
    return HealthProbe(spec).check(release)


# By metrics


def test_the_hash_of_a_configuration_is_the_one_that_alertmanager_shows() -> None:
    assert alertmanager_hash(CONFIG) == HASH


def test_a_service_that_loaded_the_configuration_is_healthy(by_metrics: Callable[..., HealthStatus]) -> None:
    assert by_metrics() == HealthStatus(ready=True, loaded=True, stamp="1795488306.5679743")


def test_a_service_that_refused_the_configuration_says_so(by_metrics: Callable[..., HealthStatus]) -> None:
    look = by_metrics(success="0")

    assert look.ready and look.refused and not look.loaded
    assert look.trouble == "app_config_last_reload_successful is 0.0"


def test_a_service_that_still_runs_another_configuration_is_not_healthy(
    by_metrics: Callable[..., HealthStatus],
) -> None:
    look = by_metrics(hash="2.1e+13")

    assert look.ready and not look.loaded and not look.refused
    assert look.trouble == "it still runs another configuration"


def test_a_service_without_a_hash_is_healthy_by_its_success_alone(by_metrics: Callable[..., HealthStatus]) -> None:
    assert by_metrics(hash="5", hash_metric="").loaded


def test_a_service_without_the_metric_is_not_healthy(by_metrics: Callable[..., HealthStatus]) -> None:
    look = by_metrics(success_metric="another_metric")

    assert not look.loaded and look.trouble == "another_metric is None"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("app_config_last_reload_successful", 1.0),
        ("app_config_last_reload_successful_total", 7.0),
        ("app_config_last_reload", None),
        ("app_requests_total", None),
    ],
)
def test_a_metric_is_found_by_its_whole_name(name: str, value: float | None) -> None:
    assert metric(METRICS.format(success="1", hash="1"), name) == value


# By JSON


def test_a_program_that_says_the_digest_of_its_configuration_is_healthy(server: Any, release: Release) -> None:
    digest = hashlib.sha256(CONFIG).hexdigest()

    look = status_look(
        server, release, {"ready": True, "config_sha256": digest, "config_error": None, "config_loads": 3}
    )

    assert look == HealthStatus(ready=True, loaded=True, stamp=f"{digest} 3")


def test_a_program_that_refused_its_configuration_says_why(server: Any, release: Release) -> None:
    error = "verticals[3] has no url"
    status = {"ready": True, "config_sha256": "fead825c", "config_error": error, "config_loads": 1}

    look = status_look(server, release, status)

    assert look == HealthStatus(ready=True, refused=True, stamp="fead825c 1", trouble="verticals[3] has no url")


def test_a_program_with_another_digest_is_not_healthy(server: Any, release: Release) -> None:
    status = {"ready": True, "config_sha256": "fead825c", "config_error": None, "config_loads": 1}
    look = status_look(server, release, status)

    assert look == HealthStatus(ready=True, stamp="fead825c 1", trouble="it still runs another configuration")


# What does not answer as it should


def test_a_service_that_is_not_ready_yet_is_told_with_its_status(server: Any, release: Release) -> None:
    look = status_look(server, release, {"ready": False}, ready=503)

    assert look == HealthStatus(trouble=f"{server.url}/readyz answers 503")


def test_a_service_that_does_not_listen_is_told(nobody: str, release: Release) -> None:
    look = HealthProbe(HealthCheck(ready_url=f"http://{nobody}/-/ready")).check(release)

    assert look == HealthStatus(trouble=f"http://{nobody}/-/ready does not answer ([Errno 111] Connection refused)")


@pytest.mark.parametrize(
    "status", ["", "<html>sign in</html>", "null", "[]", '"ok"', {"ready": True}], ids=lambda s: str(s) or "nothing"
)
def test_a_status_that_is_not_the_components_is_trouble_and_no_crash(
    server: Any, release: Release, status: Any
) -> None:
    look = status_look(server, release, status)

    assert not look.ready and "does not answer" in look.trouble


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-OpenSSH_9.2p1\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"]
)
@pytest.mark.parametrize("path", ["/-/ready", "/metrics"])
def test_something_else_on_the_port_is_trouble_and_no_crash(
    server: Any, release: Release, raw: bytes, path: str
) -> None:
    server.put("/-/ready", "OK")
    server.put("/metrics", METRICS.format(success="1", hash="1"))
    server.put_raw(path, raw)

    look = HealthProbe(metrics_spec(server)).check(release)

    assert not look.ready and "\n" not in look.trouble
    assert look.trouble.startswith(f"{server.url}{path} does not answer (")


@pytest.mark.parametrize(
    "text", ["app_config_last_reload_successful \n", "app_config_last_reload_successful x\n", b"\xff\xfe"]
)
def test_metrics_that_are_none_are_trouble_and_no_crash(server: Any, release: Release, text: str | bytes) -> None:
    server.put("/-/ready", "OK")
    server.put("/metrics", text)

    assert not HealthProbe(metrics_spec(server)).check(release).loaded


def test_a_proxy_of_the_hosts_environment_is_not_asked(
    by_metrics: Callable[..., HealthStatus], nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{nobody}")
    monkeypatch.setenv("no_proxy", "")

    assert by_metrics().loaded


# Where to ask


def test_a_release_is_asked_where_it_was_made_to_listen(
    by_metrics: Callable[..., HealthStatus], server: Any, nobody: str, release: Release
) -> None:
    assert by_metrics().loaded
    older = Release(release.path, {"health_check": HealthProbe(metrics_spec(server)).record()})
    newer = HealthProbe(metrics_spec(server, ready_url=f"http://{nobody}/-/ready"))

    assert newer.check(older).loaded
    assert not newer.check(release).ready
