# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""In prod, what others can reach asks who they are and speaks TLS."""

from __future__ import annotations

import ipaddress
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import ConfigError, list_of, text

GUARDED = ("prod",)


def refuse(component: dict[str, Any], environment: str, exceptions: Any) -> str:
    """The sentence, or nothing. component: its description. exceptions: aether_open_listening, names of components."""
    try:
        list_of(text)(exceptions, "aether_open_listening")
    except ConfigError as error:
        return str(error)
    if environment not in GUARDED or component.get("secured"):
        return ""
    name = component["name"]
    wide = [variable for variable, address in component.get("listens", {}).items() if not is_loopback(address)]
    if not wide or name in exceptions:
        return ""
    return (
        f"{wide[0]} is {component['listens'][wide[0]]}, where others reach {name} without TLS or without a password: "
        f"set aether_tls and aether_web_password, have it listen on 127.0.0.1, or, where that is meant, put {name} "
        "into aether_open_listening."
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
