# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide of `make docs`: what each panel answers, with its queries."""

from __future__ import annotations

from typing import Any

from dashboards import guide, guides


def test_there_is_a_page_for_each_dashboard(documents: list[dict[str, Any]]) -> None:
    assert list(guides().values()) == [guide.page(document) for document in documents]
    uids = [f"dashboards/{document['uid'].removeprefix('aetherlink-')}.md" for document in documents]
    assert list(guides()) == uids


def test_every_panel_is_there_with_its_description_and_queries(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        text = guide.page(document)
        assert document["description"] in text
        for panel in document["panels"]:
            if panel["type"] == "row":
                assert f"\n## {panel['title']}\n" in text
                continue
            assert f"\n### {panel['title']}\n\n{panel['description']} (" in text
            assert [target["expr"] for target in panel["targets"] if target["expr"] not in text] == []
