# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the place that a program comes from answers, which decides whether dev goes on without it."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.program_source import missing

UNSET: dict[str, Any] = {
    "component": "grafana",
    "method": "package",
    "repository": {"url": "", "key_url": "/gpg.key"},
    "archive": {"url": ""},
    "version": "13.0.1",
    "architecture": "amd64",
}


def test_nothing_is_missing_where_the_repository_answers(server: Any) -> None:
    server.put("/gpg.key", "a key")

    assert missing({**UNSET, "repository": {"url": server.url, "key_url": f"{server.url}/gpg.key"}}) == ""


def test_an_archive_is_asked_for_at_its_own_name(server: Any) -> None:
    server.put("/grafana_13.0.1_amd64.tar.gz", "an archive")

    archive = {"url": f"{server.url}/grafana_{{version}}_{{architecture}}.tar.gz"}
    assert missing({**UNSET, "method": "archive", "archive": archive}) == ""


def test_without_an_address_that_is_the_reason() -> None:
    sentence = "neither grafana_repository_url nor grafana_archive_url is set"

    assert missing(UNSET) == missing({**UNSET, "method": "archive"}) == sentence


def test_a_source_that_does_not_answer_is_named_with_its_cause(nobody: str, server: Any) -> None:
    nowhere = f"http://{nobody}"
    assert missing({**UNSET, "repository": {"url": nowhere, "key_url": f"{nowhere}/gpg.key"}}).startswith(
        f"{nowhere}/gpg.key cannot be reached ("
    )
    assert missing({**UNSET, "repository": {"url": server.url, "key_url": f"{server.url}/gpg.key"}}) == (
        f"{server.url}/gpg.key answers 404: check grafana_repository_url"
    )
