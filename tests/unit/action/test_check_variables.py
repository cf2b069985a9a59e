# SPDX-License-Identifier: GPL-3.0-or-later
"""check_variables: misspelt variables against each role's own argument spec, and the innermost cause of an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.template import trust_as_template
from ansible_collections.aetherlink.monitoring.plugins.action.check_variables import innermost

Act = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("role", "name", "meant"),
    [
        ("prometheus", "prometheus_scrape_job", "prometheus_scrape_jobs"),
        ("alertmanager", "alertmanager_reciever", "alertmanager_receivers"),
        ("command_center", "command_center_vertical", "command_center_verticals"),
        ("demo_verticals", "demo_verticals_service", "demo_verticals_services"),
    ],
)
def test_a_misspelt_variable_of_a_role_is_refused(act: Act, role: str, name: str, meant: str) -> None:
    result = act("check_variables", {"aether_env": "dev", name: []}, role=role)

    assert result == {"failed": True, "msg": f"{name} is not a variable of this role: did you mean {meant}?"}


def test_a_number_that_is_a_text_is_refused_before_any_host_is_asked(act: Act) -> None:
    result = act("check_variables", {"aether_env": "dev", "alertmanager_port": "9193"}, role="alertmanager")

    assert result == {
        "failed": True,
        "msg": 'alertmanager_port is "9193", which is text: write the number without quotes '
        """(on the command line -e '{"alertmanager_port": NUMBER}').""",
    }


def test_a_number_may_come_out_of_a_template(act: Act) -> None:
    variables = {"alertmanager_port": trust_as_template("{{ base + 93 }}"), "base": 9000}

    assert act("check_variables", variables, role="alertmanager") == {"changed": False}


def test_variables_of_other_roles_are_not_its_business(act: Act) -> None:
    variables = {"prometheus_port": 9090, "alertmanager_prot": 9093, "prometheus_verification": {}}

    assert act("check_variables", variables, role="prometheus") == {"changed": False}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"url": "http://u:hunter2@mirror.example/x.tar.gz"}, "prometheus_archive_url is a URL with credentials in it"),
        ({"url": ""}, "prometheus_archive_url is not set"),
        ({"sha256": {"amd64": "abc"}}, "prometheus_archive_sha256.amd64 is not a sha256"),
    ],
)
def test_an_archive_is_looked_at_also_where_nothing_has_to_be_fetched(
    act: Act, change: dict[str, Any], sentence: str
) -> None:
    archive = {"url": "https://mirror.example/x.tar.gz", "sums_url": "", "sha256": {}}
    component = {"name": "prometheus", "program": {"method": "archive", "version": "3.5.3"}}

    def check(**changes: Any) -> dict[str, Any]:
        variables = {"component": {**component, "archive": {**archive, **changes}}}
        return act("check_variables", variables, role="prometheus", render="component")

    assert check() == {"changed": False}
    assert sentence in check(**change)["msg"]
    assert "hunter2" not in check(**change)["msg"]


def test_the_sentence_of_the_plugin_is_found_below_what_ansible_says() -> None:
    def fail() -> None:
        try:
            raise ValueError("prometheus_port is 0: write a port.")
        except ValueError as error:
            raise RuntimeError("The filter plugin failed.") from error

    with pytest.raises(RuntimeError) as raised:
        fail()

    assert innermost(raised.value) == "prometheus_port is 0: write a port."
