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

from docs_build import reference, repository

ROOT = Path(__file__).resolve().parents[1]
LOG = get_plugin_logger(__name__)
# Whole directories whose pages the navigation lists by name.
LISTED = {"Dashboards": "dashboards", "Runbooks": "runbooks"}


@cache
def reference_pages() -> list[reference.Page]:
    return reference.pages(ROOT)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Completes the navigation with what is listed nowhere but on disk, and has headings get the usual anchors."""
    config.mdx_configs["toc"]["slugify"] = slugify(case="lower")
    nav: list[Any] = config.nav or []
    for heading, directory in LISTED.items():
        found = sorted(
            (Path(config.docs_dir) / directory).glob("*.md"), key=lambda path: (path.stem != "README", path.stem)
        )
        if found:
            nav.append({heading: [{title_of(path): f"{directory}/{path.name}"} for path in found]})
    if config.extra.get("reference", True):
        nav.append({"Reference": reference_navigation()})
    config.nav = nav
    return config


def title_of(page: Path) -> str:
    match = re.search(r"^# (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return "Overview" if page.stem == "README" or not match else match[1]


def reference_navigation() -> list[Any]:
    first, *others = reference_pages()
    by_kind: dict[str, list[dict[str, str]]] = {}
    for page in others:
        kind = page.path.removeprefix("reference/").partition("-")[0]
        by_kind.setdefault(reference.HEADINGS[kind], []).append({page.title: page.path})
    return [{first.title: first.path}, *({heading: listed} for heading, listed in by_kind.items())]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages of the reference, and the files of the repository that pages link to."""
    if config.extra.get("reference", True):
        for page in reference_pages():
            files.append(File.generated(config, page.path, content=page.text))
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
