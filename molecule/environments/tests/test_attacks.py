# SPDX-License-Identifier: GPL-3.0-or-later
"""Another host on the network, without credentials: every port and every API answers 401 or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://services"]
PATHS = {
    "prometheus": [
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/graph"),
        ("GET", "/federate?match[]=up"),
        ("GET", "/api/v1/status/config"),
        ("GET", "/api/v1/targets"),
        ("POST", "/api/v1/query?query=up"),
        ("POST", "/api/v1/admin/tsdb/delete_series?match[]=up"),
        ("POST", "/api/v1/write"),
        ("POST", "/-/reload"),
        ("POST", "/-/quit"),
        ("GET", "/debug/pprof/heap"),
    ],
    "alertmanager": [
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/api/v2/status"),
        ("GET", "/api/v2/alerts"),
        ("POST", "/api/v2/alerts"),
        ("POST", "/api/v2/silences"),
        ("DELETE", "/api/v2/silence/00000000-0000-0000-0000-000000000000"),
        ("POST", "/-/reload"),
        ("GET", "/debug/pprof/heap"),
    ],
    "command_center": [
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/api/fleet"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("POST", "/metrics"),
        ("DELETE", "/api/fleet"),
        ("GET", "/docs"),
    ],
    "grafana": [
        ("GET", "/metrics"),
        ("GET", "/api/search"),
        ("GET", "/api/dashboards/uid/aetherlink-fleet-health"),
        ("GET", "/api/datasources"),
        ("POST", "/api/ds/query"),
        ("GET", "/api/admin/settings"),
        ("POST", "/api/admin/provisioning/dashboards/reload"),
    ],
}
TRAVERSALS = [
    "/../../../../etc/passwd",
    "/static/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/public/..%2f..%2fetc%2fpasswd",
]


@pytest.fixture
def prod(environment: Any) -> Any:
    return environment("prod")


def test_without_credentials_everything_answers_401(prod: Any, ask: Any) -> None:
    questions = [
        {"url": f"{url}{path}", "method": method, "ca": prod.authority}
        for component, url in prod.urls
        for method, path in PATHS[component]
    ]
    seen = {f"{q['method']} {q['url']}": a["status"] for q, a in zip(questions, ask(*questions))}
    assert {what: status for what, status in seen.items() if status != 401} == {}


@pytest.mark.parametrize(
    "login", ["aetherlink:wrong", "admin:admin", "aetherlink:", ":", "x" * 5000, "aetherlink:\x00"]
)
def test_a_wrong_login_is_none(login: str, prod: Any, ask: Any) -> None:
    questions = [{"url": f"{url}/metrics", "ca": prod.authority, "login": login} for _, url in prod.urls]
    assert {answer["status"] for answer in ask(*questions)} <= {0, 400, 401, 431}


def test_plain_http_gets_nothing(prod: Any, ask: Any) -> None:
    for answer in ask(*({"url": f"{url.replace('https', 'http')}/metrics"} for _, url in prod.urls)):
        assert answer["status"] in (0, 400) and "# HELP" not in answer.get("text", "")


def test_old_tls_is_refused(prod: Any, ask: Any) -> None:
    for answer in ask(*({"url": f"{url}/metrics", "highest": "1.1"} for _, url in prod.urls)):
        assert answer["status"] == 0, answer


def test_paths_do_not_lead_out(prod: Any, ask: Any) -> None:
    logins = {c: prod.login for c in ("prometheus", "alertmanager", "command_center")}
    logins["grafana"] = f"admin:{prod.secrets['vault_grafana_password']}"
    questions = [
        {"url": f"{url}{path}", "ca": prod.authority, "login": logins[component]}
        for component, url in prod.urls
        for path in TRAVERSALS
    ]
    assert [answer for answer in ask(*questions) if "root:" in answer.get("text", "")] == []


def test_oversized_requests_are_refused_and_harm_nobody(prod: Any, ask: Any) -> None:
    huge = [{"url": f"{url}/metrics", "ca": prod.authority, "header": 2 << 20} for _, url in prod.urls]
    assert {answer["status"] for answer in ask(*huge)} <= {0, 400, 401, 413, 431}
    bodies = [
        {"url": f"{url}/metrics", "method": "POST", "ca": prod.authority, "body": 20 << 20} for _, url in prod.urls
    ]
    assert {answer["status"] for answer in ask(*bodies)} <= {0, 400, 401, 405, 413, 431}
    logins = prod.logins()
    alive = [{"url": f"{url}/metrics", "ca": prod.authority, "login": logins[c]} for c, url in prod.urls]
    assert {answer["status"] for answer in ask(*alive)} == {200}


def test_the_gossip_lets_nobody_in_without_a_certificate_of_the_environment(prod: Any, host: Host) -> None:
    script = (
        "import socket, ssl, sys\n"
        "context = ssl._create_unverified_context()\n"
        "plain = socket.create_connection((sys.argv[1], 9094), timeout=5)\n"
        "try:\n"
        "    tls = context.wrap_socket(plain)\n"
        "    tls.sendall(b'x' * 64)\n"
        "    print('answered' if tls.recv(64) else 'closed')\n"
        "except OSError as error:\n"
        "    print('refused', error)\n"
    )
    for name in prod.hosts["alertmanager"]:
        assert host.check_output("python3 -c %s %s", script, name).split()[0] in ("refused", "closed")


def test_a_lifecycle_endpoint_does_nothing_even_for_who_is_let_in(prod: Any, ask: Any) -> None:
    paths = ["/-/quit", "/-/reload", "/api/v1/admin/tsdb/delete_series?match[]=up"]
    questions = [
        {"url": f"https://{name}:9090{path}", "method": "POST", "ca": prod.authority, "login": prod.login}
        for name in prod.hosts["prometheus"]
        for path in paths
    ]
    assert {answer["status"] for answer in ask(*questions)} <= {403, 404, 500, 405}


CALLS = {
    "prometheus": [("POST", "/api/v1/query?query=up"), ("GET", "/metrics")],
    "alertmanager": [("POST", "/api/v2/silences"), ("POST", "/api/v2/alerts"), ("GET", "/metrics")],
    "command_center": [("GET", "/api/fleet"), ("GET", "/metrics")],
    "grafana": [("GET", "/api/search"), ("GET", "/metrics")],
}


def statuses(prod: Any, ask: Any, login: str) -> dict[str, set[int]]:
    """By component, what it answers that login."""
    asked = [(c, method, f"{url}{path}") for c, url in prod.urls for method, path in CALLS[c]]
    questions = [{"url": url, "method": method, "ca": prod.authority, "login": login} for _, method, url in asked]
    found: dict[str, set[int]] = {}
    for (component, _, _), answer in zip(asked, ask(*questions), strict=True):
        found.setdefault(component, set()).add(answer["status"])
    return found


def test_a_grafana_that_is_taken_over_reads_prometheus_and_silences_nothing(prod: Any, ask: Any) -> None:
    login = prod.shown("grafana", "prometheus")
    assert statuses(prod, ask, login) == {
        "prometheus": {200},
        "alertmanager": {401},
        "command_center": {401},
        "grafana": {401},
    }


def test_no_other_name_opens_more_with_what_grafana_can_read(prod: Any, ask: Any) -> None:
    secrets = "/etc/aetherlink/grafana/secrets"
    names = prod.as_service("grafana", "ls", secrets).stdout.split()
    words = [prod.as_service("grafana", "cat", f"{secrets}/{name}") for name in names]
    assert len([word for word in words if word.succeeded]) >= 3
    users = ("aetherlink", "aetherlink-grafana", "aetherlink-prometheus")
    for login in (f"{user}:{word.stdout}" for user in users for word in words if word.stdout):
        found = statuses(prod, ask, login)
        assert (found["alertmanager"], found["command_center"]) == ({401}, {401})


def test_what_prometheus_shows_one_component_opens_no_other(prod: Any, ask: Any) -> None:
    """Each component sees what it is shown. Alertmanager knows no roles: Prometheus may silence alerts, too."""
    for called in CALLS:
        found = statuses(prod, ask, prod.shown("prometheus", called))
        assert 401 not in found.pop(called) or called == "grafana", "of Grafana, /metrics alone"
        assert set().union(*found.values()) == {401}
    (grafana,) = prod.hosts["grafana"]
    question = {"url": f"https://{grafana}:3000/metrics", "ca": prod.authority}
    (answer,) = ask({**question, "login": prod.shown("prometheus", "grafana")})
    assert answer["status"] == 200


@pytest.mark.parametrize("component", list(CALLS))
def test_no_service_can_read_the_machine_users_password(component: str, prod: Any) -> None:
    path = f"/etc/aetherlink/{component}/secrets/web_password"
    assert prod.as_service(component, "ls", path).succeeded
    found = prod.as_service(component, "cat", path)
    assert found.failed and "Permission denied" in found.stderr
    assert prod.as_service(component, "stat", "--format=%U %a", path).stdout.split() == ["root", "600"]


def test_command_center_sends_strict_headers(prod: Any, ask: Any) -> None:
    (name,) = prod.hosts["command_center"]
    (answer,) = ask({"url": f"https://{name}:8010/api/fleet", "ca": prod.authority, "login": prod.login})
    headers = {key.lower(): value for key, value in answer["headers"].items()}
    assert answer["status"] == 200
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "max-age" in headers["strict-transport-security"]
    assert "server" not in headers
