# SPDX-License-Identifier: GPL-3.0-or-later
"""alertmanager.yml and its templates from the alertmanager_* variables.

Native keys pass through unchanged; amtool validates them on the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, inside, quoted, shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager import routing_tests
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.inline_secrets import SecretRules
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.merging import merged
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import json_text, yaml_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import literal_defaults
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    file_name,
    list_of,
    mapping,
    mapping_of,
    native,
    parameters,
    text,
    unique,
)

_names = list_of(text)


def _routes(value: Any, path: str) -> object:
    return list_of(_route)(value, path)


_ROUTE: dict[str, Check] = {
    "receiver": text,
    "mute_time_intervals": _names,
    "active_time_intervals": _names,
    "routes": _routes,
}


def _route(value: Any, path: str) -> object:
    return native(value, path, _ROUTE)


def _named(value: Any, path: str) -> object:
    return native(value, path, {"name": text}, required=["name"])


PARAMETERS: dict[str, Check] = {
    "global_builtin": mapping,
    "global": mapping,
    "route": _route,
    "receivers": list_of(_named),
    "inhibit_rules": list_of(mapping),
    "time_intervals": list_of(_named),
    "templates_builtin": mapping_of(text),
    "templates": mapping_of(text),
    "routing_tests": routing_tests.check,
    "extra_config": mapping,
}
_DEFAULTS: dict[str, Any] = {
    **literal_defaults("alertmanager"),
    "global_builtin": {},
    "templates_builtin": {},
    **{key: [] for key in ("inhibit_rules", "time_intervals", "routing_tests")},
}

_IN_FILE = "put it into alertmanager_secrets and name its file in"
_OPAQUE = frozenset({"details", "headers", "attributes", "custom_fields", "payload", "labels", "proxy_connect_header"})
_SECRETS = SecretRules(
    variable="alertmanager_secrets",
    fixes={
        "bearer_token": f"{_IN_FILE} authorization.credentials_file",
        "secrets": f"{_IN_FILE} files",
        "secret_key": "use a profile or role_arn of the host",
    },
    more=frozenset({"slack_configs.api_url", "slack_api_url"}),
    plain=frozenset({"victorops_configs.routing_key", "access_key"}),
    opaque=_OPAQUE,
    url_fix=(
        "put the whole URL into alertmanager_secrets and name its file in url_file, or use http_config.basic_auth with "
        "password_file"
    ),
)


def files(params: Any) -> dict[str, str]:
    """{path below etc/: text}: alertmanager.yml, templates/<name>.tmpl, and routing_tests.json for the check.

    Raises ConfigError.
    """
    p = parameters(params, "alertmanager_", PARAMETERS, _DEFAULTS, {})
    for key in ("global", "receivers", "extra_config"):
        _SECRETS.check(p[key], f"alertmanager_{key}")
        _check_file_paths(p[key], f"alertmanager_{key}")
    templates = _templates({**p["templates_builtin"], **p["templates"]})
    document = {
        "global": merged(p["global_builtin"], p["global"]),
        "templates": ["templates/*.tmpl"] if templates else [],
        "route": p["route"],
        "receivers": p["receivers"],
        "inhibit_rules": p["inhibit_rules"],
        "time_intervals": p["time_intervals"],
    }
    config = {key: value for key, value in merged(document, p["extra_config"]).items() if value}
    _check_whole(config, p)
    return {
        "alertmanager.yml": yaml_text(config),
        "routing_tests.json": json_text({"config": config, "tests": p["routing_tests"]}),
        **templates,
    }


def _check_whole(config: dict[str, Any], p: dict[str, Any]) -> None:
    """What its parts say of each other."""
    for key in ("global", "receivers", "time_intervals", "inhibit_rules", "route"):
        if key in p["extra_config"]:
            PARAMETERS[key](p["extra_config"][key], f"alertmanager_extra_config.{key}")
    # The old name of time intervals is a section of its own.
    muting = p["extra_config"].get("mute_time_intervals", [])
    list_of(_named)(muting, "alertmanager_extra_config.mute_time_intervals")
    receivers = _receivers(config.get("receivers", []))
    intervals = _interval_names([*config.get("time_intervals", []), *muting])
    for path, route in _tree(config.get("route", {}), "alertmanager_route"):
        _check_names(route, path, receivers, intervals)
    for index, rule in enumerate(config.get("inhibit_rules", [])):
        for side in ("source", "target"):
            if not any(rule.get(f"{side}_{key}") for key in ("matchers", "match", "match_re")):
                path = f"alertmanager_inhibit_rules[{index}]"
                raise ConfigError(f"{path} has no {side}_matchers, so it is about every alert: say which ones.")
    for index, receiver in enumerate(config["receivers"]):
        _check_mail_login(receiver, config.get("global", {}), f"alertmanager_receivers[{index}]")
    routing_tests.check_names(p["routing_tests"], receivers)


def _receivers(receivers: list[dict[str, Any]]) -> list[str]:
    if not receivers:
        raise ConfigError("alertmanager_receivers is empty: add the receiver that alertmanager_route names.")
    names = [receiver["name"] for receiver in receivers]
    unique(((f"alertmanager_receivers[{index}]", name) for index, name in enumerate(names)), "receiver")
    return names


def _interval_names(intervals: list[dict[str, Any]]) -> list[str]:
    names = [interval["name"] for interval in intervals]
    unique(((f"alertmanager_time_intervals[{index}]", name) for index, name in enumerate(names)), "time interval")
    return names


def _tree(route: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, route
    for index, child in enumerate(route.get("routes", [])):
        yield from _tree(child, f"{path}.routes[{index}]")


def _check_names(route: dict[str, Any], path: str, receivers: list[str], intervals: list[str]) -> None:
    references = [("receiver", "receiver", "alertmanager_receivers", route.get("receiver"), receivers)]
    for key in ("mute_time_intervals", "active_time_intervals"):
        for index, name in enumerate(route.get(key, [])):
            references.append((f"{key}[{index}]", "time interval", "alertmanager_time_intervals", name, intervals))
    for place, what, variable, name, known in references:
        if name is not None and name not in known:
            raise ConfigError(
                f'{path}.{place} names the {what} "{name}", which {variable} does not have{closest(name, known)}: '
                f"add it there or name one of {quoted(known)}."
            )


def _check_mail_login(receiver: dict[str, Any], global_: dict[str, Any], path: str) -> None:
    """Alertmanager would find out only when it sends the first mail."""
    configs = receiver.get("email_configs")
    for number, config in enumerate(configs if isinstance(configs, list) else []):
        own = config if isinstance(config, dict) else {}
        settings = {key.removeprefix("smtp_"): value for key, value in global_.items()} | own
        if settings.get("auth_username") and not {"auth_password_file", "auth_secret_file"} & set(settings):
            place = f"{path}.email_configs[{number}]"
            raise ConfigError(
                f'{place} of "{receiver["name"]}" has a user name and no auth_password_file: put the password into '
                "alertmanager_secrets and name its file there."
            )


def _check_file_paths(value: Any, path: str) -> None:
    """Alertmanager takes some of these paths from the configuration's folder and others from its working directory."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith("_file") and isinstance(item, str) and not item.startswith("/"):
                raise ConfigError(
                    f"{inside(path, key)} is {shown(item, '')}, but must be a whole path: start it with /."
                )
            if key not in _OPAQUE:
                _check_file_paths(item, inside(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_file_paths(item, f"{path}[{index}]")


def _templates(templates: dict[str, str]) -> dict[str, str]:
    result: dict[str, str] = {}
    for name, content in templates.items():
        stem = file_name(name, "the name of a template in alertmanager_templates").removesuffix(".tmpl")
        path = f"templates/{stem}.tmpl"
        if path in result:
            raise ConfigError(
                f'alertmanager_templates has "{stem}" and "{stem}.tmpl", which are one file: take one of them out.'
            )
        result[path] = content if content.endswith("\n") else content + "\n"
    return result
