# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo verticals, as their variables describe them."""

from __future__ import annotations

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import shared
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.demo_verticals import config
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import ArtifactSource, Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.flags import flags_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import ROLES, Variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import local_url, with_port


def describe(v: Variables) -> Component:
    files = config.files(shared.params(v, config.PARAMETERS))
    admin = with_port(v["demo_verticals_admin_address"], v["demo_verticals_admin_port"])
    url = local_url(False, v["demo_verticals_admin_address"], v["demo_verticals_admin_port"])
    services = {
        f"demo_verticals_services ({service['name']})": with_port(v["demo_verticals_listen_address"], service["port"])
        for service in v["demo_verticals_services"]
    }
    return Component(
        **shared.settings(v),
        files=files,
        flags=flags_text({"config": shared.etc(v, "demo_verticals.json")}),
        restart_on=[admin],
        program={"method": "artifact", "links": {"demo_verticals.pyz": ""}},
        artifact=ArtifactSource(ROLES / "demo_verticals" / "files" / "demo_verticals"),
        checks=[
            {"name": "its ports", "listen": {"demo_verticals_admin_port": admin, **services}},
            shared.program_check(v),
        ],
        health_check=shared.status_check(url, v),
    )
