# SPDX-License-Identifier: GPL-3.0-or-later
"""What the descriptions of components have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jinja2
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.component_api import pinned
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import ROLES, Variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.web_files import PASSWORD_FILE
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.web_passwords import web_files

_TEMPLATES = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - units are no HTML: escaped, a quote would be another text


def params(v: Variables, names: Iterable[str]) -> dict[str, Any]:
    """What a configuration is made of, by name: those of the names that are variables of the role."""
    return {name: v.own(name) for name in names if f"{v.role}_{name}" in v}


def settings(v: Variables) -> dict[str, Any]:
    """The fields of a Component that every role has a variable for, and its unit."""
    return {
        "name": v.role,
        "user": v.own("user"),
        "unit": unit(v),
        "skip_check": v.own("skip_check"),
        "keep": v.own("keep_releases"),
        "lock_timeout": v.own("lock_timeout"),
    }


def unit(v: Variables) -> dict[str, str]:
    name = f"aetherlink-{v.role.replace('_', '-')}.service"
    template = (ROLES / v.role / "templates" / "etc" / "systemd" / "system" / f"{name}.j2").read_text()
    return {"name": name, "content": _TEMPLATES.from_string(template).render(v.known())}


def etc(v: Variables, file: str) -> str:
    """The path of a file of the active release, on the host."""
    return f"/opt/aetherlink/{v.role}/current/etc/{file}"


def program_check(v: Variables) -> dict[str, Any]:
    """An artifact checks its own configuration."""
    argv = ["/usr/bin/python3", "-I", f"{{bin}}/{v.role}.pyz", "--check", "--config", f"{{etc}}/{v.role}.json"]
    return {"name": f"{v.role} --check", "argv": argv}


def status_check(url: str, v: Variables, loads: str = "config_loads") -> dict[str, Any]:
    """Of a program of this collection: /readyz says which configuration it runs, and how often it has loaded one."""
    return {
        "ready_url": f"{url}/readyz",
        "status_url": f"{url}/readyz",
        "digest_field": "config_sha256",
        "error_field": "config_error",
        **({"loads_field": loads} if loads else {}),
        "config_file": f"{v.role}.json",
        "timeout": v.own("health_timeout"),
    }


def archive(v: Variables) -> dict[str, Any]:
    return {key: v.own(f"archive_{key}") for key in ("url", "sums_url", "sha256")}


def has_password(v: Variables) -> bool:
    return bool(v["aether_web_password"])


def access(v: Variables, tls: bool, login: bool) -> dict[str, str]:
    """How a deploy asks the component on its own host."""
    return {
        "certificate_file": pinned(v.role, tls),
        "user": v["aether_web_user"] if login else "",
        "password_file": PASSWORD_FILE if login else "",
    }


def web(v: Variables, secrets: dict[str, Any], **more: Any) -> dict[str, str]:
    """Passwords and web.yml, text by path below etc/. more: `tls` and `people`."""
    return web_files(
        {
            "component": v.role,
            "env": v["aether_env"],
            "host": v.host,
            "user": v["aether_web_user"],
            "password": v["aether_web_password"],
            "also": v["aether_web_also"],
            "secrets": secrets,
            **more,
        }
    )
