# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference of roles and plugins: antsibull-docs writes RST, docutils makes HTML of it, mkdocs frames that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from docutils.core import publish_parts

COLLECTION = "aetherlink.monitoring"
HEADINGS = {"role": "Roles", "module": "Modules", "filter": "Filters"}
# A warning ends the build, and no file is read from elsewhere.
SETTINGS = {"halt_level": 2, "file_insertion_enabled": False, "initial_header_level": 2, "doctitle_xform": False}
TITLE = re.compile(r"^(?P<title>.+)\n(\+{3,}|={3,})\n", re.MULTILINE)
LINK = re.compile(r'(href="[\w-]+)\.rst\b')


@dataclass(frozen=True)
class Page:
    """kind: a key of HEADINGS, or empty for the overview. html: all but the title."""

    path: str
    kind: str
    name: str
    title: str
    html: str


def pages(root: Path) -> list[Page]:
    """All of them, the overview first."""
    with tempfile.TemporaryDirectory() as directory:
        write_rst(root, directory)
        files = sorted(Path(directory).glob("*.rst"), key=lambda file: (file.stem != "index", file.stem))
        return [page(file.stem, file.read_text(encoding="utf-8")) for file in files]


def write_rst(root: Path, directory: str, collection: str = COLLECTION) -> None:
    command = [str(Path(sys.executable).with_name("antsibull-docs")), "collection", "--use-current", "--fail-on-error"]
    options = ["--squash-hierarchy", "--indexes", "--output-format", "simplified-rst", "--dest-dir", directory]
    done = subprocess.run(
        [*command, *options, collection],
        cwd=root / "docs",  # where no ansible.cfg is
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(root / ".venv" / "collections"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # it starts ansible
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"antsibull-docs has no documentation of {collection}: {done.stdout}{done.stderr}")


def page(stem: str, rst: str) -> Page:
    heading = TITLE.search(rst)
    if not heading:
        raise ValueError(f"antsibull-docs wrote {stem}.rst without a title")
    body = publish_parts(TITLE.sub("", rst, count=1), writer="html5", settings_overrides=SETTINGS)["body"]
    html = LINK.sub(r"\1.html", body)
    if stem == "index":
        return Page("reference/index.md", "", "Overview", "Reference", html)
    name, _, kind = stem.rpartition("_")
    title = heading["title"].replace("\\", "").removeprefix(f"{COLLECTION}.")
    return Page(f"reference/{stem}.md", kind, name, title, html)
