# SPDX-License-Identifier: GPL-3.0-or-later
"""Command Center, as its variables describe it."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import shared
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.command_center import config
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import ArtifactSource, Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.flags import flags_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import ROLES, Variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.secret_files import secret_files
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import local_url, with_port

SHORTEST = {"digest_key": 16}  # characters


def describe(v: Variables) -> Component:
    tls, login = v["command_center_tls"], shared.has_password(v)
    listen = with_port(v["command_center_listen_address"], v["command_center_port"])
    url = local_url(tls, v["command_center_listen_address"], v["command_center_port"])
    return Component(
        **shared.settings(v),
        files=configuration(v),
        secrets={
            **secret_files(v["command_center_secrets"], "command_center_secrets", shortest=SHORTEST),
            **config.users_files(_users(v)),
        },
        root_only=["secrets/web_password"] if login else [],
        flags=flags_text({"config": shared.etc(v, "command_center.json")}),
        restart_on=[listen],
        tls=tls,
        listens={"command_center_listen_address": v["command_center_listen_address"]},
        secured=tls and login,
        asks_password=login,
        program={"method": "artifact", "links": {"command_center.pyz": ""}},
        artifact=ArtifactSource(
            ROLES / "command_center" / "files" / "command_center",
            ROLES / "command_center" / "files" / "requirements.txt",
            v["command_center_artifact"],
            "command_center_artifact",
        ),
        checks=[{"name": "its port", "listen": {"command_center_port": listen}}, shared.program_check(v)],
        health_check={**shared.status_check(url, v), "access": shared.access(v, tls, login)},
    )


def configuration(v: Variables) -> dict[str, str]:
    """Text by path below etc/."""
    return config.files(_params(v))


def _params(v: Variables) -> dict[str, Any]:
    return {
        **shared.params(v, config.PARAMETERS),
        "env": v["aether_env"],
        "host": v.host,
        "hosts": v.targets,
        "basic_auth": shared.has_password(v),
        "state_dir": "/var/lib/aetherlink/command_center",
        "secrets": list(v["command_center_secrets"]),
    }


def _users(v: Variables) -> dict[str, Any]:
    return {
        "env": v["aether_env"],
        "host": v.host,
        "user": v["aether_web_user"],
        "password": v["aether_web_password"],
        "also": v["aether_web_also"],
        "people": v["command_center_basic_auth_users"],
    }
