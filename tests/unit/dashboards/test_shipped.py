# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role ships: made from the dashboards in Python, whole, and as a person needs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana.dashboard_files import check

from dashboards import SHIPPED, lint, written

ROOT = Path(__file__).resolve().parents[3]
UIDS = [
    "aetherlink-fleet-health",
    "aetherlink-vertical-detail",
    "aetherlink-alerting-delivery",
    "aetherlink-monitoring-health",
]
RUNBOOK = "__RUNBOOK_URL__/"
ALERTS = {path.stem for path in (ROOT / "docs/runbooks").glob("*.md")}


def panels(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in document["panels"] if panel["type"] != "row"]


def queries(document: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in panels(document) for target in panel["targets"]]


def links(value: Any) -> Iterator[str]:
    """Every address in there."""
    if isinstance(value, list):
        for item in value:
            yield from links(item)
    elif isinstance(value, dict):
        yield from (item for key, item in value.items() if key == "url")
        yield from links(list(value.values()))


@pytest.mark.parametrize("path", sorted(written()))
def test_what_is_shipped_is_what_the_dashboards_make(path: str) -> None:
    assert (ROOT / path).read_text() == written()[path], "run `python -m dashboards`"


def test_nothing_else_is_shipped() -> None:
    assert {path.stem for path in (ROOT / SHIPPED).iterdir()} == set(UIDS)


def test_a_deploy_takes_them(schema: dict[str, Any]) -> None:
    check({path: text for path, text in written().items() if path.endswith(".json")}, ["prometheus"], schema)


def test_they_keep_the_rules(documents: list[dict[str, Any]]) -> None:
    assert [problem for document in documents for problem in lint.findings(document)] == []


def test_every_dashboard_has_the_same_frame(documents: list[dict[str, Any]]) -> None:
    assert [document["uid"] for document in documents] == UIDS
    for document in documents:
        assert (document["schemaVersion"], document["refresh"]) == (42, "30s")
        assert "id" not in document
        assert [v["name"] for v in document["templating"]["list"]] == ["datasource", "env", "service"]
        tags = [a["target"]["tags"] for a in document["annotations"]["list"] if a.get("target")]
        assert tags == [["aetherlink-deploy"], ["aetherlink-rollback"]]
        others = {link["url"]: (link["keepTime"], link["includeVars"]) for link in document["links"]}
        assert not any("placement" in link for link in document["links"])  # it would hide them in a menu
        assert others == {f"/d/{uid}": (True, True) for uid in UIDS if uid != document["uid"]}


def test_ids_and_references_are_unique(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        ids = [panel["id"] for panel in document["panels"]]
        assert len(set(ids)) == len(ids)
        titles = [panel["title"] for panel in document["panels"]]
        assert len(set(titles)) == len(titles)
        for panel in panels(document):
            references = [target["refId"] for target in panel["targets"]]
            assert len(set(references)) == len(references)


def test_links_lead_somewhere(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        for url in links(document):
            if url.startswith(RUNBOOK):
                assert url.removeprefix(RUNBOOK) in ALERTS
            else:
                assert re.match(r"/d/([\w-]+)", url)[1] in UIDS


def test_a_state_is_told_in_words_beside_its_colour(documents: list[dict[str, Any]]) -> None:
    """Where a whole tile or bar is coloured, so that the colour is what is seen first."""
    for document in documents:
        for panel in panels(document):
            defaults = panel["fieldConfig"]["defaults"]
            tile = panel["options"].get("colorMode") == "background_solid"
            if tile or panel["type"] == "state-timeline":
                assert defaults["mappings"], panel["title"]
                texts = [result["text"] for mapping in defaults["mappings"] for result in mapping["options"].values()]
                assert all(texts)


def test_fleet_health_says_at_the_top_what_is_broken(fleet: dict[str, Any]) -> None:
    first, second = ([panel["title"] for panel in panels(fleet) if panel["gridPos"]["y"] == y] for y in (0, 4))
    assert first == ["Services down", "Services with old numbers", "Alerts that fire", "Command Center"]
    assert second == ["Services, the worst first", "Alerts that fire, the oldest first"]


def test_brackets_of_queries_are_closed(documents: list[dict[str, Any]]) -> None:
    pairs = {")": "(", "]": "[", "}": "{"}
    for query in (query for document in documents for query in queries(document)):
        opened: list[str] = []
        for character in re.sub(r'"[^"]*"', "", query):
            if character in pairs.values():
                opened.append(character)
            elif character in pairs:
                assert opened and opened.pop() == pairs[character], query
        assert opened == [], query


def test_recorded_series_are_those_of_the_rules(documents: list[dict[str, Any]]) -> None:
    recordings = (ROOT / "roles/prometheus/files/rules/aetherlink-recordings.yml").read_text()
    recorded = set(re.findall(r"record: (\S+)", recordings))
    asked = {name for d in documents for q in queries(d) for name in re.findall(r"\b\w+:\w+:\w+", q)}
    assert asked and asked <= recorded


def test_keys_are_in_order_so_that_an_edit_is_a_small_difference() -> None:
    for path in (ROOT / SHIPPED).iterdir():
        text = path.read_text()
        assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
