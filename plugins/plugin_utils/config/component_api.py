# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a component's API is on its own host, and how it is asked there, by the host's variables alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import TLS_COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import (
    component_port,
    local_url,
    uses_tls,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.tls_files import certificate_file
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.web_files import DEFAULT_USER, PASSWORD_FILE


def component_api(variables: Mapping[str, Any], component: str) -> dict[str, Any]:
    """{url, access} as modules take them that run on the component's host. Raises ConfigError.

    variables: the host's, in which a role's defaults cannot be seen; so they are put in here.
    """
    if component not in TLS_COMPONENTS:
        raise ConfigError(f'There is no API of "{component}"{closest(str(component), TLS_COMPONENTS)}: correct it.')
    host = str(variables.get("inventory_hostname", "here"))
    tls = uses_tls(component, variables, host)
    port = component_port(component, variables, host)
    # Grafana has users of its own.
    login = {"user": "", "password_file": ""} if component == "grafana" else machine_login(variables, component)
    access = {"certificate_file": pinned(component, tls), **login}
    return {"url": local_url(tls, variables.get(f"{component}_listen_address"), port), "access": access}


def pinned(component: str, tls: bool) -> str:
    """The certificate that the component shows on its own host; empty without TLS."""
    return certificate_file(component) if tls else ""


def machine_login(variables: Mapping[str, Any], component: str) -> dict[str, str]:
    """{user, password_file} of the machine user, as the component's active release has it; empty without a password."""
    if not variables.get("aether_web_password"):
        return {"user": "", "password_file": ""}
    user = text(variables.get("aether_web_user", DEFAULT_USER), "aether_web_user")
    return {"user": str(user), "password_file": f"/opt/aetherlink/{component}/current/etc/{PASSWORD_FILE}"}
