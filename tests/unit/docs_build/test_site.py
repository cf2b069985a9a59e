# SPDX-License-Identifier: GPL-3.0-or-later
"""The site of `make docs`: what fails its build, and that nobody's browser asks another server for a part of a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

ROOT = Path(__file__).resolve().parents[3]
GOOD = """\
# Start

[A page](page.md#a-heading_1), [the licence](../LICENSE), [a page outside](../molecule/shared/grafana_double/README.md).
"""
PAGE = "# Page\n\n## A `heading_1`\n\n[Back](index.md)\n"

Build = Callable[..., Path]


@pytest.fixture
def site(tmp_path: Path) -> Build:
    """Builds a site of two pages with the real mkdocs.yml, but its navigation and what is made."""

    def make(index: str = GOOD, **more: str) -> Path:
        docs = tmp_path / "docs"
        docs.mkdir()
        for name, text in {"index.md": index, "page.md": PAGE, **more}.items():
            (docs / name).write_text(text, encoding="utf-8")
        config = load_config(
            str(ROOT / "mkdocs.yml"),
            docs_dir=str(docs),
            site_dir=str(tmp_path / "site"),
            nav=[{"Start": "index.md"}, {"Page": "page.md"}],
            extra={"generator": False, "generated": False},
        )
        config.plugins.run_event("startup", command="build", dirty=False)
        build(config)
        return tmp_path / "site"

    return make


def test_links_out_of_docs_lead_to_copies(site: Build) -> None:
    built = site()
    page = (built / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'<p><a href="(.*)">A page</a>, <a href="(.*)">the licence</a>, <a href="(.*)">a page', page)
    assert links == [
        ("page.html#a-heading_1", "repository/LICENSE", "repository/molecule/shared/grafana_double/index.html")
    ]
    assert all((built / link.partition("#")[0]).is_file() for link in links[0])


@pytest.mark.parametrize(
    "broken",
    [
        "[a page that there is not](pages.md)",
        "[a heading that there is not](page.md#another)",
        "[a heading of its own that there is not](#another)",
        "[a file of the repository that there is not](../LICENCE)",
        "[a file outside the repository](../../../etc/passwd)",
        "[a whole path](/page.md)",
        "![a picture that there is not](picture.svg)",
    ],
)
def test_a_broken_link_fails_the_build(site: Build, broken: str) -> None:
    with pytest.raises(Abort, match="warnings in strict mode"):
        site(f"# Start\n\n{broken}\n")


def test_a_page_that_the_navigation_does_not_lead_to_fails_the_build(site: Build) -> None:
    with pytest.raises(Abort, match="warnings in strict mode"):
        site(**{"forgotten.md": "# Forgotten\n"})


def test_no_page_loads_anything_from_elsewhere(site: Build) -> None:
    page = (site() / "index.html").read_text(encoding="utf-8")
    loaded = re.findall(r"<(?:script|link|img|iframe)[^>]* (?:src|href)=\"?([^\" >]+)", page)
    assert len(loaded) > 3
    assert [url for url in loaded if "//" in url] == []
