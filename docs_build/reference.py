# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of the reference, in Markdown with tables in HTML, from what ansible-doc says."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antsibull_docs_parser import dom, parser
from antsibull_docs_parser.html import to_html_plain

from docs_build.ansible_doc import COLLECTION, documented

HEADINGS = {"role": "Roles", "module": "Modules", "filter": "Filters", "lookup": "Lookups", "test": "Tests"}
# With more lines than this in its JSON, a default or an example of a value is a block of its own.
SHORT = 60


@dataclass(frozen=True)
class Page:
    path: str
    title: str
    text: str


def pages(root: Path) -> list[Page]:
    """All of them, the overview first."""
    found: list[Page] = []
    overview = [
        "# Reference",
        "",
        "Made from the roles' argument specs and the plugins' documentation; `ansible-doc` prints the same.",
        "",
    ]
    for kind, heading in HEADINGS.items():
        documentation = documented(root, kind)
        if not documentation:
            continue
        overview += [f"## {heading}", "", "| | |", "|---|---|"]
        for name, answer in documentation.items():
            page = role_page(name, answer) if kind == "role" else plugin_page(kind, name, answer)
            found.append(page)
            overview.append(f"| [{name}]({page.path.removeprefix('reference/')}) | {summary(kind, answer)} |")
        overview.append("")
    return [Page("reference/index.md", "Overview", "\n".join(overview)), *found]


def summary(kind: str, answer: dict[str, Any]) -> str:
    described = answer["entry_points"]["main"] if kind == "role" else answer["doc"]
    return html.escape(str(described["short_description"])).replace("|", "&#124;")


def role_page(name: str, answer: dict[str, Any]) -> Page:
    lines = [f"# Role {name}", "", f"`{COLLECTION}.{name}`", ""]
    for entry_point, entry in answer["entry_points"].items():
        lines += [f"## {entry['short_description']}" if entry_point == "main" else f"## tasks_from: {entry_point}", ""]
        lines += [*paragraphs(entry.get("description", [])), ""]
        # The variables of another entry point are mostly those of main, and an anchor is there once.
        anchors = entry_point == "main"
        lines += options_table(entry.get("options") or {}, anchors=anchors)
    return Page(f"reference/role-{name}.md", name, "\n".join(lines))


def plugin_page(kind: str, name: str, answer: dict[str, Any]) -> Page:
    doc = answer["doc"]
    options = dict(doc.get("options") or {})
    lines = [f"# {kind.capitalize()} {name}", "", f"`{COLLECTION}.{name}`: {html.escape(doc['short_description'])}", ""]
    lines += [f"Since version {doc['version_added']}.", "", *paragraphs(doc.get("description", [])), ""]
    if options:
        lines += ["## Options", "", *options_table(options, anchors=True)]
    if doc.get("attributes"):
        lines += ["## Attributes", "", *attributes_table(doc["attributes"])]
    if doc.get("notes"):
        lines += ["## Notes", "", *paragraphs(doc["notes"]), ""]
    if answer.get("examples"):
        lines += ["## Examples", "", "```yaml", answer["examples"].strip("\n"), "```", ""]
    if answer.get("return"):
        lines += ["## Return values", "", *returned_table(answer["return"])]
    return Page(f"reference/{kind}-{name}.md", name, "\n".join(lines))


def markup(text: str) -> str:
    """One text in Ansible's markup, like O(name) or C(code), as HTML without a paragraph around it."""
    parsed: list[dom.Paragraph] = parser.parse(text, parser.Context(), errors="exception")
    return to_html_plain(parsed, par_start="", par_end="")


def texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def paragraphs(value: Any) -> list[str]:
    return [f"<p>{markup(text)}</p>" for text in texts(value)]


def options_table(options: dict[str, Any], *, anchors: bool) -> list[str]:
    rows = [row for name, option in options.items() for row in option_rows(name, option, anchors=anchors)]
    return table(("Name", "Type", "Default", ""), rows) if rows else ["None.", ""]


def option_rows(name: str, option: dict[str, Any], *, anchors: bool) -> Iterator[list[str]]:
    label = (
        f'<code id="{html.escape(name)}">{html.escape(name)}</code>' if anchors else f"<code>{html.escape(name)}</code>"
    )
    described = "".join(paragraphs(option["description"]))
    if option.get("choices"):
        described += f"<p>One of {', '.join(value_of(choice) for choice in option['choices'])}.</p>"
    yield [label, type_of(option), "required" if option.get("required") else value_of(option.get("default")), described]
    for inner, suboption in (option.get("options") or option.get("suboptions") or {}).items():
        yield from option_rows(f"{name}.{inner}", suboption, anchors=anchors)


def attributes_table(attributes: dict[str, Any]) -> list[str]:
    rows = [
        [f"<code>{html.escape(name)}</code>", html.escape(entry["support"]), "".join(paragraphs(entry["description"]))]
        for name, entry in attributes.items()
    ]
    return table(("Name", "Support", ""), rows)


def returned_table(values: dict[str, Any]) -> list[str]:
    rows = []
    for name, value in values.items():
        described = "".join(paragraphs(value["description"]))
        if "sample" in value:
            described += f"<p>Like {value_of(value['sample'])}.</p>"
        rows.append(
            [f"<code>{html.escape(name)}</code>", type_of(value), markup(str(value.get("returned", ""))), described]
        )
    return table(("Name", "Type", "Returned", ""), rows)


def type_of(option: dict[str, Any]) -> str:
    elements = option.get("elements")
    return html.escape(f"{option.get('type', 'str')}{f' of {elements}' if elements else ''}")


def value_of(value: Any) -> str:
    """A value as it would be written in YAML."""
    if value is None:
        return ""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    if len(text) > SHORT and not isinstance(value, str):
        return f"<pre>{html.escape(json.dumps(value, indent=1, ensure_ascii=False))}</pre>"
    return f"<code>{html.escape(text)}</code>"


def table(head: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    """A table in HTML: cells have paragraphs and blocks, which Markdown's tables cannot."""
    lines = ["<table>", "<thead><tr>", *(f"<th>{cell}</th>" for cell in head), "</tr></thead>", "<tbody>"]
    for row in rows:
        lines += ["<tr>", *(f"<td>{cell}</td>" for cell in row), "</tr>"]
    return [*lines, "</tbody>", "</table>", ""]
