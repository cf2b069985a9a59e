# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference: every variable, option and return value of the collection is on a page, as its documentation says."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from docs_build import ansible_doc, reference

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {page.path: page.text for page in reference.pages(ROOT)}


def test_every_role_has_a_page_with_all_its_variables(pages: dict[str, str]) -> None:
    roles = list(ROOT.glob("roles/*/meta/argument_specs.yml"))
    assert roles
    for file in roles:
        text = pages[f"reference/role-{file.parents[1].name}.md"]
        for entry in yaml.safe_load(file.read_text())["argument_specs"].values():
            assert [name for name in entry["options"] if f">{name}</code>" not in text] == []


@pytest.mark.parametrize(("kind", "directory"), ansible_doc.PLUGIN_DIRECTORIES.items())
def test_every_plugin_has_a_page_and_the_overview_leads_to_it(pages: dict[str, str], kind: str, directory: str) -> None:
    for file in (ROOT / "plugins" / directory).glob("*.py"):
        assert f"# {kind.capitalize()} {file.stem}" in pages[f"reference/{kind}-{file.stem}.md"]
        assert f"[{file.stem}]({kind}-{file.stem}.md)" in pages["reference/index.md"]


def test_an_option_is_told_whole() -> None:
    option = {
        "type": "list",
        "elements": "dict",
        "description": ["What O(other) is <for>.", "More."],
        "choices": ["a", "b"],
        "default": [],
        "suboptions": {"name": {"type": "str", "description": "A name.", "required": True}},
    }
    text = "\n".join(reference.options_table({"things": option}, anchors=True))
    assert '<td><code id="things">things</code></td><td>list of dict</td><td><code>[]</code></td>' in text.replace(
        "\n", ""
    )
    assert (
        "<strong>other</strong></code> is &lt;for&gt;.</p><p>More.</p><p>One of <code>a</code>, <code>b</code>.</p>"
        in text
    )
    assert '<td><code id="things.name">things.name</code></td><td>str</td><td>required</td>' in text.replace("\n", "")


def test_documentation_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "plugins/modules").mkdir(parents=True)
    (tmp_path / "plugins/modules/nothing.py").touch()
    with pytest.raises(ValueError, match="ansible-doc has no documentation of the module nothing"):
        ansible_doc.documented(tmp_path, "module")
