# SPDX-License-Identifier: GPL-3.0-or-later
"""What grafana.ini has unless grafana_ini says otherwise: Grafana's own defaults where they are safe, else these.

What HTTPS and the login of /metrics need is in access.py.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana.config import LINKS, SECRETS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import Variables

_DATA = "/var/lib/aetherlink/grafana"


def sections(v: Variables) -> dict[str, dict[str, Any]]:
    dev, tls, port = v["aether_env"] == "dev", v["grafana_tls"], v["grafana_port"]
    return {
        "server": {
            "protocol": "http",
            "http_addr": v["grafana_listen_address"],
            "http_port": port,
            "root_url": v["grafana_root_url"] or f"http{'s' if tls else ''}://localhost:{port}/",
        },
        "paths": {
            "data": _DATA,
            "logs": f"{_DATA}/log",
            "plugins": f"{_DATA}/plugins",
            "provisioning": f"{LINKS}/provisioning",
        },
        "analytics": {  # nothing is reported to anybody
            "reporting_enabled": False,
            "check_for_updates": False,
            "check_for_plugin_updates": False,
            "feedback_links_enabled": False,
        },
        "news": {"news_feed_enabled": False},
        "security": {
            "admin_user": v["grafana_admin_user"],
            "admin_password": f"$__file{{{SECRETS}/admin_password}}",
            "secret_key": f"$__file{{{SECRETS}/secret_key}}",
            "disable_gravatar": True,
            "cookie_secure": not dev or tls,
            "cookie_samesite": "strict",
            "allow_embedding": False,
            # Dev has services on the same host that stay plain, and browsers keep this by host, for every port.
            "strict_transport_security": not dev,
            "x_content_type_options": True,
            "x_xss_protection": True,
            "content_security_policy": True,
        },
        "snapshots": {"enabled": False, "external_enabled": False},
        "users": {
            "allow_sign_up": False,
            "allow_org_create": False,
            "viewers_can_edit": False,
            "default_theme": "system",
        },
        "auth.anonymous": {"enabled": False},
        "auth.basic": {"enabled": True},  # the API of the health check
        "unified_alerting": {"enabled": False},  # alerts are Prometheus' and Alertmanager's
        # None is downloaded at the first start.
        "plugins": {"preinstall_disabled": True, "plugin_admin_enabled": False},
        "public_dashboards": {"enabled": False},
        "log": {"mode": "console", "level": "info"},
        "log.console": {"format": "text"},
    }
