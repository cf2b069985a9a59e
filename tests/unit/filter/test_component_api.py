# SPDX-License-Identifier: GPL-3.0-or-later
"""component_api: where a component is asked on its own host, by the variables of that host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.filter import component_api as plugin

NOBODY = {"certificate_file": "", "user": "", "password_file": ""}
PASSWORD = {"aether_web_password": "correct horse"}
ROOT = Path(__file__).parents[3]


def test_without_any_variable_it_is_plain_http_at_the_roles_defaults() -> None:
    found = plugin.component_api({}, "alertmanager")

    assert found == {"url": "http://127.0.0.1:9093", "access": NOBODY}


@pytest.mark.parametrize("component", ["command_center", "prometheus", "alertmanager", "grafana"])
def test_the_roles_defaults_are_those_of_the_roles(component: str) -> None:
    defaults = yaml.safe_load((ROOT / "roles" / component / "defaults/main.yml").read_text())
    address, port = defaults[f"{component}_listen_address"], defaults[f"{component}_port"]

    assert plugin.component_api({}, component)["url"] == f"http://{address}:{port}"


def test_with_tls_and_a_password() -> None:
    variables = {"aether_tls": True, "prometheus_listen_address": "0.0.0.0", "prometheus_port": 9190, **PASSWORD}

    assert plugin.component_api(variables, "prometheus") == {
        "url": "https://127.0.0.1:9190",
        "access": {
            "certificate_file": "/etc/aetherlink/tls/prometheus/certificate.pem",
            "user": "aetherlink",
            "password_file": "/opt/aetherlink/prometheus/current/etc/secrets/web_password",
        },
    }


def test_the_password_itself_is_in_nothing_that_travels() -> None:
    assert "correct horse" not in str(plugin.component_api(PASSWORD, "prometheus"))


def test_a_component_of_its_own_mind() -> None:
    variables = {"aether_tls": True, "alertmanager_tls": False, "aether_web_user": "machine", **PASSWORD}
    found = plugin.component_api(variables, "alertmanager")

    assert found["url"] == "http://127.0.0.1:9093"
    assert (found["access"]["certificate_file"], found["access"]["user"]) == ("", "machine")


def test_grafana_has_users_of_its_own() -> None:
    found = plugin.component_api({"aether_tls": True, **PASSWORD}, "grafana")

    assert found["url"] == "https://127.0.0.1:3000"
    assert found["access"] == {**NOBODY, "certificate_file": "/etc/aetherlink/tls/grafana/certificate.pem"}


@pytest.mark.parametrize(
    ("variables", "component", "sentence"),
    [
        ({}, "inbox", 'There is no API of "inbox"'),
        ({}, "promtheus", "did you mean"),
        ({"aether_tls": "yes", "inventory_hostname": "mon1"}, "prometheus", 'aether_tls of the host mon1 is "yes"'),
        ({"prometheus_port": "9190"}, "prometheus", "prometheus_port of the host here"),
    ],
)
def test_what_cannot_be_read_is_refused(variables: dict[str, Any], component: str, sentence: str) -> None:
    with pytest.raises(AnsibleFilterError, match=sentence):
        plugin.component_api(variables, component)


def test_documentation_is_yaml_and_names_the_filter() -> None:
    assert list(plugin.FilterModule().filters()) == ["component_api"]
    assert yaml.safe_load(plugin.DOCUMENTATION)["name"] == "component_api"
    assert yaml.safe_load(plugin.RETURN)["_value"]["type"] == "dict"
    assert "aetherlink.monitoring.component_api" in plugin.EXAMPLES
