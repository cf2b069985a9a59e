# SPDX-License-Identifier: GPL-3.0-or-later
"""The inbox, as its variables describe it."""

from __future__ import annotations

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import shared
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.inbox import config
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import ArtifactSource, Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.flags import flags_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import ROLES, Variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.secret_files import secret_files
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import local_url, with_port

ARTIFACT = ArtifactSource(
    ROLES / "inbox" / "files" / "inbox",
    ROLES / "inbox" / "files" / "requirements.txt",
    module_utils=("notifications.protocols",),
)


def describe(v: Variables) -> Component:
    files = config.files(shared.params(v, config.PARAMETERS))
    address = v["inbox_listen_address"]
    ports = {name: with_port(address, v[name]) for name in ("inbox_port", "inbox_smtp_port")}
    return Component(
        **shared.settings(v),
        files=files,
        secrets=secret_files(v["inbox_secrets"], "inbox_secrets"),
        flags=flags_text({"config": shared.etc(v, "inbox.json")}),
        program={"method": "artifact", "links": {"inbox.pyz": ""}},
        artifact=ARTIFACT,
        checks=[{"name": "its ports", "listen": ports}, shared.program_check(v)],
        reloadable=False,
        health_check=shared.status_check(local_url(False, address, v["inbox_port"]), v, loads=""),
    )
