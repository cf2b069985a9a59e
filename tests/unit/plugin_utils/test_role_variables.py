# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's variables: the inventory's values, else the role's defaults, and none that no spec declares."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import (
    ROLES,
    Variables,
    defaults_of,
    options_of,
)


def variables(role: str = "prometheus", **values: Any) -> Variables:
    own = {"aether_env": "dev", "inventory_hostname": "mon1", "groups": {}, "hostvars": {"mon1": {}}, **values}
    return Variables(role, own, Templar(DataLoader(), variables=own).template)


def refusal(**values: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        variables(**values).check()
    return str(caught.value)


def test_the_inventorys_value_goes_before_the_roles_default() -> None:
    assert variables()["prometheus_port"] == 9090
    assert variables(prometheus_port=9190)["prometheus_port"] == 9190


def test_a_default_may_be_a_template_over_what_the_inventory_has() -> None:
    assert variables()["prometheus_tls"] is False
    assert variables(aether_tls=True)["prometheus_tls"] is True
    assert variables(aether_env="prod")["prometheus_install_method"] == "archive"
    assert variables("grafana")["grafana_envs"] == ["dev"]


def test_what_all_components_read_has_the_default_of_its_spec() -> None:
    assert variables()["aether_tls_renew_days"] == 30
    assert variables()["release_watch"] is None


def test_a_template_over_something_that_is_not_set_is_named_with_its_place() -> None:
    v = variables(prometheus_external_labels={"site": trust_as_template("{{ nowhere }}")})
    with pytest.raises(ConfigError, match=r"^prometheus_external_labels\.site is made of something that is not set"):
        v["prometheus_external_labels"]


@pytest.mark.parametrize("name", ["prometheus_scrape_configs_x", "aether_tls_nmes", "release_wach"])
def test_a_variable_that_no_spec_declares_is_refused(name: str) -> None:
    assert refusal(**{name: []}).startswith(f"{name} is not a variable of ")


def test_a_near_miss_of_what_all_components_read_is_told() -> None:
    assert (
        refusal(aether_tls_nmes=[])
        == "aether_tls_nmes is not a variable of this collection: did you mean aether_tls_names?"
    )


def test_inventories_may_have_variables_of_their_own_with_the_shared_prefixes() -> None:
    variables(aether_mirror="https://mirror.example", release_notes="x").check()


def test_other_roles_variables_and_internal_ones_are_left_alone() -> None:
    variables(alertmanager_prot=1, __prometheus_x=1, promtheus_port=1).check()


def test_code_cannot_read_what_no_spec_declares() -> None:
    with pytest.raises(KeyError):
        variables(prometheus_secret_option=1)["prometheus_secret_option"]


def test_without_a_play_a_default_that_is_a_template_has_to_be_given() -> None:
    v = Variables.given("prometheus", {"aether_env": "dev"})
    assert v["prometheus_scrape_interval"] == "15s"
    with pytest.raises(ConfigError, match=r"^prometheus_install_method is not set: give it a value\.$"):
        v["prometheus_install_method"]
    with pytest.raises(ConfigError, match=r"^aether_env is not set"):
        Variables.given("prometheus", {})["aether_env"]


@pytest.mark.parametrize("role", COMPONENTS)
def test_every_default_is_declared_and_every_declared_variable_has_a_default(role: str) -> None:
    own = {name for name in options_of(role) if name.startswith(f"{role}_")}
    assert own == set(defaults_of(role))


@pytest.mark.parametrize("role", COMPONENTS)
def test_every_component_has_a_role_and_a_package_that_describes_it(role: str) -> None:
    assert (ROLES / role / "meta" / "argument_specs.yml").is_file()
    assert (ROLES.parent / "plugins" / "plugin_utils" / "components" / role / "describe.py").is_file()


def test_the_role_host_does_not_need_what_components_read() -> None:
    assert "aether_env" in options_of("prometheus")
    assert "aether_env" not in options_of("host")
