# SPDX-License-Identifier: GPL-3.0-or-later
"""grafana.ini, provisioning and dashboards from the grafana_* variables. Native keys: Grafana 13."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_secrets import secrets
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, inside, shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana import access as grafana_access
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana import (
    dashboard_files as dashboards,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana import ini as grafana_ini
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import json_text, yaml_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import literal_defaults
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import (
    Inventory,
    Owner,
    hosts_check,
    with_port,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    anything,
    boolean,
    environment,
    fields,
    http_url,
    list_of,
    mapping,
    mapping_of,
    one_of,
    parameters,
    text,
    unique,
    whole,
)

REVISION = "aether_revision"  # the hidden variable that says which version of a dashboard Grafana has
_RUNBOOK = re.compile(r"__RUNBOOK_URL__/(\w+)")
SECRETS = "/etc/aetherlink/grafana/secrets"
LINKS = "/opt/aetherlink/grafana/links"
SHORTEST_PASSWORD = 12
_WORDS = (
    "admin administrator grafana prometheus monitoring password passwort passwd change me secret key aetherlink dev "
    "staging prod production letmein welcome hello test qwertyuiop qwerty asdfgh user root default"
)
_KNOWN = re.compile("|".join(sorted(_WORDS.split(), key=len, reverse=True)) + "|[^a-z]", re.IGNORECASE)
_PUBLIC = ("SW2YcwTIb9zpOOhoPsMm",)  # Grafana's own default for secret_key
_SEQUENCE = "abcdefghijklmnopqrstuvwxyz"
_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_PATH = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9 ._-]*/){0,4}[A-Za-z0-9][A-Za-z0-9 ._-]*\.json")


def _uid(value: Any, path: str) -> str:
    if not _UID.fullmatch(text(value, path)):
        raise ConfigError(f"{path} is {shown(value, path)}: use up to 40 letters, digits, _ and -.")
    return str(value)


def _secure(value: Any, path: str) -> object:
    """Secrets of a data source come as files, which Grafana reads itself."""
    for key, item in mapping(value, path).items():
        if not re.fullmatch(r"\$__(?:file|env|vault)\{[^}]+\}", text(item, inside(path, key))):
            raise ConfigError(
                f"{inside(path, key)} is a secret in plain text: put it into grafana_secrets and write "
                f"$__file{{{SECRETS}/NAME}} here."
            )
    return value


_DATASOURCE: dict[str, Check] = {
    "name": text,
    "uid": _uid,
    "type": text,
    "url": text,
    "user": text,
    "database": text,
    "access": one_of("proxy"),
    "basicAuth": boolean,
    "basicAuthUser": text,
    "isDefault": boolean,
    "jsonData": mapping_of(anything),
    "secureJsonData": _secure,
    "withCredentials": boolean,
    "editable": boolean,
}


def _datasource(value: Any, path: str) -> object:
    fields(value, path, _DATASOURCE, ("name", "uid", "type"))
    if value["type"] == "prometheus":
        http_url(value.get("url"), inside(path, "url"))
    plain_text = {key: item for key, item in value.items() if key != "secureJsonData"}
    for place, kind in secrets(plain_text):
        raise ConfigError(
            f"{path}.{place} is {kind} in plain text: put it into grafana_secrets, and write it in secureJsonData as "
            f"$__file{{{SECRETS}/NAME}}."
        )
    return value


PARAMETERS: dict[str, Check] = {
    "env": environment,
    "host": text,
    "hosts": hosts_check,
    "ini_builtin": grafana_ini.check,
    "ini": grafana_ini.check_of_operator,
    "root_url": lambda value, path: value == "" or http_url(value, path),
    "tls": boolean,
    "web_user": anything,
    "database": mapping_of(anything),
    "secrets": mapping,
    "datasources": list_of(_datasource),
    "scrape_interval": text,
    "dashboards": mapping,
    "dashboards_disabled": list_of(text),
    "runbook_url": text,
    "dashboards_interval": whole(1, 3600),
}
_DEFAULTS: dict[str, Any] = {**literal_defaults("grafana"), "tls": False, "web_user": ""}
_VARIABLES = {"env": "aether_env", "ini_builtin": "grafana.ini", "web_user": "aether_web_user"}
_OWNER = Owner("grafana_datasources", "Grafana", "put the host of Prometheus into it, or set grafana_datasources")


def files(params: Any, shipped: dict[str, str]) -> dict[str, str]:
    """{path below etc/: text}. Raises ConfigError.

    shipped: the collection's own dashboards, text by path.
    """
    p = parameters(params, "grafana_", PARAMETERS, _DEFAULTS, _VARIABLES)
    _check_secrets(p["env"], p["secrets"])
    _check_root_url(p)
    grafana_access.check(p)
    sources = _datasources(p)
    _check_sources_secrets(sources, p["secrets"])
    ini = grafana_ini.merged(p["ini_builtin"], grafana_access.ini(p), {"database": _database(p)}, p["ini"])
    wanted = _dashboards(p, shipped)
    dashboards.check(wanted, [source["uid"] for source in sources], [source["name"] for source in sources])
    return {
        "grafana.ini": grafana_ini.render(ini),
        "provisioning/datasources/aetherlink.yml": yaml_text({"apiVersion": 1, "datasources": sources}),
        # Nothing of these kinds. Without the folders Grafana logs an error at each start, which hides real ones.
        "provisioning/plugins/aetherlink.yml": yaml_text({"apiVersion": 1, "apps": []}),
        "provisioning/alerting/aetherlink.yml": yaml_text({"apiVersion": 1}),
        "provisioning/dashboards/aetherlink.yml": yaml_text(_provider(p["dashboards_interval"])),
        **{path: _stamped(path, content, p["runbook_url"]) for path, content in wanted.items()},
    }


def datasources(params: Any) -> list[dict[str, str]]:
    """[{name, uid, url}] of what Grafana has to have after a deploy. Raises ConfigError."""
    p = parameters(params, "grafana_", PARAMETERS, _DEFAULTS, _VARIABLES)
    return [{key: source.get(key, "") for key in ("name", "uid", "url")} for source in _datasources(p)]


def _datasources(p: dict[str, Any]) -> list[dict[str, Any]]:
    """The operator's, else each Prometheus of the inventory, of which the first is the default."""
    sources: list[dict[str, Any]] = p["datasources"] or _prometheus(p)
    for key in ("name", "uid"):
        unique([(f"grafana_datasources[{n}]", str(source[key])) for n, source in enumerate(sources)], key)
    defaults = [source["name"] for source in sources if source.get("isDefault")]
    if len(defaults) > 1:
        raise ConfigError(
            f'grafana_datasources has {len(defaults)} with isDefault, "{defaults[0]}" and "{defaults[1]}", and Grafana '
            "takes one: take it out of all but one."
        )
    return [{"orgId": 1, "access": "proxy", **source, "editable": False} for source in sources]


