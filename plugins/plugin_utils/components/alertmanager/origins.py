# SPDX-License-Identifier: GPL-3.0-or-later
"""Which alertmanager_* variable a place in alertmanager.yml or a template comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.checker_messages import (
    Finding,
    Origins,
    Path,
    Variable,
    joined,
)

_FILE = "alertmanager.yml"
_EXTRA = "alertmanager_extra_config"
_TEMPLATES = "templates/"
_OF_MAIL = ("smtp_smarthost", "smtp_from", "smtp_auth_username")
_OF_VARIABLES = ("alertmanager_time_zone", "alertmanager_smtp_smarthost", "alertmanager_smtp_from")
"""Made into a section by the role: where a section has just such a value, it is theirs."""
_TEMPLATE = re.compile(r"template: ([^:]+)\.tmpl:\d+: .*")
_IN_WORDS = {
    "root route": ("route",),
    "no global SMTP smarthost": ("global", "smtp_smarthost"),
    "no global SMTP from": ("global", "smtp_from"),
    "PagerDuty config": ("receivers",),
    "no global Slack": ("receivers",),
    "no global OpsGenie": ("receivers",),
    "url or url_file must be configured": ("receivers",),
}


def place(documents: Mapping[str, Any], file: str, path: Path, variable: Variable) -> str:
    if file.startswith(_TEMPLATES):
        own = variable("alertmanager_templates") or {}
        return next(
            (joined("alertmanager_templates", (name,)) for name in (path[0], f"{path[0]}.tmpl") if name in own), ""
        )
    value: Any = documents[_FILE]
    for step in path:
        inner: Any = step  # a number within a list
        value = value[inner] if isinstance(value, list) or step in value else None
        if value is None:
            break
    made_of = [name for name in _OF_VARIABLES if isinstance(value, str) and variable(name) == value]
    if made_of:
        return made_of[0]
    if path[0] == "global":
        missing = len(path) > 1 and path[1] in _OF_MAIL and path[1] not in (variable("alertmanager_global") or {})
        return joined(f"alertmanager_{path[1]}" if missing else "alertmanager_global", path[1 + missing :])
    if path[0] in ("route", "receivers", "inhibit_rules", "time_intervals"):
        beyond = (
            len(path) > 1 and isinstance(path[1], int) and path[1] >= len(variable(f"alertmanager_{path[0]}") or ())
        )
        return joined(_EXTRA, path[:1]) if beyond else joined(f"alertmanager_{path[0]}", path[1:])
    return joined(_EXTRA, path)


def special(_documents: Mapping[str, Any], cause: str) -> Finding | None:
    own = cause.removeprefix(f"{_FILE}: ")
    if template := _TEMPLATE.fullmatch(own):
        return Finding(f"{_TEMPLATES}{template[1]}.tmpl", (template[1],), own)
    return next((Finding(_FILE, path, own) for words, path in _IN_WORDS.items() if words in own), None)


_KEYS = (
    "active_time_intervals api_key_file api_url_file auth_password_file auth_username bot_token_file channel chat_id "
    "continue days_of_month description details discord_configs email_configs end_time equal from global group_by "
    "group_interval group_wait headers html http_config inhibit_rules jira_configs location matchers message months "
    "msteams_configs msteamsv2_configs mute_time_intervals name opsgenie_configs pagerduty_configs pushover_configs "
    "receiver receivers repeat_interval resolve_timeout route routes routing_key_file send_resolved severity "
    "slack_configs smarthost smtp_from smtp_smarthost sns_configs source_matchers start_time target_matchers "
    "telegram_configs templates text time_intervals times title title_link tls_config to url url_file "
    "victorops_configs webex_configs webhook_configs wechat_configs weekdays years"
)

ORIGINS = Origins(
    file=_FILE,
    checker="amtool check-config",
    place=place,
    special=special,
    keys=_KEYS,
)
