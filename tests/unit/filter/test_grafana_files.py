# SPDX-License-Identifier: GPL-3.0-or-later
"""grafana.ini, provisioning and dashboards from variables, and what is refused of them."""

from __future__ import annotations

import configparser
import json
from typing import Any

import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.grafana import config as grafana

BOARD = {
    "uid": "fleet",
    "title": "Fleet",
    "schemaVersion": 42,
    "links": [{"url": "__RUNBOOK_URL__/TargetDown"}],
    "templating": {"list": []},
    "panels": [],
}
SHIPPED = {"AetherLink/fleet.json": json.dumps(BOARD)}
STRONG = {"admin_password": "Kx7-veldspar-91-quince", "secret_key": "b0gus-but-long-enough"}
HOST = {"name": "mon1", "address": "127.0.0.1", "local": True, "port": 9090}
PARAMS: dict[str, Any] = {
    "env": "prod",
    "host": "mon1",
    "hosts": {"prometheus": [HOST]},
    "ini_builtin": {"server": {"http_port": 3000}, "users": {"allow_sign_up": False}},
    "root_url": "https://grafana.example/",
    "secrets": STRONG,
    "scrape_interval": "15s",
    "dashboards_interval": 30,
    "runbook_url": "https://runbooks.example/{alert}.html",
}


def files(**changes: Any) -> dict[str, str]:
    return grafana.files({**PARAMS, **changes}, SHIPPED)


def refusal(**changes: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        files(**changes)
    return str(caught.value)


def ini(**changes: Any) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None)
    found.read_string(files(**changes)["grafana.ini"])
    return found


def sources(**changes: Any) -> list[dict[str, Any]]:
    return yaml.safe_load(files(**changes)["provisioning/datasources/aetherlink.yml"])["datasources"]


def board(path: str = "dashboards/AetherLink/fleet.json", **changes: Any) -> dict[str, Any]:
    return json.loads(files(**changes)[path])


def revision(found: dict[str, Any]) -> str:
    (variable,) = (v for v in found["templating"]["list"] if v["name"] == "aether_revision")
    assert (variable["type"], variable["hide"]) == ("constant", 2)
    return variable["query"]


# grafana.ini


def test_what_the_operator_writes_counts_where_the_role_has_the_same_key() -> None:
    found = ini(ini={"users": {"default_theme": "light", "allow_sign_up": True}})

    assert dict(found["server"]) == {"http_port": "3000"}
    assert dict(found["users"]) == {"allow_sign_up": "true", "default_theme": "light"}


def test_a_value_with_a_comments_sign_is_quoted() -> None:
    assert 'banner = """a; b # c"""' in files(ini={"x": {"banner": "a; b # c"}})["grafana.ini"]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"smtp": {"password": "hunter2"}}, "grafana_ini.smtp.password has a secret in plain text: put it into"),
        (
            {"auth.generic_oauth": {"client_secret": "x"}},
            'grafana_ini["auth.generic_oauth"].client_secret has a secret',
        ),
        (
            {"remote_cache": {"url": "redis://g:hunter2@db/g"}},
            "grafana_ini.remote_cache.url has a secret in plain text",
        ),
        ({"remote_cache": {"connstr": "addr=a,password=hunter2"}}, "grafana_ini.remote_cache.connstr has a secret"),
        ({"external_image_storage.azure_blob": {"account_key": "hunter2"}}, "account_key has a secret in plain text"),
        ({"server": {"http_port": 3001}}, "grafana_ini.server.http_port is set by grafana_port: take it out."),
        ({"paths": {"data": "/tmp"}}, "grafana_ini.paths.data is set by the role: take it out."),
        ({"smtp": {"host": "a\nb"}}, "grafana_ini.smtp.host has a line break"),
        ({"smtp": {"host": "%(x)s"}}, "grafana_ini.smtp.host has %( in it"),
        ({"smtp": {"host": ["a"]}}, "grafana_ini.smtp.host is a list: write text, a number, true or false."),
        ({"smtp": "on"}, "grafana_ini.smtp is"),
        ({"a]b": {"c": 1}}, "is not a section and a key of grafana.ini"),
    ],
)
def test_what_the_file_cannot_hold_is_refused(written: dict[str, Any], sentence: str) -> None:
    message = refusal(ini=written)

    assert sentence in message and "hunter2" not in message


