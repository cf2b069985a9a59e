# SPDX-License-Identifier: GPL-3.0-or-later
"""alertmanager.yml and its templates from the alertmanager_* variables. Native keys: Alertmanager 0.25 to 0.33."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.matchers import matchers
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, inside, quoted, shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager import routing_tests
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.inline_secrets import SecretRules
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import json_text, yaml_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    anything,
    boolean,
    duration,
    duration_or_zero,
    fields,
    file_name,
    labels,
    list_of,
    mapping,
    mapping_of,
    parameters,
    text,
    unique,
)

_INTEGRATIONS = (
    "discord email incidentio jira mattermost msteams msteamsv2 opsgenie pagerduty pushover rocketchat slack sns "
    "telegram victorops webex webhook wechat"
)
_names = list_of(text)


def _deprecated(replacement: str) -> Check:
    def check(_value: Any, path: str) -> None:
        raise ConfigError(
            f"{path} is the deprecated way to match: write it as {replacement}, a list of texts like 'env=\"prod\"'."
        )

    return check


_RECEIVER: dict[str, Check] = {
    "name": text,
    "labels": labels,
    **{f"{name}_configs": list_of(mapping) for name in _INTEGRATIONS.split()},
}

_GLOBAL_SECRETS = (
    "smtp_auth_password",
    "smtp_auth_secret",
    "slack_api_url",
    "slack_app_token",
    "victorops_api_key",
    "opsgenie_api_key",
    "telegram_bot_token",
    "rocketchat_token",
    "rocketchat_token_id",
    "mattermost_webhook_url",
    "wechat_api_secret",
)
_GLOBAL: dict[str, Check] = {
    "resolve_timeout": duration,
    "http_config": mapping,
    "smtp_from": text,
    "smtp_smarthost": text,
    "smtp_hello": text,
    "smtp_auth_identity": text,
    "smtp_auth_username": text,
    "smtp_require_tls": boolean,
    "smtp_force_implicit_tls": boolean,
    "smtp_tls_config": mapping,
    "wechat_api_corp_id": text,
    "pagerduty_url": text,
    "slack_app_url": text,
    **{
        f"{name}_api_url": text
        for name in ("jira", "opsgenie", "rocketchat", "telegram", "victorops", "webex", "wechat")
    },
    **{key: text for secret in _GLOBAL_SECRETS for key in (secret, f"{secret}_file")},
}


def _routes(value: Any, path: str) -> object:
    return list_of(_route)(value, path)


_ROUTE: dict[str, Check] = {
    "receiver": text,
    "group_by": _names,
    "continue": boolean,
    "match": _deprecated("matchers"),
    "match_re": _deprecated("matchers"),
    "matchers": matchers,
    "group_wait": duration_or_zero,
    "group_interval": duration,
    "repeat_interval": duration,
    "mute_time_intervals": _names,
    "active_time_intervals": _names,
    "routes": _routes,
}


def _route(value: Any, path: str) -> object:
    return fields(value, path, _ROUTE)


_INHIBIT_RULE: dict[str, Check] = {
    "name": text,
    "source_match": _deprecated("source_matchers"),
    "source_match_re": _deprecated("source_matchers"),
    "source_matchers": matchers,
    "target_match": _deprecated("target_matchers"),
    "target_match_re": _deprecated("target_matchers"),
    "target_matchers": matchers,
    "equal": _names,
}

_DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]


def _time_of_day(value: Any, path: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", value):
        raise ConfigError(
            f'{path} is {shown(value, path)}, which is not a time of day: write it in quotes, from "00:00" to "24:00".'
        )


def _weekday(value: Any, path: str) -> None:
    """A day, or two with a colon between them."""
    days = text(value, path).lower().split(":")
    if len(days) > 2 or not set(days) <= set(_DAYS):
        raise ConfigError(
            f"{path} is {shown(value, path)}, which is not a day of the week: write one like monday, or two like "
            "monday:friday."
        )


_TIMES: dict[str, Check] = {"start_time": _time_of_day, "end_time": _time_of_day}
_TIME_SPEC: dict[str, Check] = {
    "times": list_of(lambda value, path: fields(value, path, _TIMES, required=_TIMES)),
    "weekdays": list_of(_weekday),
    "days_of_month": list_of(anything),
    "months": list_of(anything),
    "years": list_of(anything),
    "location": text,
}
_TIME_INTERVAL: dict[str, Check] = {
    "name": text,
    "time_intervals": list_of(lambda value, path: fields(value, path, _TIME_SPEC)),
}

PARAMETERS: dict[str, Check] = {
    "global": lambda value, path: fields(value, path, _GLOBAL),
    "route": _route,
    "receivers": list_of(lambda value, path: fields(value, path, _RECEIVER, required=["name"])),
    "inhibit_rules": list_of(lambda value, path: fields(value, path, _INHIBIT_RULE)),
    "time_intervals": list_of(lambda value, path: fields(value, path, _TIME_INTERVAL, required=_TIME_INTERVAL)),
    "templates_builtin": mapping_of(text),
    "templates": mapping_of(text),
    "routing_tests": routing_tests.check,
}
_DEFAULTS: dict[str, Any] = {
    **{key: {} for key in ("global", "templates_builtin", "templates")},
    **{key: [] for key in ("inhibit_rules", "time_intervals", "routing_tests")},
}

# Each needs one of these, in the receiver or, with what is after the bar, in alertmanager_global.
_NEEDED = {
    "slack": ("api_url_file app_token_file", "slack_api_url_file slack_app_token_file"),
    "pagerduty": ("routing_key_file service_key_file", ""),
    "opsgenie": ("api_key_file", "opsgenie_api_key_file"),
    "webhook": ("url url_file", ""),
}

_IN_FILE = "put it into alertmanager_secrets and name its file in"
_RECEIVER_SECRETS = (
    "slack_configs.api_url",
    "pagerduty_configs.routing_key",
    "service_key",
    "auth_password",
    "auth_secret",
    "app_token",
    "api_key",
    "api_secret",
    "webhook_url",
    "user_key",
    "token",
    "token_id",
    "bot_token",
    "alert_source_token",
)
_CLIENT_SECRETS = ("password", "credentials", "client_secret", "tls_config.key", "smtp_tls_config.key")
_SECRET_FIXES = {
    **{
        key: f"{_IN_FILE} {key.rpartition('.')[2]}_file"
        for key in (*_GLOBAL_SECRETS, *_RECEIVER_SECRETS, *_CLIENT_SECRETS)
    },
    "bearer_token": f"{_IN_FILE} authorization.credentials_file",
    "secrets": f"{_IN_FILE} files",
    "secret_key": "use a profile or role_arn of the host",
}
_OPAQUE = frozenset({"details", "headers", "attributes", "custom_fields", "payload", "labels", "proxy_connect_header"})
_SECRETS = SecretRules(
    _SECRET_FIXES,
    _OPAQUE,
    "put the whole URL into alertmanager_secrets and name its file in url_file, or use http_config.basic_auth with "
    "password_file",
)


def files(params: Any) -> dict[str, str]:
    """{path below etc/: text}: alertmanager.yml, templates/<name>.tmpl, and routing_tests.json for the check.

    Raises ConfigError.
    """
    p = parameters(params, "alertmanager_", PARAMETERS, _DEFAULTS, {})
    receivers = _receivers(p["receivers"])
    intervals = _interval_names(p["time_intervals"])
    _check_root(p["route"])
    for path, route in _tree(p["route"], "alertmanager_route"):
        _check_names(route, path, receivers, intervals)
    for key in ("global", "receivers"):
        _SECRETS.check(p[key], f"alertmanager_{key}")
        _check_file_paths(p[key], f"alertmanager_{key}")
    _check_matchers(p["route"], "alertmanager_route")
    _check_inhibition(p["inhibit_rules"])
    _check_secrets(p["receivers"], p["global"])
    routing_tests.check_names(p["routing_tests"], receivers)
    templates = _templates({**p["templates_builtin"], **p["templates"]})
    document = {
        "global": p["global"],
        "templates": ["templates/*.tmpl"] if templates else [],
        "route": p["route"],
        "receivers": p["receivers"],
        "inhibit_rules": p["inhibit_rules"],
        "time_intervals": p["time_intervals"],
    }
    config = {key: value for key, value in document.items() if value}
    return {
        "alertmanager.yml": yaml_text(config),
        "routing_tests.json": json_text({"config": config, "tests": p["routing_tests"]}),
        **templates,
    }


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


def _check_root(route: dict[str, Any]) -> None:
    if "receiver" not in route:
        raise ConfigError("alertmanager_route has no receiver: name the one that gets what no other route takes.")
    for key in ("matchers", "continue", "mute_time_intervals", "active_time_intervals"):
        if route.get(key):
            raise ConfigError(
                f"alertmanager_route.{key} is for routes below the first, which takes every alert: move it into routes."
            )


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


def _check_matchers(route: dict[str, Any], path: str) -> None:
    for place, child in _tree(route, path):
        matchers(child.get("matchers", []), f"{place}.matchers")


def _check_inhibition(rules: list[dict[str, Any]]) -> None:
    for index, rule in enumerate(rules):
        path = f"alertmanager_inhibit_rules[{index}]"
        for side in ("source", "target"):
            if not matchers(rule.get(f"{side}_matchers", []), f"{path}.{side}_matchers"):
                raise ConfigError(f"{path} has no {side}_matchers, so it is about every alert: say which ones.")


def _check_secrets(receivers: list[dict[str, Any]], global_: dict[str, Any]) -> None:
    for index, receiver in enumerate(receivers):
        for integration, (own, shared) in _NEEDED.items():
            for number, config in enumerate(receiver.get(f"{integration}_configs", [])):
                if not any(config.get(key) for key in own.split()) and not any(map(global_.get, shared.split())):
                    place = f"alertmanager_receivers[{index}].{integration}_configs[{number}]"
                    raise ConfigError(
                        f'{place} of "{receiver["name"]}" has no {own.split()[0]}: put the secret into '
                        "alertmanager_secrets and name its file there."
                    )
        for number, config in enumerate(receiver.get("email_configs", [])):
            settings = {key.removeprefix("smtp_"): value for key, value in global_.items()} | config
            place = f"alertmanager_receivers[{index}].email_configs[{number}]"
            _check_mail_server(settings, config, receiver["name"], place)
            if settings.get("auth_username") and not settings.get("auth_password_file"):
                raise ConfigError(
                    f'{place} of "{receiver["name"]}" has a user name and no auth_password_file: put the password into '
                    "alertmanager_secrets and name its file there."
                )


def _check_mail_server(settings: dict[str, Any], own: dict[str, Any], receiver: str, place: str) -> None:
    """settings: of the receiver, with those of all receivers where it has none of its own."""
    for key in ("smarthost", "from"):
        if not settings.get(key):
            raise ConfigError(f'{place} of "{receiver}" has no {key}: set alertmanager_smtp_{key}.')
    if not re.search(r":[^]:/]+$", str(settings["smarthost"])):
        path = f"{place}.smarthost" if "smarthost" in own else "alertmanager_smtp_smarthost"
        raise ConfigError(f"{path} is {shown(settings['smarthost'], path)}, without a port: write it as host:port.")


def _check_file_paths(value: Any, path: str) -> None:
    """Alertmanager takes some of these paths from the configuration's folder and others from its working directory."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith("_file") and isinstance(item, str) and not item.startswith("/"):
                raise ConfigError(
                    f"{inside(path, key)} is {shown(item, '')}, but must be a whole path: start it with /."
                )
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
