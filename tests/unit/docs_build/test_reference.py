# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference: every variable and plugin of the collection is on a page, as its documentation says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from dashboards import guides
from docs_build import reference, repository

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def pages() -> dict[str, reference.Page]:
    return {page.path: page for page in reference.pages(ROOT)}


def test_every_role_has_a_page_with_all_its_variables(pages: dict[str, reference.Page]) -> None:
    roles = list(ROOT.glob("roles/*/meta/argument_specs.yml"))
    assert roles
    for file in roles:
        page = pages[f"reference/{file.parents[1].name}_role.md"]
        for entry in yaml.safe_load(file.read_text())["argument_specs"].values():
            assert [name for name in entry["options"] if f"<strong>{name}</strong>" not in page.html] == []


@pytest.mark.parametrize(("kind", "directory"), [("module", "modules"), ("filter", "filter")])
def test_every_plugin_has_a_page(pages: dict[str, reference.Page], kind: str, directory: str) -> None:
    for file in (ROOT / "plugins" / directory).glob("*.py"):
        page = pages[f"reference/{file.stem}_{kind}.md"]
        assert (page.name, page.kind) == (file.stem, kind)
        assert page.title.startswith(f"{file.stem} {kind} ")


def test_links_between_pages_lead_somewhere_and_the_overview_leads_everywhere(pages: dict[str, reference.Page]) -> None:
    there = {Path(path).with_suffix(".html").name: page for path, page in pages.items()}
    linked = set()
    for page in pages.values():
        for target, anchor in re.findall(r'href="(?!\w+:)([^"#]*)#?([^"]*)"', page.html):
            assert not target or target in there, (page.path, target)
            aimed = there[target] if target else page
            assert not anchor or f'id="{anchor}"' in aimed.html, (page.path, target, anchor)
            linked |= {target} if page.path == "reference/index.md" else set()
    assert linked - {""} == set(there) - {"index.html"}


def test_documentation_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"antsibull-docs has no documentation of aetherlink\.nothing"):
        reference.write_rst(ROOT, str(tmp_path), "aetherlink.nothing")


def test_links_lead_to_the_pages_that_are_made_of_a_file() -> None:
    assert set(repository.MADE_OF.values()) == {*guides(), "bad-input.md"}
    assert [path for path in repository.MADE_OF if not (ROOT / path).is_file()] == []
    assert repository.rewritten("grafana.md", "[a](../dashboards/fleet_health.py)") == "[a](dashboards/fleet-health.md)"
