# SPDX-License-Identifier: GPL-3.0-or-later
"""Links between the pages and files of the repository that are none: the site has copies of those, so that links hold.

A page is known to the site by its path below docs, the copy of any other file by its path below PREFIX.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

# [text](target#anchor). A link within indented code or backticks is taken for one, too, and has to hold all the same.
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
PREFIX = "repository/"
DOCS = "docs/"
# A page that `make docs` makes is no file of the repository: there, links lead to what it is made of.
MADE_OF = {
    "dashboards/fleet_health.py": "dashboards/fleet-health.md",
    "dashboards/vertical_detail.py": "dashboards/vertical-detail.md",
    "dashboards/alerting_delivery.py": "dashboards/alerting-delivery.md",
    "dashboards/monitoring_health.py": "dashboards/monitoring-health.md",
    "tests/bad_input/README.md": "bad-input.md",
}


def source(uri: str) -> str:
    """The path in the repository of what has this path on the site."""
    return uri.removeprefix(PREFIX) if uri.startswith(PREFIX) else f"{DOCS}{uri}"


def uri_of(path: str) -> str:
    """The path on the site of a file of the repository, or of the page that is made of it."""
    if path in MADE_OF:
        return MADE_OF[path]
    return path.removeprefix(DOCS) if path.startswith(DOCS) else f"{PREFIX}{path}"


def targets(uri: str, text: str) -> Iterator[str]:
    """The files outside docs that a page links to, as paths in the repository."""
    for match in LINK.finditer(text):
        path = in_repository(uri, match[1])
        if path and not path.startswith(DOCS):
            yield path


def rewritten(uri: str, text: str) -> str:
    """The page's text, with links leading to where the files are on the site."""

    def replaced(match: re.Match[str]) -> str:
        path = in_repository(uri, match[1])
        if not path:
            return match[0]
        return f"]({posixpath.relpath(uri_of(path), posixpath.dirname(uri) or '.')}{match[2] or ''})"

    return LINK.sub(replaced, text)


def in_repository(uri: str, target: str) -> str:
    """The path in the repository that a link of a page leads to; empty for a URL or a path from the root."""
    if ":" in target or target.startswith("/"):
        return ""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source(uri)), target))
