# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Passwords of a component, and web.yml of Prometheus and Alertmanager as exporter-toolkit 0.8 and later read it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import REGISTRY
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.tls_files import certificate_file, key_file
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import boolean, plain
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.web_files import password_files, salt, users

COST = 10  # 2^10 rounds, some 50 ms for each user on each run
DERIVED_COST = 4  # the least that bcrypt has
_BCRYPT_ALPHABET = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BASE64_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
HEADERS = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "deny"}
HSTS = {"Strict-Transport-Security": "max-age=86400"}
_HEAD = "# Who may ask, and how. Managed by aetherlink.monitoring, from aether_tls and aether_web_password.\n"


def web_files(params: Any) -> dict[str, str]:
    """{path below etc/: text}: passwords, and web.yml where TLS or a password is wanted. Grafana has no web.yml.

    params: those of users() in web_files.py, `tls`, and `secrets`, the component's own. Raises ConfigError.
    """
    if not isinstance(params, Mapping):
        raise ConfigError("The filter web_files takes a mapping of parameters: pass one.")
    p = dict(params)
    tls = boolean(plain(p.pop("tls", False), "tls"), f"{p.get('component')}_tls")
    own_secrets = p.pop("secrets", {})
    found = users(p)
    component, env, host = (str(p[key]) for key in ("component", "env", "host"))
    files: dict[str, str] = {}
    if found:
        files = password_files(component, str(p["password"]))
        for name in (path.rpartition("/")[2] for path in files):
            if name in own_secrets:
                raise ConfigError(
                    f"{component}_secrets.{name} has the name of a file that aether_web_password becomes: rename it, "
                    "and what names it."
                )
    if (tls or found) and REGISTRY[component].web_config:
        hashes = {
            name: bcrypt_hash(one.password, salt(env, component, host, name), DERIVED_COST if one.derived else COST)
            for name, one in found.items()
        }
        files["web.yml"] = web_config(component, env, hashes, tls)
    return files


def web_config(component: str, env: str, hashes: Mapping[str, str], tls: bool) -> str:
    """One line for each section: each line of a secret is masked in whatever is shown, so it must be only here."""
    http: dict[str, Any] = {"headers": HEADERS}
    sections: dict[str, Any] = {}
    if tls:
        paths = {"cert_file": certificate_file(component), "key_file": key_file(component)}
        sections["tls_server_config"] = {**paths, "min_version": "TLS12"}
        # Dev has services on the same host that stay plain, and browsers keep this by host, for every port.
        http = {"http2": True, "headers": HEADERS if env == "dev" else {**HEADERS, **HSTS}}
    sections["http_server_config"] = http
    if hashes:
        sections["basic_auth_users"] = dict(hashes)
    lines = (
        f"{key}: {yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=2**16)}"
        for key, value in sections.items()
    )
    return _HEAD + "".join(lines)


@cache
def bcrypt_hash(password: str, salt_bytes: bytes, cost: int) -> str:
    """`$2b$10$...`, as htpasswd makes it. Raises ConfigError where the package is missing."""
    try:
        import bcrypt  # noqa: PLC0415 - only who sets a password needs it
    except ImportError:
        raise ConfigError(
            "aether_web_password needs the Python package bcrypt on the controller, beside ansible-core: install it "
            "there (pip install bcrypt)."
        ) from None
    setting = base64.b64encode(salt_bytes).rstrip(b"=").translate(bytes.maketrans(_BASE64_ALPHABET, _BCRYPT_ALPHABET))
    return bcrypt.hashpw(password.encode(), b"$2b$%02d$%s" % (cost, setting)).decode()