def test_a_secret_may_come_as_a_file() -> None:
    assert ini(ini={"smtp": {"password": "$__file{/etc/aetherlink/grafana/secrets/smtp}"}})["smtp"]["password"]


# Secrets and the database


@pytest.mark.parametrize("name", ["admin_password", "secret_key"])
@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "changeme12345",
        "changeme-prod",
        "monitoring123",
        "welcome12345",
        "grafanaprod12",
        "aetherlink-dev-secret-key",
        "qwertyuiop12",
        "abcdefghijkl",
        "aaaaaaaaaaaaaaaa",
        "SW2YcwTIb9zpOOhoPsMm",
    ],
)
def test_a_weak_secret_is_refused_outside_dev(name: str, value: str) -> None:
    message = refusal(secrets={**STRONG, name: value})

    assert message.startswith(f"grafana_secrets.{name} is too weak for prod: take 12 characters or more")
    assert value not in message
    assert files(env="dev", secrets={**STRONG, name: value})


@pytest.mark.parametrize("env", ["dev", "staging"])
def test_a_missing_secret_is_refused_everywhere(env: str) -> None:
    message = refusal(
        env=env, secrets={"admin_pasword": "Kx7-veldspar-91-quince", "secret_key": "k" * 3 + "-xyz-12345"}
    )

    assert message.startswith('grafana_secrets has no admin_password (did you mean "admin_pasword"?)')


def test_postgresql_takes_its_password_from_a_file() -> None:
    database = {"type": "postgres", "host": "db:5432", "name": "grafana", "user": "grafana"}

    found = dict(ini(database=database, secrets={**STRONG, "database_password": "x"})["database"])

    assert found["password"] == "$__file{/etc/aetherlink/grafana/secrets/database_password}"
    assert found["ssl_mode"] == "require"


@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        ({"type": "mysql"}, "grafana_database.type is"),
        ({"type": "postgres", "name": "g", "user": "g"}, "grafana_database has no host, which PostgreSQL needs"),
        ({"type": "postgres", "host": "h", "name": "g", "user": "g"}, "grafana_secrets has no database_password"),
        ({"host": "db"}, "grafana_database.host is nothing to SQLite"),
        ({"type": "postgres", "password": "hunter2"}, "grafana_database.password is not a key"),
    ],
)
def test_a_database_that_cannot_work_is_refused(database: dict[str, Any], sentence: str) -> None:
    message = refusal(database=database)

    assert sentence in message and "hunter2" not in message


# Data sources


def test_the_inventorys_prometheus_is_the_default_data_source() -> None:
    (source,) = sources()

    assert (source["name"], source["uid"], source["url"]) == ("Prometheus", "prometheus", "http://127.0.0.1:9090")
    assert source["isDefault"] is True
    assert source["jsonData"]["timeInterval"] == "15s"


def test_each_prometheus_is_a_data_source_and_the_first_the_default() -> None:
    second = {"name": "mon2", "address": "mon2", "local": False, "port": 9091}

    found = sources(hosts={"prometheus": [HOST, second]})

    assert [(s["name"], s["uid"], s["url"], s["isDefault"]) for s in found] == [
        ("Prometheus", "prometheus", "http://127.0.0.1:9090", True),
        ("Prometheus mon2", "prometheus-2", "http://mon2:9091", False),
    ]


def test_what_a_deploy_asks_for_is_what_is_provisioned() -> None:
    assert grafana.datasources(PARAMS) == [{key: sources()[0][key] for key in ("name", "uid", "url")}]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"isDefalt": True}, "grafana_datasources[0].isDefalt is not a key that exists"),
        ({"url": "http://u:hunter2@p:9090"}, "grafana_datasources[0].url is a URL with credentials in it"),
        ({"secureJsonData": {"basicAuthPassword": "hunter2"}}, "basicAuthPassword is a secret in plain text"),
        ({"jsonData": {"password": "hunter2"}}, "grafana_datasources[0].jsonData.password is a value that is called a"),
        ({"url": ""}, "grafana_datasources[0].url is empty"),
        ({"uid": "a b"}, "grafana_datasources[0].uid is"),
        ({"access": "direct"}, "grafana_datasources[0].access is"),
    ],
)
def test_a_data_source_that_is_wrong_is_refused(change: dict[str, Any], sentence: str) -> None:
    source = {"name": "Prometheus", "uid": "prometheus", "type": "prometheus", "url": "http://p:9090"}
    message = refusal(datasources=[{**source, **change}])

    assert sentence in message and "hunter2" not in message


