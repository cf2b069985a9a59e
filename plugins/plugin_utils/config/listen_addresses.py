# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""In prod, every component asks for a password, and those that other hosts can reach use TLS."""

from __future__ import annotations

import ipaddress
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import list_of, text

GUARDED = ("prod",)


def refuse(component: Component, environment: str, exceptions: Any) -> str:
    """The sentence, or nothing. exceptions: aether_open_listening, names of components."""
    try:
        list_of(text)(exceptions, "aether_open_listening")
    except ConfigError as error:
        return str(error)
    if environment not in GUARDED or component.secured:
        return ""
    name = component.name
    if name in exceptions:
        return ""
    wide = [variable for variable, address in component.listens.items() if not is_loopback(address)]
    if not wide:
        return _without_password(name) if component.asks_password is False else ""
    return (
        f"{wide[0]} is {component.listens[wide[0]]}, where others reach {name} without TLS or without a password: "
        f"set aether_tls and aether_web_password, have it listen on 127.0.0.1, or, where that is meant, put {name} "
        "into aether_open_listening."
    )


def _without_password(name: str) -> str:
    return (
        f"{name} asks for no password, so that every user of its host can call it: set aether_web_password, or, where "
        f"that is meant, put {name} into aether_open_listening."
    )


def host_of(address: str) -> str:
    """address: with a port or without."""
    host = address.rpartition(":")[0] if address.count(":") == 1 or "]:" in address else address
    return host.strip("[]")


def is_loopback(address: str) -> bool:
    """address: empty for a listener that is off, unless it is empty but for the port."""
    host = host_of(address)
    if not address or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