def _check_sources_secrets(sources: list[dict[str, Any]], given: dict[str, Any]) -> None:
    """Grafana fills in variables in a file that a data source names, without a word. No error shows a value."""
    for source in sources:
        for reference in source.get("secureJsonData", {}).values():
            for name in re.findall(rf"\$__file\{{{SECRETS}/([^}}]+)\}}", reference):
                if "$" in str(given.get(name, "")):
                    raise ConfigError(
                        f"grafana_secrets.{name} has a $ in it, which Grafana takes for the start of a variable where "
                        f"the data source {source['name']} reads it: choose one without."
                    )


def _prometheus(p: dict[str, Any]) -> list[dict[str, Any]]:
    """Names and uids go by the place in the group: a host that is added at its end leaves those before it alone."""
    inventory = Inventory(p["hosts"], p["host"])
    found = []
    for n, host in enumerate(inventory.hosts_of("prometheus", "grafana_datasources", _OWNER)):
        name = "Prometheus" if n == 0 else f"Prometheus {host['name']}"
        options = {"httpMethod": "POST", "timeInterval": p["scrape_interval"], "prometheusType": "Prometheus"}
        source = {
            "name": name,
            "uid": "prometheus" if n == 0 else f"prometheus-{n + 1}",
            "type": "prometheus",
            "url": f"http://{with_port(host['address'], host['port'])}",
            "isDefault": n == 0,
            "jsonData": options,
        }
        found.append(grafana_access.source(source, host, p))
    return found


def _provider(interval: int) -> dict[str, Any]:
    provider = {
        "name": "aetherlink",
        "orgId": 1,
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": interval,
        "options": {"path": f"{LINKS}/dashboards", "foldersFromFilesStructure": True},
    }
    return {"apiVersion": 1, "providers": [provider]}