def test_a_data_source_of_another_kind_may_have_another_url_or_none() -> None:
    database = {"name": "Orders", "uid": "orders", "type": "postgres", "url": "db:5432", "user": "r", "database": "o"}
    alerts = {"name": "Alerts", "uid": "alerts", "type": "alertmanager"}

    assert [source["name"] for source in sources(datasources=[database, alerts])] == ["Orders", "Alerts"]


def test_outside_dev_people_need_a_url() -> None:
    assert refusal(root_url="").startswith("grafana_root_url is not set, and in prod people do not open Grafana")
    assert files(env="dev", root_url="")


def test_two_defaults_and_two_of_one_name_are_refused() -> None:
    one = {"name": "A", "uid": "a", "type": "prometheus", "url": "http://p:9090", "isDefault": True}

    assert "grafana_datasources has 2 with isDefault" in refusal(datasources=[one, {**one, "name": "B", "uid": "b"}])
    assert 'grafana_datasources[1] is the name "A" again' in refusal(datasources=[one, {**one, "uid": "b"}])


def test_without_a_prometheus_there_is_nothing_to_show() -> None:
    assert 'names the inventory group "prometheus", which has no hosts' in refusal(hosts={"prometheus": []})


# TLS and the machine user

WEB = {"web_user": "machine"}
SECRETS = "/etc/aetherlink/grafana/secrets"
GUARDED = {**HOST, "tls": True}


def test_https_is_served_with_the_hosts_certificate_which_may_change_without_a_restart() -> None:
    found = ini(tls=True)

    assert dict(found["server"]) == {
        "http_port": "3000",
        "protocol": "https",
        "cert_file": "/etc/aetherlink/tls/grafana/certificate.pem",
        "cert_key": "/etc/aetherlink/tls/grafana/key.pem",
        "min_tls_version": "TLS1.2",
        "certs_watch_interval": "1m",
    }
    assert ini(tls=True, ini={"server": {"min_tls_version": "TLS1.3"}})["server"]["min_tls_version"] == "TLS1.3"


def test_metrics_take_prometheus_own_login_where_there_is_a_password() -> None:
    assert dict(ini(**WEB)["metrics"]) == {
        "basic_auth_username": "machine-prometheus",
        "basic_auth_password": f"$__file{{{SECRETS}/metrics_password}}",
    }
    assert "metrics" not in ini()
    assert "secrets/web_password}" not in json.dumps(files(**WEB)), "the machine user's, which is root's alone"


def test_a_prometheus_with_tls_is_trusted_by_the_authority_and_called_with_grafanas_own_login() -> None:
    (source,) = sources(tls=True, hosts={"prometheus": [GUARDED]}, **WEB)

    assert source["url"] == "https://127.0.0.1:9090"
    assert source["jsonData"]["tlsAuthWithCACert"] is True
    assert (source["basicAuth"], source["basicAuthUser"]) == (True, "machine-grafana")
    assert source["secureJsonData"] == {
        "tlsCACert": "$__file{/etc/aetherlink/tls/grafana/ca.pem}",
        "basicAuthPassword": f"$__file{{{SECRETS}/web_password_for_prometheus}}",
    }


def test_tls_and_the_login_go_each_without_the_other() -> None:
    (encrypted,) = sources(tls=True, hosts={"prometheus": [GUARDED]})
    (asked,) = sources(**WEB)
    (plain,) = sources()

    assert list(encrypted["secureJsonData"]) == ["tlsCACert"] and "basicAuth" not in encrypted
    assert list(asked["secureJsonData"]) == ["basicAuthPassword"] and "tlsAuthWithCACert" not in asked["jsonData"]
    assert asked["url"] == plain["url"] == "http://127.0.0.1:9090"
    assert "secureJsonData" not in plain


def test_each_prometheus_is_asked_as_its_own_host_wants_it_and_keeps_its_uid() -> None:
    second = {"name": "mon2", "address": "mon2.example", "local": False, "port": 9091, "tls": True}

    for hosts in ([HOST, second], [GUARDED, second]):
        found = sources(tls=True, hosts={"prometheus": hosts})
        scheme = "https" if hosts[0].get("tls") else "http"
        assert [(s["name"], s["uid"], s["url"]) for s in found] == [
            ("Prometheus", "prometheus", f"{scheme}://127.0.0.1:9090"),
            ("Prometheus mon2", "prometheus-2", "https://mon2.example:9091"),
        ]
        assert ["tlsAuthWithCACert" in s["jsonData"] for s in found] == [scheme == "https", True]


