# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards come back from Grafana into their sources: what is fetched, what it is compared with, what is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.doc_fragments.access import ModuleDocFragment
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana, GrafanaError
from ansible_collections.aetherlink.monitoring.plugins.modules import dashboard_export
from ansible_collections.aetherlink.monitoring.plugins.modules.dashboard_export import chosen, fetch
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import dashboard_export as export

from .conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[3]
RUNBOOKS = "https://runbooks.example/{alert}"
P: dict[str, Any] = {"uids": [], "replaces": {}, "runbook_url": RUNBOOKS}


def source(uid: str = "fleet", title: str = "Fleet", **more: Any) -> dict[str, Any]:
    links = [{"title": "Runbook", "url": "__RUNBOOK_URL__/Watchdog"}]
    return {"uid": uid, "title": title, "links": links, "templating": {"list": []}, "panels": [], **more}


def deployed(dashboard: dict[str, Any], **edits: Any) -> dict[str, Any]:
    """As Grafana has it; edits were made there."""
    there = json.loads(json.dumps(dashboard).replace("__RUNBOOK_URL__/Watchdog", RUNBOOKS.format(alert="Watchdog")))
    there["templating"]["list"].append({"name": "aether_revision", "type": "constant", "query": "0123456789ab"})
    return {**there, "id": 3, "version": 7, **edits}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The sources on the controller."""
    path = tmp_path / "sources"
    write(path / "AetherLink" / "fleet.json", source())
    return path


def write(path: Path, dashboard: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dashboard, indent=1) + "\n")


Compare = Callable[..., dict[str, export.Found]]


@pytest.fixture
def compare(directory: Path, tmp_path: Path, double: Any, grafana: Grafana) -> Compare:
    """Fetches, compares and writes, as module and action do; gives what was found by uid.

    put: what was deployed; what the double has is what Grafana has now.
    """

    def run(*put: dict[str, Any], **changes: Any) -> dict[str, export.Found]:
        for dashboard in put:
            write(tmp_path / "deployed" / f"{dashboard['uid']}.json", dashboard)
        p = {**P, **changes}
        fetched = fetch(grafana, p["uids"], p["replaces"], str(tmp_path / "deployed") if put else "")
        found = export.compared(json.loads(json.dumps(fetched)), export.sources(str(directory)), p)
        export.write(str(directory), [one for one in found if one.text])
        return {one.uid: one for one in found}

    return run


def test_what_nobody_edited_is_unchanged(compare: Compare, double: Any, directory: Path) -> None:
    double.dashboards["fleet"] = deployed(source())
    before = (directory / "AetherLink/fleet.json").read_text()

    assert compare(deployed(source()))["fleet"].state == export.UNCHANGED
    assert (directory / "AetherLink/fleet.json").read_text() == before


@pytest.mark.parametrize("known", [True, False], ids=["deployed here", "deployed elsewhere"])
def test_an_edit_is_written_to_its_source(compare: Compare, double: Any, directory: Path, known: bool) -> None:
    double.dashboards["fleet"] = deployed(source(), title="The fleet")

    found = compare(*([deployed(source())] if known else []))["fleet"]

    assert (found.state, found.file, found.title) == (export.DRIFTED, "AetherLink/fleet.json", "The fleet")
    assert json.loads((directory / found.file).read_text()) == source(title="The fleet")
    assert (directory / found.file).read_text() == found.text != found.before


def test_a_source_that_moved_on_is_not_set_back(compare: Compare, double: Any, directory: Path) -> None:
    double.dashboards["fleet"] = deployed(source(title="Old"))

    assert compare(deployed(source(title="Old")))["fleet"].state == export.NOT_DEPLOYED
    assert json.loads((directory / "AetherLink/fleet.json").read_text()) == source()


def test_where_both_changed_the_source_is_written_over_only_when_named(
    compare: Compare, double: Any, directory: Path
) -> None:
    double.dashboards["fleet"] = deployed(source(title="Old"), tags=["edited"])
    put = deployed(source(title="Old"))

    assert (compare(put)["fleet"].state, compare(put)["fleet"].text) == (export.BOTH, "")
    assert json.loads((directory / "AetherLink/fleet.json").read_text()) == source()
    assert compare(put, uids=["fleet"])["fleet"].text
    assert json.loads((directory / "AetherLink/fleet.json").read_text())["tags"] == ["edited"]


@pytest.mark.parametrize(("uids", "written"), [([], False), (["new"], True), (["*"], True)])
def test_a_new_dashboard_is_written_when_it_is_named(
    compare: Compare, double: Any, directory: Path, uids: list[str], written: bool
) -> None:
    double.dashboards = {"fleet": deployed(source()), "new": deployed(source("new", "New"))}

    found = compare(uids=uids)["new"]

    assert (found.state, found.file) == (export.NEW, "AetherLink/new.json")
    assert (directory / found.file).exists() is written
    if written:
        made = source("new", "New")
        del made["templating"]  # nothing was left in it
        assert json.loads((directory / found.file).read_text()) == made


def test_a_copy_is_written_as_its_original(compare: Compare, double: Any, directory: Path) -> None:
    copy = deployed(source("bdx2", "Fleet Copy"), tags=["edited"])
    double.dashboards = {"fleet": deployed(source()), "bdx2": copy}

    found = compare(deployed(source()), replaces={"bdx2": "fleet"})

    assert [(one.uid, one.state) for one in found.values()] == [("fleet", export.DRIFTED)]
    assert json.loads((directory / "AetherLink/fleet.json").read_text()) == source(tags=["edited"])


def test_a_source_that_grafana_does_not_have_is_missing(compare: Compare, double: Any, directory: Path) -> None:
    write(directory / "gone.json", source("gone", "Gone"))
    double.dashboards["fleet"] = deployed(source())

    assert compare()["gone"].state == export.MISSING
    assert "gone" not in compare(uids=["fleet"])


def test_a_dashboard_with_a_secret_is_refused_and_the_others_are_written(
    compare: Compare, double: Any, directory: Path, grafana: Grafana
) -> None:
    spill = {"type": "text", "options": {"content": "Authorization: Bearer s3cr3t-s3cr3t"}}
    double.dashboards = {
        "fleet": deployed(source(), title="Fleet!"),
        "leak": deployed(source("leak", "Leak"), panels=[spill]),
    }

    found = compare()
    (refused,) = fetch(grafana, [], {}, "")["refused"]

    assert (found["leak"].state, found["leak"].text) == (export.REFUSED, "")
    assert found["fleet"].text
    assert refused["sentence"].startswith(
        'The dashboard "Leak" (leak) has an authorization header at panels[0].options.content and is not exported: '
    )
    assert "s3cr3t" not in json.dumps(fetch(grafana, [], {}, ""))


def test_a_title_that_is_the_secret_is_not_shown(double: Any, grafana: Grafana) -> None:
    double.dashboards["leak"] = deployed(source("leak", "https://u:hunter2@h.example"))

    assert "hunter2" not in json.dumps(fetch(grafana, [], {}, ""))


def test_a_uid_that_grafana_does_not_have_is_told() -> None:
    with pytest.raises(GrafanaError, match="no dashboard with the uid flet: look"):
        chosen({"fleet"}, ["flet"], {})
    assert chosen({"a", "b", "c"}, ["*"], {"c": "a"}) == ["b", "c"]


def test_files_get_names_that_every_system_takes(compare: Compare, double: Any, directory: Path) -> None:
    assert export._file("new", "General") == "new.json"
    assert export._file("n/e w", "../Übersicht: a/b") == "bersicht- a-b/n-e-w.json"


def test_a_file_keeps_its_mode_and_a_new_one_has_the_umasks(directory: Path) -> None:
    (directory / "AetherLink/fleet.json").chmod(0o640)
    export.write(str(directory), [export.Found("fleet", "", "AetherLink/fleet.json", export.DRIFTED, "", "{}\n")])
    export.write(str(directory), [export.Found("new", "", "New/new.json", export.NEW, "", "{}\n")])

    assert (directory / "AetherLink/fleet.json").stat().st_mode & 0o777 == 0o640
    assert (directory / "New/new.json").stat().st_mode & 0o777 == 0o666 & ~export._umask()
    assert sorted(path.name for path in directory.rglob("*.*")) == ["fleet.json", "new.json"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is no dashboard"),
        ("[]", "is no object"),
        ('{"title": "x"}', "has no uid"),
        ('{"uid": "fleet"}', "change"),
    ],
)
def test_a_source_that_is_none_is_told(directory: Path, text: str, told: str) -> None:
    (directory / "z.json").write_text(text)

    with pytest.raises(GrafanaError, match=told):
        export.sources(str(directory))


PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - aetherlink.monitoring.dashboard_export:
        directory: "{{ out }}/sources"
        url: "{{ url }}"
        password_file: "{{ out }}/password"
        deployed: "{{ out }}/deployed"
        runbook_url: "https://runbooks.example/{alert}"
"""


