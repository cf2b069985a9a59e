# SPDX-License-Identifier: GPL-3.0-or-later
"""Alertmanager, as its variables describe it."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import shared
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager import config
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager.cluster import cluster
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager.origins import ORIGINS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.flags import flags_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import ROLES, Variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.secret_files import secret_files
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import local_url, with_port

_SECRETS = "/etc/aetherlink/alertmanager/secrets"
_TEMPLATE = ROLES / "alertmanager" / "files" / "templates" / "aetherlink.tmpl"


def describe(v: Variables) -> Component:
    tls, login = v["alertmanager_tls"], shared.has_password(v)
    listen = with_port(v["alertmanager_listen_address"], v["alertmanager_port"])
    url = local_url(tls, v["alertmanager_listen_address"], v["alertmanager_port"])
    secrets = all_secrets(v)
    web = shared.web(v, secrets, tls=tls, people=v["alertmanager_basic_auth_users"])
    clustered = v["alertmanager_cluster_listen_address"]
    # With certificates of one's own, others than Alertmanagers may have client certificates of the same authority.
    check_peer_names = bool(tls and clustered and v["aether_tls_files"])
    peers = cluster(
        v.groups,
        v.hostvars,
        v.host,
        {
            "listen": clustered,
            "tls": tls,
            "server_name": v["alertmanager_cluster_server_name"],
            "check_peer_names": check_peer_names,
        },
    )
    return Component(
        **shared.settings(v),
        files={**configuration(v), **peers["files"]},
        secrets={**secret_files(secrets, "alertmanager_secrets"), **web},
        root_only=["secrets/web_password"] if login else [],
        flags=_flags(v, listen, web_yml=tls or login, peers=peers["flags"]),
        # The cluster's TLS file is read at the start only.
        restart_on=[
            *(["tls", v["alertmanager_cluster_server_name"]] if tls else []),
            *(["peer names"] if check_peer_names else []),
        ],
        tls=tls,
        tls_names=[v["alertmanager_cluster_server_name"]] if clustered else [],
        tls_client=bool(clustered),  # peers show theirs to each other
        listens={
            "alertmanager_listen_address": v["alertmanager_listen_address"],
            # With TLS the cluster lets nobody in without a certificate of the environment.
            **({} if tls else {"alertmanager_cluster_listen_address": clustered}),
        },
        secured=tls and login,
        asks_password=login,
        program={
            "method": v["alertmanager_install_method"],
            "version": v["alertmanager_version"],
            "oldest": "0.26" if check_peer_names else "0.25",  # 0.26 knows client_allowed_sans
            "package": "prometheus-alertmanager",
            "links": {"alertmanager": "/usr/bin/prometheus-alertmanager", "amtool": "/usr/bin/amtool"},
        },
        archive=shared.archive(v),
        origins=ORIGINS,
        checks=_checks(listen, clustered),
        parts={"routing": {"files": ["alertmanager.yml", "templates/", "routing_tests.json"], "secrets": True}},
        health_check={
            "ready_url": f"{url}/-/ready",
            "metrics_url": f"{url}/metrics",
            "success_metric": "alertmanager_config_last_reload_successful",
            "time_metric": "alertmanager_config_last_reload_success_timestamp_seconds",
            "hash_metric": "alertmanager_config_hash",
            "config_file": "alertmanager.yml",
            "access": shared.access(v, tls, login),
            "timeout": v["alertmanager_health_timeout"],
        },
    )


def all_secrets(v: Variables) -> dict[str, Any]:
    """With the address of the local inbox, where dev's notifications go until there is a webhook."""
    inboxes = v.targets.get("inbox", []) if v["aether_env"] == "dev" else []
    local = [f"http://{with_port(host['address'], host['port'])}/slack/slack-dev" for host in inboxes[:1]]
    return {**({"slack_url": local[0]} if local else {}), **v["alertmanager_secrets"]}


def configuration(v: Variables) -> dict[str, str]:
    """Text by path below etc/."""
    shipped = {"aetherlink": _TEMPLATE.read_text().rstrip()}
    own = {"templates_builtin": shipped, "global_builtin": _mail(v)}
    return config.files({**shared.params(v, config.PARAMETERS), **own})


def _mail(v: Variables) -> dict[str, str]:
    """What the mail variables make of the section `global`."""
    found: dict[str, str] = {}
    if v["alertmanager_smtp_smarthost"]:
        found |= {"smtp_smarthost": v["alertmanager_smtp_smarthost"], "smtp_from": v["alertmanager_smtp_from"]}
    if v["alertmanager_smtp_username"]:
        found["smtp_auth_username"] = v["alertmanager_smtp_username"]
        found["smtp_auth_password_file"] = f"{_SECRETS}/smtp_password"
    return found


def _flags(v: Variables, listen: str, *, web_yml: bool, peers: dict[str, Any]) -> str:
    external = v["alertmanager_external_url"]
    own = {
        "config.file": shared.etc(v, "alertmanager.yml"),
        "storage.path": "/var/lib/aetherlink/alertmanager",
        "web.listen-address": listen,
        "web.config.file": shared.etc(v, "web.yml") if web_yml else None,
        "web.external-url": external or None,
        "web.route-prefix": "/" if external else None,
        **peers,
    }
    return flags_text(own, v["alertmanager_flags"], variable="alertmanager_flags")


def _checks(listen: str, clustered: str) -> list[dict[str, Any]]:
    ports = {"alertmanager_port": listen, **({"alertmanager_cluster_listen_address": clustered} if clustered else {})}
    return [
        {"name": "its port", "listen": ports},
        {
            "name": "alertmanager",
            "argv": ["{bin}/alertmanager", "flags:", "--version"],
            "fix": "correct alertmanager_flags",
        },
        {"name": "amtool check-config", "argv": ["{bin}/amtool", "check-config", "{etc}/alertmanager.yml"]},
        {
            "name": "the routing tests",
            "probe": "routing",
            "fix": "correct alertmanager_route, or the test in alertmanager_routing_tests",
        },
        {
            "name": "the notifications",
            "probe": "notifications",
            "fix": "correct that text, or the template that it takes",
        },
    ]