def test_what_a_deploy_asks_for_has_tls_too() -> None:
    params = {**PARAMS, **WEB, "tls": True, "hosts": {"prometheus": [GUARDED]}}

    assert grafana.datasources(params) == [
        {"name": "Prometheus", "uid": "prometheus", "url": "https://127.0.0.1:9090"},
    ]


def test_data_sources_of_the_operators_own_are_as_they_are_written() -> None:
    mine = {"name": "Mine", "uid": "mine", "type": "prometheus", "url": "https://p.example"}

    (source,) = sources(datasources=[mine], tls=True, hosts={"prometheus": [GUARDED]}, **WEB)

    assert source == {"orgId": 1, "access": "proxy", **mine, "editable": False}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"tls": True, "root_url": "http://grafana.example/"},
            'grafana_root_url is "http://grafana.example/", but Grafana serves HTTPS, and its cookies go over nothing',
        ),
        ({"hosts": {"prometheus": [GUARDED]}}, "grafana_tls is false, but Prometheus on the host mon1 has TLS"),
        ({"tls": "true"}, 'grafana_tls is "true", but must be true or false'),
        (
            {**WEB, "ini": {"metrics": {"basic_auth_username": "me"}}},
            "grafana_ini.metrics.basic_auth_username is set by aether_web_user and aether_web_password: take it out.",
        ),
        ({"ini": {"server": {"protocol": "https"}}}, "grafana_ini.server.protocol is set by grafana_tls: take it out."),
        ({"ini": {"server": {"cert_file": "/x"}}}, "grafana_ini.server.cert_file is set by the role, which puts"),
    ],
)
def test_what_cannot_work_with_tls_or_a_password_is_refused(changes: dict[str, Any], sentence: str) -> None:
    message = refusal(**changes)

    assert sentence in message and "hunter2" not in message


def test_without_a_password_metrics_may_have_a_login_of_their_own() -> None:
    own = {"basic_auth_username": "me", "basic_auth_password": "$__file{/etc/aetherlink/grafana/secrets/mine}"}

    assert dict(ini(ini={"metrics": own})["metrics"]) == own


# Dashboards


def test_a_dashboard_says_which_version_it_is_and_where_its_runbooks_are() -> None:
    found = board()

    assert found["links"] == [{"url": "https://runbooks.example/TargetDown.html"}]
    assert revision(found) == revision(board())
    assert revision(found) != revision(board(runbook_url="https://elsewhere.example/{alert}"))


def test_an_operators_dashboard_comes_as_text_or_as_a_mapping() -> None:
    mine = {**BOARD, "uid": "mine", "title": "Mine"}

    for written in (mine, json.dumps(mine)):
        assert board("dashboards/My team/mine.json", dashboards={"My team/mine.json": written})["title"] == "Mine"


def test_a_dashboard_of_the_collection_can_be_left_out_by_its_uid() -> None:
    assert not [path for path in files(dashboards_disabled=["fleet"]) if path.startswith("dashboards/")]
    assert (
        'grafana_dashboards_disabled[0] is "fleat", which is no dashboard of the collection (did you mean "fleet"?)'
        in (refusal(dashboards_disabled=["fleat"]))
    )


@pytest.mark.parametrize("path", ["../x.json", "a/b.yml", "/etc/x.json", "a//b.json", ".hidden/x.json"])
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    assert "is no path for a dashboard" in refusal(dashboards={path: {**BOARD, "uid": "x"}})


def test_a_dashboard_that_is_no_json_is_refused() -> None:
    assert "x.json" in refusal(dashboards={"A/x.json": '{"uid": "x",'})


@pytest.mark.parametrize("odd", [None, 1, "x", [], ["x"], {}, {"list": None}, {"list": "x"}, {"list": ["x", {}]}])
def test_an_odd_templating_is_grafanas_to_judge_and_the_revision_is_in_it(odd: Any) -> None:
    text = json.dumps({**BOARD, "uid": "odd", "title": "Odd", "templating": odd})

    made = json.loads(files(dashboards={"Own/odd.json": text})["dashboards/Own/odd.json"])

    assert made["templating"]["list"][-1]["name"] == grafana.REVISION
