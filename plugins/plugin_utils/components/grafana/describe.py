# SPDX-License-Identifier: GPL-3.0-or-later
"""Grafana, as its variables describe it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import shared
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana import config, ini_defaults
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.flags import flags_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import ROLES, Variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.secret_files import secret_files
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import local_url, with_port

_FILES = ROLES / "grafana" / "files"
APT_SOURCE = "/etc/apt/sources.list.d/aetherlink-grafana.sources"


def describe(v: Variables) -> Component:
    tls, login = v["grafana_tls"], shared.has_password(v)
    listen = with_port(v["grafana_listen_address"], v["grafana_port"])
    url = local_url(tls, v["grafana_listen_address"], v["grafana_port"])
    own_name = urlsplit(v["grafana_root_url"]).hostname if v["grafana_root_url"] else None
    return Component(
        **shared.settings(v),
        files=configuration(v),
        secrets={**secret_files(v["grafana_secrets"], "grafana_secrets"), **shared.web(v, v["grafana_secrets"])},
        root_only=["secrets/web_password"] if login else [],
        tls=tls,
        # The name that people open it by, which a certificate of the environment's authority then has, too.
        tls_names=[own_name] if own_name else [],
        listens={"grafana_listen_address": v["grafana_listen_address"]},
        secured=tls,  # it has a login of its own
        flags=flags_text({"homepath": "/opt/aetherlink/grafana/current/bin", "config": shared.etc(v, "grafana.ini")}),
        restart_files=_restart_files(v, login),
        program=_program(v),
        package_unit="grafana-server.service",
        repository={key: v[f"grafana_repository_{key}"] for key in ("url", "key_url", "key_fingerprint")},
        archive=shared.archive(v),
        # Where its programs cannot be had, dev goes on without it, and verify.yml says so.
        optional=v["aether_env"] == "dev",
        linked=["provisioning", "dashboards"],
        verify={"envs": v["grafana_envs"], "user": v["grafana_admin_user"]},
        checks=[{"name": "its port", "listen": {"grafana_port": listen}}, *_settings_check(v)],
        parts={"dashboards": {"files": ["dashboards/"]}},
        readable_by="same major",  # a newer Grafana rewrites its database at the start
        health_check={
            "ready_url": f"{url}/api/health",
            "access": shared.access(v, tls, login=False),
            "grafana": {
                "url": url,
                "user": v["grafana_admin_user"],
                "password_file": "secrets/admin_password",
                "datasources": config.datasources(_params(v)),
            },
            "timeout": v["grafana_health_timeout"],
        },
    )


def _settings_check(v: Variables) -> list[dict[str, Any]]:
    """Grafana ignores a key that it does not know, and starts; its own file of defaults says which it knows."""
    if not v["grafana_ini"]:
        return []
    wanted = {"variable": "grafana_ini", "values": v["grafana_ini"], "known": v["grafana_ini_known_keys"]}
    return [{"name": "grafana.ini", "settings": {**wanted, "defaults": "{bin}/conf/defaults.ini"}}]


def configuration(v: Variables) -> dict[str, str]:
    """Text by path below etc/."""
    return config.files(_params(v), _shipped_dashboards())


def _params(v: Variables) -> dict[str, Any]:
    return {
        **shared.params(v, config.PARAMETERS),
        "env": v["aether_env"],
        "host": v.host,
        "hosts": v.targets,
        "ini_builtin": ini_defaults.sections(v),
        "web_user": v["aether_web_user"] if shared.has_password(v) else "",
    }


def _shipped_dashboards() -> dict[str, str]:
    root = _FILES / "dashboards"
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*.json"))}


def _restart_files(v: Variables, login: bool) -> list[str]:
    """Read at the start alone. The password of the admin is changed over Grafana's API. Data sources take a new
    password by a reload, but [metrics] does not."""
    metrics = v["grafana_ini"].get("metrics")
    measured = metrics.get("enabled", True) if isinstance(metrics, dict) else True
    own = [f"secrets/{name}" for name in v["grafana_secrets"] if name != "admin_password"]
    return ["grafana.ini", *own, *(["secrets/metrics_password"] if login and measured else [])]


def _program(v: Variables) -> dict[str, Any]:
    packaged = v["grafana_install_method"] == "package" and v["grafana_repository_url"]
    return {
        "method": v["grafana_install_method"],
        "version": v["grafana_version"],
        "oldest": "12.2",
        "package": "grafana",
        "apt_source": {"path": APT_SOURCE, "content": _apt_source(v)} if packaged else {},
        "links": {
            "bin/grafana": "/usr/share/grafana/bin/grafana",
            "conf/defaults.ini": "/usr/share/grafana/conf/defaults.ini",
            "public": "/usr/share/grafana/public",
            # Prometheus' data source is one of these plugins in newer versions, and the package has had them in both
            # places.
            "data/plugins-bundled": [
                "/usr/share/grafana/data/plugins-bundled",
                "/var/lib/grafana/plugins-bundled",
            ],
        },
    }


def _apt_source(v: Variables) -> str:
    """With the fingerprint, so that a new key makes it differ, too."""
    return (
        f"# Managed by aetherlink.monitoring. The key is {v['grafana_repository_key_fingerprint']}.\n"
        "Types: deb\n"
        f"URIs: {v['grafana_repository_url']}\n"
        "Suites: stable\n"
        "Components: main\n"
        "Signed-By: /etc/apt/keyrings/aetherlink-grafana.gpg\n"
    )
