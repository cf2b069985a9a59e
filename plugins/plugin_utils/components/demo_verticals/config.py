# SPDX-License-Identifier: GPL-3.0-or-later
"""demo_verticals.json from the demo_verticals_* variables."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import json_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import literal_defaults
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    fields,
    ip_address,
    label_safe_name,
    one_of,
    parameters,
    port,
    sequence,
    unique,
    unique_ports,
)

KINDS = ("crm", "roofing", "policy", "property", "media")

_SERVICE: dict[str, Check] = {"name": label_safe_name, "kind": one_of(*KINDS), "port": port}
PARAMETERS: dict[str, Check] = {
    "listen_address": ip_address,
    "admin_address": ip_address,
    "admin_port": port,
    "services": sequence,
}
_DEFAULTS = literal_defaults("demo_verticals")


def files(params: Any) -> dict[str, str]:
    """{path below etc/: text}: demo_verticals.json, as the program reads it. Raises ConfigError."""
    p = parameters(params, "demo_verticals_", PARAMETERS, _DEFAULTS, {})
    paths = [f"demo_verticals_services[{index}]" for index in range(len(p["services"]))]
    services = [fields(value, path, _SERVICE, required=_SERVICE) for path, value in zip(paths, p["services"])]
    if not services:
        raise ConfigError("demo_verticals_services is empty: add a service with name, kind and port.")
    unique(((path, service["name"]) for path, service in zip(paths, services)), "demo service")
    ports = [(f"{path}.port", service["port"]) for path, service in zip(paths, services)]
    unique_ports([("demo_verticals_admin_port", p["admin_port"]), *ports])
    document = {
        "listen": {
            "address": p["listen_address"],
            "admin_address": p["admin_address"],
            "admin_port": p["admin_port"],
        },
        "services": [{key: service[key] for key in _SERVICE} for service in services],
    }
    return {"demo_verticals.json": json_text(document)}
