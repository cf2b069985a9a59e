# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `verify`: what does not answer is a bad row and no traceback; what is not good yet is asked again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import getter, same_version
from ansible_collections.aetherlink.monitoring.plugins.modules import verify

WANTED = {"env": "dev", "version": "0.25.0", "receivers": ["nobody"]}
STATUS = {"cluster": {"peers": [], "status": "disabled"}, "versionInfo": {"version": "0.25.0"}}
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the module would have slept."""
    slept: list[float] = []
    monkeypatch.setattr(verify.time, "sleep", slept.append)
    return slept


@pytest.fixture
def alertmanager(server: Any) -> Any:
    server.put("/api/v2/status", STATUS)
    server.put("/api/v2/receivers", [{"name": "nobody"}])
    return server


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the module as Ansible does; a release.json is there unless a test removes it."""
    current = tmp_path / "alertmanager" / "current"
    current.mkdir(parents=True)
    (current / "release.json").write_text(json.dumps({"id": "0003-3fa9c1d2", "version": "0.25.0-1+b4"}))

    def module(url: str, **changes: Any) -> dict[str, Any]:
        arguments = {"component": "alertmanager", "url": url, "env": "dev", "files": {"receivers": ["nobody"]}}
        with (
            patch_module_args({**arguments, "timeout": 0, "root": str(tmp_path), **changes}),
            pytest.raises(SystemExit) as ended,
        ):
            verify.main()
        assert ended.value.code == 0
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return module


def test_rows_tell_the_component_and_its_release(run: Run, alertmanager: Any) -> None:
    result = run(alertmanager.url)

    assert result["changed"] is False
    assert {r["component"] for r in result["rows"]} == {"alertmanager"}
    assert [(r["check"], r["seen"], r["ok"]) for r in result["rows"]] == [
        ("release", "0003-3fa9c1d2", True),
        ("version", "0.25.0", True),
        ("receivers", "nobody", True),
        ("cluster", "disabled", True),
    ]


def test_the_wanted_version_is_that_of_the_active_release_unless_the_inventory_pins_one(
    run: Run, alertmanager: Any
) -> None:
    def wanted(result: dict[str, Any]) -> str:
        return next(str(r["wanted"]) for r in result["rows"] if r["check"] == "version")

    assert wanted(run(alertmanager.url)) == "0.25.0-1+b4"
    assert wanted(run(alertmanager.url, version="0.28.1")) == "0.28.1"


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text('{"id": ')], ids=["none", "damaged"])
def test_a_host_without_an_active_release_is_bad(
    run: Run, alertmanager: Any, tmp_path: Path, damage: Callable[[Path], Any]
) -> None:
    damage(tmp_path / "alertmanager" / "current" / "release.json")

    rows = {r["check"]: r for r in run(alertmanager.url)["rows"]}

    assert (rows["release"]["seen"], rows["release"]["ok"]) == ("none", False)
    assert not rows["version"]["ok"]


def test_an_api_that_cannot_be_reached_is_a_bad_row(run: Run, nobody: str) -> None:
    release, api = run(f"http://{nobody}")["rows"]

    assert release["ok"]
    assert (api["check"], api["wanted"], api["ok"]) == ("API", "answers", False)
    assert "Connection refused" in api["seen"]


def not_http(server: Any) -> None:
    server.put_raw("/api/v2/status", b"SSH-2.0-OpenSSH_9.2p1\r\n")


