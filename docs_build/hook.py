# SPDX-License-Identifier: GPL-3.0-or-later
"""mkdocs calls these by their names. A warning fails the build, since mkdocs.yml is strict."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from pymdownx.slugs import slugify

from dashboards import guides
from docs_build import reference, repository
from tests.bad_input import page as bad_input

ROOT = Path(__file__).resolve().parents[1]
LOG = get_plugin_logger(__name__)
# Whole directories whose pages the navigation lists by name.
LISTED = {"Dashboards": "dashboards", "Runbooks": "runbooks"}


@cache
def reference_pages() -> dict[str, reference.Page]:
    """By their paths on the site."""
    return {page.path: page for page in reference.pages(ROOT)}


@cache
def generated() -> dict[str, str]:
    """{path on the site: Markdown} of the pages that are made here and in no file."""
    of_reference = {path: f"# {page.title}\n" for path, page in reference_pages().items()}
    return {**guides(), "bad-input.md": bad_input.text(), **of_reference}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Completes the navigation with what is listed nowhere but on disk, and has headings get the usual anchors."""
    config.mdx_configs["toc"]["slugify"] = slugify(case="lower")
    nav: list[Any] = config.nav or []
    for heading, directory in LISTED.items():
        found = sorted(
            (Path(config.docs_dir) / directory).glob("*.md"), key=lambda path: (path.stem != "README", path.stem)
        )
        listed = [{title_of(path.stem, path.read_text("utf-8")): f"{directory}/{path.name}"} for path in found]
        if config.extra.get("generated", True):
            listed += [
                {title_of(uri, text): uri} for uri, text in generated().items() if uri.startswith(f"{directory}/")
            ]
        if listed:
            nav.append({heading: listed})
    if config.extra.get("generated", True):
        nav.append({"Reference": reference_navigation()})
    config.nav = nav
    return config


def title_of(name: str, text: str) -> str:
    match = re.search(r"^# (.*)$", text, re.MULTILINE)
    return "Overview" if name == "README" or not match else match[1]


def reference_navigation() -> list[Any]:
    by_kind: dict[str, list[dict[str, str]]] = {heading: [] for heading in reference.HEADINGS.values()}
    first, *others = reference_pages().values()
    for page in others:
        by_kind[reference.HEADINGS[page.kind]].append({page.name: page.path})
    return [{first.name: first.path}, *({heading: listed} for heading, listed in by_kind.items())]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made here, and the files of the repository that pages link to."""
    if config.extra.get("generated", True):
        for path, text in generated().items():
            files.append(File.generated(config, path, content=text))
    waiting = list(files.documentation_pages())
    while waiting:  # a copy may be a page that links to more
        source = waiting.pop()
        for path in repository.targets(source.src_uri, source.content_string):
            copy = copied(files, config, source.src_uri, path)
            if copy and copy.is_documentation_page():
                waiting.append(copy)
    return files


def copied(files: Files, config: MkDocsConfig, page: str, path: str) -> File | None:
    """The file that the site has in the place of one of the repository; None where it had it, or there is none."""
    uri = repository.uri_of(path)
    if files.get_file_from_path(uri):
        return None
    if path.startswith("..") or not (ROOT / path).is_file():
        LOG.warning("%s links to %s, which is no file of the repository", repository.source(page), path)
        return None
    copy = File.generated(config, uri, abs_src_path=str(ROOT / path), inclusion=InclusionLevel.NOT_IN_NAV)
    files.append(copy)
    return copy


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Has links out of docs lead to the copies."""
    return repository.rewritten(page.file.src_uri, markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Gives a page of the reference its text, which is HTML already."""
    uri = page.file.src_uri
    return html + reference_pages()[uri].html if uri.startswith("reference/") else html