def _database(p: dict[str, Any]) -> dict[str, Any]:
    wanted = fields(
        p["database"],
        "grafana_database",
        {
            "type": one_of("sqlite3", "postgres"),
            "host": text,
            "name": text,
            "user": text,
            "ssl_mode": one_of("disable", "require", "verify-ca", "verify-full"),
            "ca_cert_path": text,
            "max_open_conn": whole(0),
        },
    )
    if wanted.get("type", "sqlite3") == "sqlite3":
        if others := [key for key in wanted if key not in ("type", "max_open_conn")]:
            raise ConfigError(
                f"grafana_database.{others[0]} is nothing to SQLite: set grafana_database.type to postgres, "
                "or take it out."
            )
        return {"type": "sqlite3", "wal": True, **wanted}
    for key in ("host", "name", "user"):
        if key not in wanted:
            raise ConfigError(f"grafana_database has no {key}, which PostgreSQL needs: add it.")
    if "database_password" not in p["secrets"]:
        raise ConfigError("grafana_secrets has no database_password, which PostgreSQL needs: put it into the vault.")
    return {"ssl_mode": "require", **wanted, "password": f"$__file{{{SECRETS}/database_password}}"}


def _check_root_url(p: dict[str, Any]) -> None:
    if p["env"] != "dev" and not p["root_url"]:
        raise ConfigError(
            f"grafana_root_url is not set, and in {p['env']} people do not open Grafana on its own host: write the URL "
            "that they open it at, like https://grafana.example.org/."
        )


def _check_secrets(env: str, given: dict[str, Any]) -> None:
    """No error shows a value."""
    for name in ("admin_password", "secret_key"):
        if not isinstance(given.get(name), str) or not given[name]:
            raise ConfigError(
                f"grafana_secrets has no {name}{closest(name, given)}: put one of its own into the vault of {env}."
            )
        if env != "dev" and _weak(given[name]):
            raise ConfigError(
                f"grafana_secrets.{name} is too weak for {env}: take {SHORTEST_PASSWORD} characters or more that "
                "nobody guesses, such as those of `openssl rand -base64 24`."
            )


def _weak(secret: str) -> bool:
    """Too short, made of a few characters, known, or of little but words that everybody tries."""
    rest = _KNOWN.sub("", secret).lower()
    return (
        len(secret) < SHORTEST_PASSWORD
        or len(set(secret)) < 6
        or secret in _PUBLIC
        or len(rest) < 3
        or rest in _SEQUENCE
    )


def _dashboards(p: dict[str, Any], shipped: dict[str, str]) -> dict[str, str]:
    """{dashboards/<folder>/<file>: text} of the collection's own and the operator's, without those switched off."""
    own = dict(shipped)
    uids = {path.rpartition("/")[2].removesuffix(".json"): path for path in own}
    for n, uid in enumerate(p["dashboards_disabled"]):
        if uid not in uids:
            raise ConfigError(
                f'grafana_dashboards_disabled[{n}] is "{uid}", which is no dashboard of the '
                f"collection{closest(uid, uids)}: use {', '.join(sorted(uids))}."
            )
        del own[uids[uid]]
    theirs = {}
    for path, content in p["dashboards"].items():
        where = inside("grafana_dashboards", path)
        if not _PATH.fullmatch(path):
            raise ConfigError(f"{where} is no path for a dashboard: write it like My folder/my-dashboard.json.")
        theirs[path] = content if isinstance(content, str) else json_text(mapping(content, where))
    return {f"dashboards/{path}": content for path, content in {**own, **theirs}.items()}


def _stamped(path: str, content: str, runbook_url: str) -> str:
    """The dashboard with the address of the runbooks, and a hidden variable that says which version it is."""
    wanted = _RUNBOOK.sub(lambda found: runbook_url.replace("{alert}", found[1]), content)
    dashboard = json.loads(wanted)
    revision = hashlib.sha256(json.dumps([path, dashboard], sort_keys=True).encode()).hexdigest()[:12]
    variable = {"name": REVISION, "type": "constant", "query": revision, "hide": 2, "skipUrlSync": True}
    templating = dashboard.get("templating")
    templating = templating if isinstance(templating, dict) else {}
    found = templating.get("list")
    variables: list[Any] = found if isinstance(found, list) else []
    kept = [v for v in variables if isinstance(v, dict) and v.get("name") != REVISION]
    dashboard["templating"] = {**templating, "list": [*kept, variable]}
    return json_text(dashboard)