def break_off(server: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.put_raw("/api/v2/status", head + b'10\r\n{"cluster"')


def page(server: Any) -> None:
    server.put("/api/v2/status", "<html>sign in</html>")


def error(server: Any) -> None:
    server.put("/api/v2/status", "internal error", status=500)


def another_document(server: Any) -> None:
    server.put("/api/v2/status", {"status": "ok"})


def a_list(server: Any) -> None:
    server.put("/api/v2/status", ["ok"])


def no_document(server: Any) -> None:
    server.put("/api/v2/status", "")


def another_shape(server: Any) -> None:
    server.put("/api/v2/receivers", ["nobody"])


@pytest.mark.parametrize(
    "spoil",
    [not_http, break_off, page, error, another_document, a_list, no_document, another_shape],
    ids=lambda f: f.__name__,
)
def test_an_api_that_talks_nonsense_is_a_bad_row(run: Run, alertmanager: Any, spoil: Callable[[Any], None]) -> None:
    spoil(alertmanager)

    _, api = run(alertmanager.url)["rows"]

    assert (api["check"], api["ok"]) == ("API", False)
    assert api["seen"]


@pytest.mark.parametrize(
    ("component", "path", "answer"),
    [
        ("prometheus", "/api/v1/status/buildinfo", {"status": "success", "data": None}),
        ("prometheus", "/api/v1/status/buildinfo", ["2.42.0"]),
        ("command_center", "/readyz", [True]),
        ("demo_verticals", "/verticals", "crm"),
        ("inbox", "/readyz", [True]),
    ],
)
def test_nonsense_of_any_component_is_a_bad_row(server: Any, component: str, path: str, answer: Any) -> None:
    server.put(path, answer if isinstance(answer, (dict, list)) else f'"{answer}"')
    server.put("/api/fleet", {"env": "dev", "verticals": []})

    (api,) = verify.look(component, getter(server.url), {**WANTED, "services": ["crm"]})

    assert (api["check"], api["ok"]) == ("API", False)


def test_a_proxy_of_the_environment_is_not_asked(
    run: Run, alertmanager: Any, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{nobody}")
    monkeypatch.setenv("no_proxy", "")

    assert all(r["ok"] for r in run(alertmanager.url)["rows"])


def test_what_is_not_good_yet_is_asked_again(alertmanager: Any, naps: list[float]) -> None:
    settling = {**STATUS, "cluster": {"status": "settling"}}
    alertmanager.put("/api/v2/status", lambda _: STATUS if alertmanager.count("/api/v2/status") > 3 else settling)

    rows = verify.until_good("alertmanager", getter(alertmanager.url), WANTED, timeout=60)

    assert all(r["ok"] for r in rows)
    assert naps == [1, 1, 1]


def test_an_api_that_comes_up_late_is_waited_for(alertmanager: Any, naps: list[float]) -> None:
    def late(_: dict[str, str]) -> Any:
        return STATUS if naps else "starting"

    alertmanager.put("/api/v2/status", late)

    assert all(r["ok"] for r in verify.until_good("alertmanager", getter(alertmanager.url), WANTED, timeout=60))


def test_what_stays_bad_is_told_after_the_timeout(
    alertmanager: Any, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    alertmanager.put("/api/v2/receivers", [])
    monkeypatch.setattr(verify.time, "monotonic", lambda: float(len(naps)))

    rows = verify.until_good("alertmanager", getter(alertmanager.url), WANTED, timeout=5)

    assert [r["check"] for r in rows if not r["ok"]] == ["receivers"]
    assert len(naps) == 5


def test_what_is_good_at_once_is_asked_once(alertmanager: Any, naps: list[float]) -> None:
    verify.until_good("alertmanager", getter(alertmanager.url), WANTED, timeout=60)

    assert naps == [] and alertmanager.count("/api/v2/status") == 1


@pytest.mark.parametrize(
    ("wanted", "seen", "same"),
    [
        ("2.42.0+ds-5+deb12u1", "2.42.0+ds", True),
        ("2.42.0+ds-5+b5", "2.42.0", True),
        ("0.25.0-1+b4", "0.25.0", True),
        ("3.5.3+ds1", "3.5.3+ds1", True),
        ("3.5.0", "3.5.0", True),
        ("2.42.0+ds-5", "2.42", False),
        ("2.42.0", "2.4", False),
        ("2.42.01", "2.42.0", False),
        ("3.5.0-rc.0", "3.5.0", False),
        ("3.5.0", "3.5.0-rc.0", False),
        ("2.53.3+ds1-2", "2.42.0+ds", False),
        ("2.42.0", "", False),
        ("none", "2.42.0", False),
    ],
)
def test_versions_are_the_same_when_the_distribution_only_adds_to_them(wanted: str, seen: str, same: bool) -> None:
    assert same_version(wanted, seen) is same