@pytest.fixture
def play(tmp_path: Path, double: Any) -> Callable[..., str]:
    (tmp_path / "play.yml").write_text(PLAY)
    (tmp_path / "password").write_text(PASSWORD)

    def run(returncode: int, *arguments: str) -> str:
        command = [f"{Path(sys.executable).parent}/ansible-playbook", "-i", "localhost,", "-c", "local", "play.yml"]
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(tmp_path / "tmp"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        }
        extra = ["-e", f"url={double.url}", "-e", f"out={tmp_path}"]
        done = subprocess.run(
            [*command, *extra, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        output = done.stdout + done.stderr
        assert done.returncode == returncode, output
        assert PASSWORD not in output and "Traceback" not in output
        return output

    return run


def test_check_mode_shows_the_line_and_writes_nothing_then_a_run_writes(
    play: Callable[..., str], directory: Path, double: Any
) -> None:
    double.dashboards["fleet"] = deployed(source(), title="The fleet")
    file = directory / "AetherLink/fleet.json"

    shown = play(0, "--check", "--diff")
    lines = [line for line in shown.splitlines() if line.startswith(("-", "+")) and not line.startswith(("---", "+++"))]
    assert lines == ['- "title": "Fleet",', '+ "title": "The fleet",']
    assert "drifted  fleet      AetherLink/fleet.json  would be written" in shown
    assert json.loads(file.read_text())["title"] == "Fleet"

    assert "changed=1" in play(0)
    assert json.loads(file.read_text()) == source(title="The fleet")


def test_a_refused_dashboard_fails_the_task_after_the_others_were_written(
    play: Callable[..., str], directory: Path, double: Any
) -> None:
    double.dashboards["fleet"] = deployed(source(), title="The fleet")
    double.dashboards["leak"] = deployed(source("leak", "Leak"), token="s3cr3t-s3cr3t")

    output = play(2, "-vvv")

    assert 'The dashboard \\"Leak\\" (leak) has a value that is called a secret at token' in output
    assert "s3cr3t" not in output
    assert json.loads((directory / "AetherLink/fleet.json").read_text())["title"] == "The fleet"


def test_what_is_documented_is_what_is_taken() -> None:
    options = yaml.safe_load(dashboard_export.DOCUMENTATION)["options"]
    options.update(yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"])

    assert set(options) == set(dashboard_export.ARGUMENTS)
    for name, argument in dashboard_export.ARGUMENTS.items():
        documented = {key: options[name].get(key) for key in ("type", "default", "required", "elements")}
        assert documented == {key: argument.get(key) for key in documented}, name
