# SPDX-License-Identifier: GPL-3.0-or-later
"""How Grafana is asked and asks others: HTTPS, the login that /metrics wants, and what its data sources show."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import web_files as web
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.tls_files import (
    ca_file,
    certificate_file,
    key_file,
)

_ETC = "/etc/aetherlink/grafana"
_HTTPS = {
    "protocol": "https",
    "cert_file": certificate_file("grafana"),
    "cert_key": key_file("grafana"),
    "min_tls_version": "TLS1.2",
    "certs_watch_interval": "1m",
}
_LOGIN = ("basic_auth_username", "basic_auth_password")


def check(p: dict[str, Any]) -> None:
    """p: the parameters of the filter grafana_files, each of them checked. Raises ConfigError."""
    if p["tls"] and p["root_url"].startswith("http:"):
        raise ConfigError(
            f"grafana_root_url is {shown(p['root_url'], 'grafana_root_url')}, but Grafana serves HTTPS, and its "
            "cookies go over nothing else: write it with https, or set grafana_tls to false."
        )
    if not p["web_user"]:
        return
    for key in (key for key in _LOGIN if key in p["ini"].get("metrics", {})):  # Prometheus logs in by these
        raise ConfigError(f"grafana_ini.metrics.{key} is set by aether_web_user and aether_web_password: take it out.")


def ini(p: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Sections of grafana.ini. /metrics takes Prometheus' login and no other; all else asks for Grafana's own users.

    A certificate is no part of a release: Grafana looks at its files each minute, and a new one needs no restart.
    """
    sections: dict[str, dict[str, Any]] = {}
    if p["tls"]:
        sections["server"] = _HTTPS
    if p["web_user"]:
        login = (web.caller_user(p["web_user"], "prometheus"), f"$__file{{{_ETC}/{web.METRICS_FILE}}}")
        sections["metrics"] = dict(zip(_LOGIN, login))
    return sections


def source(plain: dict[str, Any], host: dict[str, Any], p: dict[str, Any]) -> dict[str, Any]:
    """The data source of that Prometheus, with what it is trusted by and the login that it asks for."""
    found, secure = dict(plain), dict[str, str]()
    if host.get("tls"):
        if not p["tls"]:
            raise ConfigError(
                f"grafana_tls is false, but Prometheus on the host {host['name']} has TLS, and Grafana gets the "
                "authority's certificate with its own alone: set grafana_tls to true, or aether_tls for all."
            )
        found["url"] = plain["url"].replace("http:", "https:", 1)
        found["jsonData"] = {**plain["jsonData"], "tlsAuthWithCACert": True}
        secure["tlsCACert"] = f"$__file{{{ca_file('grafana')}}}"
    if p["web_user"]:
        found |= {"basicAuth": True, "basicAuthUser": web.caller_user(p["web_user"], "grafana")}
        secure["basicAuthPassword"] = f"$__file{{{_ETC}/{web.caller_password_file('prometheus')}}}"
    return {**found, "secureJsonData": secure} if secure else found
