# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's variables: declared by its argument spec, checked, and read by no other name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.template import trust_as_template
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import variable_checks
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import (
    ADDRESS_VARIABLES,
    group_targets,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import check_unknown_variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.facts import HostVariables

ROLES = Path(__file__).resolve().parents[3] / "roles"
SHARED = "component"
"""The role whose spec declares what all components read."""


@cache
def options_of(role: str) -> dict[str, Any]:
    """The role's argument spec, for a component with what all of them read: variable -> {type, default...}."""
    shared = _options(SHARED) if role in COMPONENTS else {}
    return {**{name: shared[name] for name in shared if not name.startswith(f"{SHARED}_")}, **_options(role)}


def _options(role: str) -> dict[str, Any]:
    spec = parse((ROLES / role / "meta" / "argument_specs.yml").read_text())
    return dict(spec["argument_specs"]["main"]["options"])


@cache
def defaults_of(role: str) -> dict[str, Any]:
    """As the role's defaults/main.yml has them: texts may be templates."""
    found = parse((ROLES / role / "defaults" / "main.yml").read_text())
    return dict(found or {})


def literal_defaults(role: str) -> dict[str, Any]:
    """The role's defaults that are no templates, without the role's name before theirs."""
    found = defaults_of(role).items()
    return {name.removeprefix(f"{role}_"): value for name, value in found if not _is_template(value)}


def _is_template(value: Any) -> bool:
    """Of a default, also where only a part of it is one."""
    return "{{" in str(value)


def inventory_dir(task_vars: Mapping[str, Any]) -> str:
    """What relative paths of the inventory are relative to."""
    return str(task_vars.get("inventory_dir") or ".")


class Variables(Mapping[str, Any]):
    """The variables that a role's spec declares, by their names: the inventory's values, else the role's defaults."""

    def __init__(self, role: str, task_vars: Mapping[str, Any], template: Callable[[Any], Any]) -> None:
        self.role, self.host = role, str(task_vars["inventory_hostname"])
        self.groups: Mapping[str, list[str]] = task_vars["groups"]
        self.group_names: list[str] = task_vars.get("group_names", [])
        self.hostvars = HostVariables(task_vars["hostvars"])
        self._options, self._task_vars, self._template = options_of(role), task_vars, template
        self._found: dict[str, Any] = {}
        self._missing: frozenset[str] = frozenset()

    @classmethod
    def given(cls, role: str, values: Mapping[str, Any]) -> Variables:
        """Of values that are no templates, outside of a play: a default that is one has to be given."""
        outside: dict[str, Any] = {"inventory_hostname": "localhost", "groups": {}, "hostvars": {}}
        made = cls(role, {**outside, **values}, lambda value: value)
        made._missing = (
            frozenset(n for n, default in defaults_of(role).items() if _is_template(default)) - values.keys()
        )
        return made

    def check(self) -> None:
        """Raises ConfigError about the first variable that is misspelt, missing or of the wrong type."""
        unknown = (
            *(self._unknown(prefix, "this collection", shared=True) for prefix in ("aether_", "release_")),
            self._unknown(f"{self.role}_", f"the role {self.role}"),
        )
        if sentence := next(filter(None, unknown), None):
            raise ConfigError(sentence)
        variable_checks.check_values(self._options, self._task_vars, self._resolved)

    def _unknown(self, prefix: str, owner: str, *, shared: bool = False) -> str | None:
        return check_unknown_variables(prefix, self._task_vars, self._options, owner, shared=shared)

    def __getitem__(self, name: str) -> Any:
        """In built-in types. ConfigError names the place of a template that cannot be resolved."""
        value = self._resolved(name)
        return boolean(value) if self._options[name].get("type") == "bool" else value

    def _resolved(self, name: str) -> Any:
        """Once for each variable: the check of all of them and the description read the same values."""
        if name not in self._found:
            self._found[name] = variable_checks.resolved(self._raw(name), name, self._template)
        return self._found[name]

    def own(self, name: str) -> Any:
        """The role's variable, without the role's name before it."""
        return self[f"{self.role}_{name}"]

    def known(self) -> dict[str, Any]:
        """Those that a unit may name: all that are one value, neither a list nor a mapping."""
        single = ("str", "int", "bool")
        names = [name for name, option in self._options.items() if option.get("type", "str") in single]
        return {name: self[name] for name in names if name.startswith(f"{self.role}_")}

    @cached_property
    def targets(self) -> dict[str, list[dict[str, Any]]]:
        """The inventory's groups as this host reaches them."""
        return group_targets(self.groups, self.hostvars, self.host)

    def addresses(self) -> dict[str, Any]:
        """Of the variables that say where other hosts reach this one, those that are set."""
        return {name: self._template(self._task_vars[name]) for name in ADDRESS_VARIABLES if name in self._task_vars}

    def _raw(self, name: str) -> Any:
        option = self._options[name]  # KeyError: the spec is what has to name it
        if name in self._missing or (option.get("required") and name not in self._task_vars):
            raise ConfigError(f"{name} is not set: give it a value.")
        if name in self._task_vars:
            return self._task_vars[name]
        default = defaults_of(self.role).get(name, option.get("default"))
        if default is None and option.get("type") == "bool":
            return False
        return _trusted(default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._options)

    def __len__(self) -> int:
        return len(self._options)


def _trusted(value: Any) -> Any:
    """A default of ours, whose texts Ansible may take for templates."""
    if isinstance(value, dict):
        return {key: _trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_trusted(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) else value
