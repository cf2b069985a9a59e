# SPDX-License-Identifier: GPL-3.0-or-later
"""check_unknown_variables: a misspelt variable would change nothing, silently."""

from __future__ import annotations

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import check_unknown_variables

KNOWN = ["prometheus_scrape_jobs", "prometheus_scrape_jobs_disabled", "prometheus_port", "prometheus_flags"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("prometheus_scrape_job", "prometheus_scrape_jobs"),
        ("prometheus_scrapejobs", "prometheus_scrape_jobs"),
        ("prometheus_scrape_jobs_disable", "prometheus_scrape_jobs_disabled"),
        ("prometheus_flag", "prometheus_flags"),
    ],
)
def test_a_near_miss_is_told(name: str, meant: str) -> None:
    sentence = check_unknown_variables("prometheus_", ["aether_env", name, *KNOWN], KNOWN)
    assert sentence == f"{name} is not a variable of this role: did you mean {meant}?"


@pytest.mark.parametrize("name", ["prometheus_host", "prometheus_team_contact"])
def test_any_other_name_with_the_prefix_is_refused_too(name: str) -> None:
    sentence = check_unknown_variables("prometheus_", [name, *KNOWN], KNOWN)
    assert sentence == (
        f"{name} is not a variable of this role: correct it, or rename one of your own, without prometheus_."
    )


@pytest.mark.parametrize("name", ["alertmanager_port", "__prometheus_por"])
def test_names_without_the_prefix_are_left_alone(name: str) -> None:
    assert check_unknown_variables("prometheus_", [name, *KNOWN], KNOWN) is None
