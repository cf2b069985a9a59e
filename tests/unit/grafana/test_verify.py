# SPDX-License-Identifier: GPL-3.0-or-later
"""What Grafana is asked after a deploy: the rows of verify.yml, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana import dashboard_api as dashboards
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Row
from ansible_collections.aetherlink.monitoring.plugins.modules import verify
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana.expectations import expectations

from .conftest import PASSWORD, dashboard, failure, panel, series, target

Look = Callable[..., dict[str, Row]]
FLEET = dashboard(panel("Services up", target('aether_service_up{env=~"$env"}')), panel("Total", target("total")))
DETAIL = dashboard(panel("Up", target('aether_service_up{service=~"$service"}')), uid="detail", revision="ba9876543210")


def answers(query: dict[str, Any]) -> dict[str, Any]:
    return series({"env": "dev", "service": "crm"})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """/opt/aetherlink with an active release of Grafana."""
    current = tmp_path / "grafana" / "current"
    for path, content in {"AetherLink/fleet.json": FLEET, "AetherLink/detail.json": DETAIL}.items():
        file = current / "etc" / "dashboards" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    (current / "etc" / "secrets").mkdir()
    (current / "etc" / "secrets" / "admin_password").write_text(PASSWORD)
    (current / "release.json").write_text(json.dumps({"id": "0002-3fa9c1d2", "version": "13.2.3"}))
    return tmp_path


@pytest.fixture
def look(root: Path, double: Any, capsys: pytest.CaptureFixture[str]) -> Look:
    """Runs the module as Ansible does; gives the rows by check."""
    double.dashboards = {"fleet": FLEET, "detail": DETAIL}
    double.result = answers

    def module(**changes: Any) -> dict[str, Row]:
        arguments = {"component": "grafana", "url": double.url, "env": "dev", "files": {}, "envs": ["dev"]}
        with (
            patch_module_args({**arguments, "timeout": 0, "root": str(root), **changes}),
            pytest.raises(SystemExit) as ended,
        ):
            verify.main()
        output = capsys.readouterr().out
        assert ended.value.code == 0 and PASSWORD not in output
        return {r["check"]: r for r in json.loads(output)["rows"]}

    return module


def bad(rows: dict[str, Row]) -> dict[str, str]:
    return {check: r["seen"] for check, r in rows.items() if not r["ok"]}


def test_a_healthy_grafana_has_good_rows_only(look: Look) -> None:
    rows = look()

    assert bad(rows) == {}
    assert list(rows) == [
        "release",
        "health",
        "version",
        "data source Prometheus",
        "dashboard detail",
        "dashboard fleet",
        "panels detail",
        "panels fleet",
    ]
    assert rows["dashboard fleet"]["seen"] == "0123456789ab"
    assert rows["panels fleet"]["wanted"] == "2 show data, 1 s each"
    assert rows["panels fleet"]["seen"].startswith("2 of 2; 0.")
    assert ", slowest " in rows["panels fleet"]["seen"]


def test_a_database_that_is_not_well_and_another_version_are_bad(look: Look, double: Any) -> None:
    double.health = {"database": "failing", "version": "12.4.0"}

    assert bad(look()) == {"health": "database failing", "version": "12.4.0"}


def test_a_password_that_is_not_grafanas_is_told_without_it(look: Look) -> None:
    assert "user or password are wrong" in bad(look(password="another-one"))["API"]


def test_without_the_file_of_the_password_its_name_is_told(look: Look, root: Path) -> None:
    (root / "grafana/current/etc/secrets/admin_password").unlink()

    assert "admin_password: No such file" in bad(look())["API"]


def test_data_sources_must_be_healthy(look: Look, double: Any) -> None:
    double.sick["prom"] = (400, "connection refused")

    rows = look()

    assert "answers 400: connection refused" in bad(rows)["data source Prometheus"]
    assert bad(rows)["panels fleet"] == "not queried: the data source Prometheus is not healthy"
    assert double.bodies == []


def test_a_data_source_without_health_check_is_good(look: Look, double: Any) -> None:
    double.sources.append({"uid": "am", "name": "Alertmanager", "type": "alertmanager"})
    double.sick["am"] = (404, "Plugin not found")

    assert look()["data source Alertmanager"]["seen"] == "has no health check"
    assert bad(look()) == {}


def test_data_sources_are_those_of_the_inventory(look: Look, double: Any) -> None:
    double.sources.append({"uid": "old", "name": "Old", "type": "loki", "readOnly": True})
    double.sources.append({"uid": "own", "name": "Somebody's", "type": "loki", "readOnly": False})
    rows = look(files={"datasources": {"prom": "Prometheus", "new": "New"}})

    assert bad(rows) == {"data source New": "not in Grafana", "data source Old": "provisioned"}
    assert "data source Somebody's" not in rows


def test_dashboards_must_be_there_in_the_wanted_version(look: Look, double: Any) -> None:
    double.dashboards = {"fleet": dashboard(revision="000000000000")}

    rows = look()

    assert bad(rows) == {"dashboard fleet": "000000000000", "dashboard detail": "not in Grafana"}
    assert rows["dashboard fleet"]["wanted"] == "0123456789ab"


def test_dashboards_are_those_of_the_inventory(look: Look) -> None:
    rows = look(files={"dashboards": {"fleet": "0123456789ab", "new": "111111111111"}})

    assert bad(rows) == {"dashboard new": "not in Grafana", "dashboard detail": "provisioned"}


def test_dashboards_that_people_made_are_left_alone(look: Look, double: Any) -> None:
    double.dashboards["own"] = dashboard(uid="own")
    double.unprovisioned = {"own"}

    assert bad(look()) == {}


def test_many_dashboards_are_looked_through_page_by_page(
    look: Look, double: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboards, "_PAGE", 3)
    double.dashboards.update({f"own-{n}": {"title": "T"} for n in range(10)})
    double.unprovisioned = {f"own-{n}" for n in range(9)}

    assert list(bad(look())) == ["dashboard own-9"]


def test_panels_that_show_no_data_are_named_with_the_cause(look: Look, double: Any) -> None:
    def result(query: dict[str, Any]) -> dict[str, Any]:
        return {"frames": []} if query["expr"] == "total" else answers(query)

    double.result = result

    assert list(bad(look())) == ["panels fleet"]
    assert bad(look())["panels fleet"].startswith("1 of 2; Total: query A gives no data; ")


def test_a_dashboard_of_the_users_own_gives_a_warning_only(look: Look, double: Any, root: Path) -> None:
    folder = root / "grafana/current/etc/dashboards"
    (folder / "Mine").mkdir()
    (folder / "AetherLink/fleet.json").rename(folder / "Mine/fleet.json")
    double.result = lambda query: {"frames": []} if query["expr"] == "total" else answers(query)

    rows = look()

    assert bad(rows) == {}
    assert rows["panels fleet"]["seen"].startswith("warning: 1 of 2; Total: query A gives no data; ")


def test_a_variable_whose_value_a_browser_looks_up_is_a_problem_of_its_panels(look: Look, root: Path) -> None:
    variable = {"name": "node", "type": "query", "query": "label_values(up, instance)"}
    fleet = dashboard(panel("Up", target('up{instance="$node"}')), templating={"list": [variable]})
    (root / "grafana/current/etc/dashboards/AetherLink/fleet.json").write_text(json.dumps(fleet))

    assert bad(look(files={"dashboards": {}}))["panels fleet"].startswith(
        "0 of 1; Up: the variable node has no default"
    )


def test_many_bad_panels_are_counted(look: Look, double: Any, root: Path) -> None:
    many = dashboard(*(panel(f"P{n}", target("a")) for n in range(9)))
    (root / "grafana/current/etc/dashboards/AetherLink/fleet.json").write_text(json.dumps(many))
    double.result = lambda query: failure("boom") if query["expr"] == "a" else answers(query)

    seen = bad(look())["panels fleet"]

    assert seen.startswith(
        "0 of 9; P0: query A fails: boom; P1: query A fails: boom; P2: query A fails: boom; and 6 more"
    )


def test_series_of_another_environment_are_bad_where_they_are_not_expected(look: Look, double: Any) -> None:
    double.result = lambda query: series({"env": "prod", "service": "crm"})

    assert "has series of env prod" in bad(look())["panels fleet"]
    assert bad(look(envs=[])) == {}


def test_panels_that_are_too_slow_are_bad(look: Look) -> None:
    assert "takes 0." in bad(look(panel_limit=0.00001))["panels fleet"]


def test_a_grafana_that_stops_answering_is_told_at_the_panel(look: Look, double: Any) -> None:
    double.override["/api/ds/query"] = (502, b"")

    assert "/api/ds/query answers 502" in bad(look())["panels fleet"]


def test_each_prometheus_is_asked(look: Look, double: Any) -> None:
    double.sources.append({"uid": "two", "name": "Second", "type": "prometheus"})
    double.result = lambda query: answers(query) if query["datasource"]["uid"] == "prom" else {"frames": []}

    rows = look()

    assert rows["panels fleet of Prometheus"]["ok"]
    assert list(bad(rows)) == ["panels detail of Second", "panels fleet of Second"]


def test_dashboards_without_a_prometheus_are_bad(look: Look, double: Any) -> None:
    double.sources.clear()

    assert bad(look()) == {"panels": "Grafana has no Prometheus data source"}


def test_a_file_that_is_no_dashboard_is_told(look: Look, root: Path) -> None:
    (root / "grafana/current/etc/dashboards/AetherLink/fleet.json").write_text("{")

    assert "fleet.json is no dashboard" in bad(look())["API"]


def test_where_grafana_is_left_out_that_is_all(look: Look, root: Path) -> None:
    (root / "grafana" / "left_out").write_text("no repository answers\n")
    assert "left out" not in look()

    (root / "grafana" / "current").rename(root / "grafana" / "gone")
    assert [(r["check"], r["seen"], r["ok"]) for r in look().values()] == [("left out", "no repository answers", True)]
    assert not look(env="prod")["release"]["ok"]


def test_what_is_wanted_is_read_out_of_the_rendered_files() -> None:
    files = {
        "grafana.ini": "",
        "provisioning/datasources/aetherlink.yml": "datasources: [{name: Prometheus, uid: prom, type: prometheus}]",
        "provisioning/dashboards/aetherlink.yml": "providers: []",
        "dashboards/AetherLink/fleet.json": json.dumps(FLEET),
    }

    assert expectations(files) == {
        "datasources": {"prom": "Prometheus"},
        "dashboards": {"fleet": "0123456789ab"},
    }
    assert expectations({}) == {}
