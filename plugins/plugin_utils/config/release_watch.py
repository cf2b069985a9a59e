# SPDX-License-Identifier: GPL-3.0-or-later
"""release_watch: what must hold for a while after a deploy's switch."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.durations import duration_ms
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import TLS_COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.component_api import machine_login, pinned
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import with_port
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.tls_files import ca_file
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    duration_or_zero,
    fields,
    http_url,
    list_of,
    plain,
    text,
    unique,
)

VARIABLES = ("release_watch", "release_watch_duration", "release_watch_url")
DURATION = "1m"
"""How long to watch where conditions are named and release_watch_duration is not."""
_CONDITION: dict[str, Check] = {"name": text, "query": text, "for": duration_or_zero}
_conditions = list_of(lambda value, path: fields(value, path, _CONDITION, required=("name", "query")))


def release_watch(
    variables: dict[str, Any],
    prometheus: list[dict[str, Any]],
    *,
    asking: str = "",
    machine: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """{url, access, duration (seconds), conditions [{name, query, for (seconds)}]} for the release module.

    {} for no watch.

    variables: release_watch, release_watch_duration and release_watch_url of the inventory, those that it has.
    prometheus: that group's hosts as group_targets gives them; the first is asked where no URL is set. It is asked with
    what the component `asking` has on the host: the authority, where that Prometheus has TLS, and the password, where
    machine (aether_web_user, aether_web_password) has one. Of a URL that is set, it is not known who is there.
    Raises ConfigError.
    """
    wanted, length, url = (plain(variables.get(name), name) for name in VARIABLES)
    wanted = [] if wanted is None else wanted
    _conditions(wanted, "release_watch")
    unique(((f"release_watch[{n}].name", c["name"]) for n, c in enumerate(wanted)), "condition")
    length = (DURATION if wanted else 0) if length is None else length
    seconds = duration_ms(length, "release_watch_duration", zero=True) / 1000
    if not seconds:
        return {}
    made = []
    for number, condition in enumerate(wanted):
        path = f"release_watch[{number}].for"
        tolerance = duration_ms(condition.get("for", 0), path, zero=True) / 1000
        if tolerance >= seconds:
            raise ConfigError(
                f"{path} is {condition['for']}, which is as long as the whole watch, so that nothing could break it: "
                "shorten it, or lengthen release_watch_duration."
            )
        made.append({**condition, "for": tolerance})
    watch = {"url": _url(url, prometheus) if wanted else "", "duration": seconds, "conditions": made}
    if wanted and not url:
        watch["access"] = {**_trusted(prometheus[0], asking), **machine_login(machine or {}, asking)}
    return watch


def who_asks(component: str, groups: list[str]) -> str:
    """The component whose certificates and password the host asks with: that itself, if it has any, else another there.

    groups: those of the host.
    """
    return next((name for name in (component, *groups) if name in TLS_COMPONENTS), component)


def _url(url: Any, prometheus: list[dict[str, Any]]) -> str:
    if url:
        return http_url(url, "release_watch_url").rstrip("/")
    if not prometheus:
        raise ConfigError(
            "release_watch asks Prometheus, and the inventory has no host in the group prometheus: "
            "set release_watch_url to one that the hosts reach, or take release_watch out."
        )
    scheme = "https" if _has_tls(prometheus[0]) else "http"
    return f"{scheme}://{with_port(prometheus[0]['address'], prometheus[0]['port'])}"


def _trusted(host: dict[str, Any], asking: str) -> dict[str, str]:
    if host["local"]:
        return {"certificate_file": pinned("prometheus", _has_tls(host))}
    return {"ca_file": ca_file(asking) if _has_tls(host) else ""}


def _has_tls(host: dict[str, Any]) -> bool:
    return bool(host.get("tls", False))
