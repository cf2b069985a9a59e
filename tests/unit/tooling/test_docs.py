# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation says is there: plugins in ansible-doc, links, files, commands, variables, journal events."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
README = ROOT / "README.md"
VARIABLES = ROOT / "docs" / "variables.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))]
COLLECTION = "aetherlink.monitoring"
COMPONENTS = "prometheus|alertmanager|command_center|demo_verticals|inbox|grafana"
INTERNAL_ROLES = ("component",)
NOT_FOR_USERS = (
    ".ci",
    ".config",
    ".gitignore",
    "Makefile",
    "ansible.cfg",
    "inventories",
    "molecule",
    "scripts",
    "tests",
)


def run(*command: str, cwd: Path) -> str:
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def documented(kind: str, names: list[str], cwd: Path) -> dict[str, Any]:
    full = [f"{COLLECTION}.{name}" for name in names]
    answer = json.loads(run(f"{BIN}/ansible-doc", "-t", kind, "-j", *full, cwd=cwd))
    assert sorted(answer) == sorted(full)
    return answer


def stems(directory: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / directory).glob("*.py"))


@pytest.mark.parametrize(("kind", "directory"), [("module", "plugins/modules"), ("filter", "plugins/filter")])
def test_ansible_doc_answers_for_every_plugin(kind: str, directory: str, tmp_path: Path) -> None:
    for name, answer in documented(kind, stems(directory), tmp_path).items():
        assert answer["doc"]["short_description"], name
        assert answer["doc"]["version_added"], name
        assert name in answer["examples"], name
        assert answer["return"], name
        undescribed = [option for option, spec in answer["doc"]["options"].items() if not spec["description"]]
        assert undescribed == [], name


def test_every_action_has_the_module_that_documents_it() -> None:
    assert set(stems("plugins/action")) <= set(stems("plugins/modules"))


def test_ansible_doc_answers_for_every_role(tmp_path: Path) -> None:
    roles = sorted(path.name for path in (ROOT / "roles").iterdir() if (path / "meta/argument_specs.yml").is_file())
    for name, answer in documented("role", roles, tmp_path).items():
        role = name.rpartition(".")[2]
        entry_points = {"main"} if role in INTERNAL_ROLES else {"main", "verify"}
        assert set(answer["entry_points"]) == entry_points, name
        for entry in answer["entry_points"].values():
            assert entry["short_description"], name
            assert all(option["description"] for option in entry["options"].values()), name


@cache
def specs() -> dict[str, dict[str, Any]]:
    """The options of all roles' argument specs by name."""
    found = {}
    for path in ROOT.glob("roles/*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text())["argument_specs"].values():
            found.update(entry["options"])
    return found


def test_defaults_in_the_table_of_variables_are_the_real_ones() -> None:
    compared = 0
    for row in re.findall(rf"^\| (`(?:{COMPONENTS})_.*) \|$", VARIABLES.read_text(), re.MULTILINE):
        names, default, *_ = re.split(r" *\| *", row)
        variables, given = (re.findall(r"`([^`]*)`", cell) for cell in (names, default))
        if given:
            assert [yaml.safe_load(text) for text in given] == [specs()[name]["default"] for name in variables], names
            compared += len(variables)
    assert compared > 20


def test_defaults_in_the_argument_specs_are_the_real_ones() -> None:
    compared = 0
    for path in ROOT.glob("roles/*/defaults/**/*.yml"):
        for name, value in yaml.safe_load(path.read_text()).items():
            if "default" in specs().get(name, {}):  # those that follow from other variables are described in words
                assert specs()[name]["default"] == value, name
                compared += 1
    assert compared > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_variables_that_a_page_names_exist(page: Path) -> None:
    names = set(re.findall(rf"`((?:{COMPONENTS})_[a-z_0-9]+)`", page.read_text()))
    metrics = {name for name in names if name.startswith(("prometheus_config_", "alertmanager_config_"))}
    assert names - metrics - set(specs()) - {"prometheus_scrape_intervall"} == set()


def slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)
            assert anchor in [slug(heading) for heading in headings], link


def test_the_readme_leads_to_every_page() -> None:
    links = set(re.findall(r"\]\((docs/[^)#]+\.md)", README.read_text()))
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert links == {*pages, "docs/runbooks/README.md", "docs/dashboards/README.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    top = "docs|inventories|molecule|playbooks|plugins|roles|scripts|tests"
    for name in re.findall(rf"(?<![\w/.-])((?:{top})/[\w./-]+)(?![\w<*{{-])", page.read_text()):
        assert (ROOT / name.rstrip(".")).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    targets |= {f"molecule-{path.parent.name}" for path in ROOT.glob("molecule/*/molecule.yml")}
    assert set(re.findall(r"(?:`|^ {4})make ([\w-]+)", page.read_text(), re.MULTILINE)) <= targets


def test_the_journal_events_of_the_architecture_are_those_of_the_engine() -> None:
    section = (ROOT / "docs" / "architecture.md").read_text().split("### Journal", 1)[1].split("###", 1)[0]
    engine = "".join(path.read_text() for path in (ROOT / "plugins/module_utils/release").glob("*.py"))
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(re.findall(r"_journal\(\"(\w+)\"", engine))


def test_the_artifact_holds_what_an_installed_collection_uses(tmp_path: Path) -> None:
    run(f"{BIN}/ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(tmp_path), cwd=tmp_path)
    (artifact,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(artifact) as archive:
        names = set(archive.getnames())
    assert {"README.md", "LICENSE", "CHANGELOG.rst", "meta/runtime.yml", "changelogs/config.yaml"} <= names
    assert {"playbooks/site.yml", "playbooks/verify.yml", "roles/command_center/files/requirements.txt"} <= names
    assert {str(page.relative_to(ROOT)) for page in PAGES} <= names
    assert {name for name in names if name.split("/")[0] in NOT_FOR_USERS or name.startswith(".")} == set()
    assert "playbooks/dev_hosts.yml" not in names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_prose_is_at_most_120_columns_wide(page: Path) -> None:
    """A change to a sentence is a change of few lines. Tables and code cannot be wrapped."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL).splitlines()
    assert [line for line in prose if len(line) > 120 and not line.startswith(("|", "    "))] == []
