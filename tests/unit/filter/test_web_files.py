# SPDX-License-Identifier: GPL-3.0-or-later
"""web_files: TLS and passwords as web.yml of Prometheus and Alertmanager."""

from __future__ import annotations

import base64
import builtins
import hashlib
import hmac
import re
import time
from typing import Any

import bcrypt
import pytest
import yaml
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.masking import Masker
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import web_files as web_module
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import web_passwords as web
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import yaml_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.web_files import salt
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.web_passwords import web_files

PASSWORD = "correct horse battery staple"
MACHINES = ["aetherlink", "aetherlink-prometheus", "aetherlink-grafana"]  # on Prometheus
KNOWN = {  # every key that exporter-toolkit 0.8 (Prometheus 2.42, Alertmanager 0.25) reads, and nothing newer
    "tls_server_config": {"cert_file", "key_file", "client_auth_type", "client_ca_file", "cipher_suites"}
    | {"curve_preferences", "min_version", "max_version", "prefer_server_cipher_suites"},
    "http_server_config": {"http2", "headers"},
    "basic_auth_users": None,
}
KNOWN_HEADERS = {
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-XSS-Protection",
    "Content-Security-Policy",
}


def params(**changes: Any) -> dict[str, Any]:
    return {"component": "prometheus", "env": "prod", "host": "mon1", "password": PASSWORD, **changes}


def config(**changes: Any) -> Any:
    return yaml.safe_load(web_files(params(**changes))["web.yml"])


def error(**changes: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        web_files(params(**changes))
    sentence = str(raised.value)
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


def test_neither_tls_nor_a_password_is_no_file() -> None:
    assert web_files(params(password="")) == {}


def test_tls_alone_has_the_components_certificate_and_asks_nobody() -> None:
    files = web_files(params(password="", tls=True))
    assert list(files) == ["web.yml"]
    assert yaml.safe_load(files["web.yml"])["tls_server_config"] == {
        "cert_file": "/etc/aetherlink/tls/prometheus/certificate.pem",
        "key_file": "/etc/aetherlink/tls/prometheus/key.pem",
        "min_version": "TLS12",
    }
    assert "basic_auth_users" not in files["web.yml"]


@pytest.mark.parametrize("tls", [True, False])
def test_every_version_of_the_toolkit_knows_every_key(tls: bool) -> None:
    made = config(tls=tls)
    for section, values in made.items():
        assert KNOWN[section] is None or set(values) <= KNOWN[section], section
    assert set(made["http_server_config"]["headers"]) <= KNOWN_HEADERS


def test_only_https_outside_dev_tells_browsers_to_stay_there() -> None:
    told = {
        (env, tls): config(env=env, tls=tls)["http_server_config"]["headers"]
        for env in ("dev", "prod")
        for tls in (True, False)
    }
    assert [key for key, headers in told.items() if "Strict-Transport-Security" in headers] == [("prod", True)]
    assert all(headers["X-Content-Type-Options"] == "nosniff" for headers in told.values())


def test_the_machines_and_people_get_a_hash_that_their_password_fits() -> None:
    files = web_files(params(people={"ann": "her own long password", "bob@example.org": "his own long password"}))
    hashes = yaml.safe_load(files["web.yml"])["basic_auth_users"]
    assert list(hashes) == [*MACHINES, "ann", "bob@example.org"]
    assert bcrypt.checkpw(PASSWORD.encode(), hashes["aetherlink"].encode())
    assert bcrypt.checkpw(b"her own long password", hashes["ann"].encode())
    assert not bcrypt.checkpw(b"his own long password", hashes["ann"].encode())
    assert hashes["aetherlink"].startswith("$2b$10$") and hashes["ann"].startswith("$2b$10$")
    assert files["secrets/web_password"] == PASSWORD
    assert PASSWORD not in files["web.yml"]


def files_of(component: str, **changes: Any) -> dict[str, str]:
    return web_files(params(component=component, **changes))


def users_of(component: str, **changes: Any) -> dict[str, str]:
    users: dict[str, str] = yaml.safe_load(files_of(component, **changes)["web.yml"])["basic_auth_users"]
    return users


def fits(password: str, hashed: str) -> bool:
    return bcrypt.checkpw(password.encode(), hashed.encode())


def test_each_component_lets_in_those_that_have_business_there() -> None:
    assert list(users_of("prometheus")) == MACHINES
    assert list(users_of("alertmanager")) == ["aetherlink", "aetherlink-prometheus"]


def test_what_a_caller_has_is_what_that_component_takes() -> None:
    of_prometheus, of_grafana = files_of("prometheus"), files_of("grafana")
    for component in ("prometheus", "alertmanager"):
        shown = of_prometheus[f"secrets/web_password_for_{component}"]
        assert fits(shown, users_of(component)["aetherlink-prometheus"])
    shown = of_grafana["secrets/web_password_for_prometheus"]
    assert fits(shown, users_of("prometheus")["aetherlink-grafana"])
    assert of_prometheus["secrets/web_password_for_grafana"] == of_grafana["secrets/metrics_password"]


def test_what_grafana_has_opens_no_alertmanager() -> None:
    had = {path: word for path, word in files_of("grafana").items() if path != "secrets/web_password"}
    assert list(had) == ["secrets/web_password_for_prometheus", "secrets/metrics_password"]
    opened = [path for path, word in had.items() if any(fits(word, one) for one in users_of("alertmanager").values())]
    assert opened == []


def test_no_two_pairs_have_the_same_password_and_all_can_be_carried() -> None:
    shown = [
        word
        for component in ("prometheus", "grafana")
        for path, word in files_of(component).items()
        if path.startswith("secrets/web_password_for_")
    ]
    assert len(set(shown)) == len(shown) == 5
    for word in shown:
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", word), "safe for bcrypt, Grafana's $ and basic authentication"
        assert word not in PASSWORD
    others = files_of("prometheus", password=PASSWORD + "!")
    assert not set(shown) & set(others.values())


def test_a_guess_at_the_machines_password_costs_a_slow_hash() -> None:
    """A service has the passwords that are derived from it, and may be taken over."""
    started = time.process_time()
    web_module.caller_password("a guess that nobody has made", "prometheus", "grafana")
    assert time.process_time() - started > 0.005
    assert hmac.digest(PASSWORD.encode(), b"prometheus\0grafana", "sha256") not in _decoded(files_of("grafana"))


@pytest.mark.parametrize("component", ["prometheus", "alertmanager", "grafana"])
def test_a_rendering_pays_for_one_stretching(component: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each worker of each run pays again."""
    paid: list[int] = []
    real = hashlib.scrypt

    def counted(*one: Any, n: int, r: int, **more: Any) -> bytes:
        paid.append(n * r)
        return real(*one, n=n, r=r, **more)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    files_of(component, password=f"what no other test has, {component}")
    assert paid == [2**12 * 6]


def _decoded(files: dict[str, str]) -> list[bytes]:
    return [base64.urlsafe_b64decode(word + "=") for path, word in files.items() if path != "secrets/web_password"]


def test_other_machine_users_are_let_in_with_their_callers() -> None:
    users = users_of("prometheus", also={"next": "another long password"})
    assert list(users) == [*MACHINES, "next", "next-prometheus", "next-grafana"]
    assert fits("another long password", users["next"])
    next_ones = files_of("grafana", user="next", password="another long password")
    assert fits(next_ones["secrets/web_password_for_prometheus"], users["next-grafana"])


def test_grafana_has_no_web_yml() -> None:
    assert list(files_of("grafana", tls=True)) == [
        *("secrets/web_password", "secrets/web_password_for_prometheus", "secrets/metrics_password")
    ]
    assert files_of("grafana", password="") == {}


def test_the_same_password_is_the_same_file_and_another_name_another_hash() -> None:
    made = config()["basic_auth_users"]["aetherlink"]
    web.bcrypt_hash.cache_clear()
    assert config()["basic_auth_users"]["aetherlink"] == made
    others = [params(component="alertmanager"), params(host="mon2"), params(env="staging"), params(user="machine")]
    for other in others:
        hashed, *_callers = yaml.safe_load(web_files(other)["web.yml"])["basic_auth_users"].values()
        assert hashed[:29] != made[:29], "the salt"


def test_the_salt_tells_nothing_of_the_password() -> None:
    one, other = (config(password=word)["basic_auth_users"]["aetherlink"] for word in (PASSWORD, PASSWORD + "!"))
    assert one[:29] == other[:29] and one != other
    assert len(salt("prod", "prometheus", "mon1", "aetherlink")) == 16
    assert salt("prod", "prometheus", "mon1", "ab") != salt("prod", "prometheus", "mon1a", "b")


def test_who_asks_for_the_same_hash_again_does_not_pay_again() -> None:
    web_files(params())
    before = time.process_time()
    for _ in range(20):
        web_files(params())
    assert time.process_time() - before < 0.5, "20 hashes take a second"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"password": "hunter22"}, "aether_web_password is shorter than 12 characters, which prod does not take: "),
        ({"password": "x" * 73}, "aether_web_password is longer than 72 bytes, and no more would count: shorten it."),
        ({"password": "é" * 37}, "aether_web_password is longer than 72 bytes, "),
        ({"password": " a password of words"}, "aether_web_password has blanks around it, or a character that "),
        ({"password": "two lines\nof password"}, "aether_web_password has blanks around it, or a character that "),
        ({"password": 123456789012}, "aether_web_password is no text, as YAML reads it: put it in quotes."),
        ({"people": {"ann": "hunter22"}}, "prometheus_basic_auth_users.ann is shorter than 12 characters, which prod "),
        ({"people": {"ann": ""}}, "prometheus_basic_auth_users.ann is empty: set it to a password, in the "),
        ({"people": {"a:b": PASSWORD}}, 'the name prometheus_basic_auth_users["a:b"] is "a:b", which is not a user\'s'),
        ({"people": {"aetherlink": PASSWORD}}, "prometheus_basic_auth_users.aetherlink is a machine user, whose pass"),
        (
            {"people": {"aetherlink-grafana": PASSWORD}, "component": "alertmanager"},
            'alertmanager_basic_auth_users["aetherlink-grafana"] is a machine user, whose password comes from '
            "aether_web_password: remove it, or give it another name.",
        ),
        (
            {"people": {"next-prometheus": PASSWORD}, "also": {"next": PASSWORD}},
            'prometheus_basic_auth_users["next-prometheus"] is a machine user, whose password comes from aether_web_al',
        ),
        ({"also": {"aetherlink": PASSWORD}}, "aether_web_also.aetherlink is a machine user, whose password comes f"),
        ({"also": {"aetherlink-grafana": PASSWORD}}, 'aether_web_also["aetherlink-grafana"] is a machine user, whose '),
        ({"also": {"a": PASSWORD}, "user": "a-grafana"}, "aether_web_also.a is a machine user, whose password comes f"),
        ({"also": {"next": "hunter22"}}, "aether_web_also.next is shorter than 12 characters, which prod does not "),
        ({"also": {"a:b": PASSWORD}}, 'the name aether_web_also["a:b"] is "a:b", which is not a user\'s name: '),
        ({"also": ["next"]}, "aether_web_also is a list, but must be a mapping: "),
        (
            {"password": "", "also": {"next": PASSWORD}},
            "aether_web_also makes prometheus ask for a password, and what deploys and watches it has none: set ",
        ),
        ({"people": ["ann"]}, "prometheus_basic_auth_users is a list, but must be a mapping: "),
        ({"people": "ann=hunter22"}, "prometheus_basic_auth_users is a value not shown here, but must be a mapping: "),
        ({"user": "a b"}, 'aether_web_user is "a b", which is not a user\'s name: '),
        (
            {"password": "", "people": {"ann": PASSWORD}},
            "prometheus_basic_auth_users makes prometheus ask for a password, and what deploys and watches it has none"
            ": set aether_web_password, in the environment's vault.",
        ),
        ({"secrets": {"web_password": "x"}}, "prometheus_secrets.web_password has the name of a file that "),
        (
            {"secrets": {"web_password_for_grafana": "x"}},
            "prometheus_secrets.web_password_for_grafana has the name of a file that aether_web_password becomes: ",
        ),
        (
            {"secrets": {"metrics_password": "x"}, "component": "grafana"},
            "grafana_secrets.metrics_password has the name of a file that aether_web_password becomes: rename it, and ",
        ),
        ({"component": "grafana", "password": "hunter22"}, "aether_web_password is shorter than 12 characters, which "),
        ({"tls": "yes"}, 'prometheus_tls is "yes", but must be true or false: '),
        ({"env": "production"}, 'aether_env is "production": write one of dev, staging, prod.'),
    ],
)  # fmt: skip
def test_a_sentence_says_what_is_wrong(changes: dict[str, Any], told: str) -> None:
    sentence = error(**changes)
    assert sentence.startswith(told)
    secrets = [changes.get("password", ""), *dict(changes.get("secrets", {})).values(), "hunter22"]
    assert not [secret for secret in map(str, secrets) if len(secret) > 1 and secret in sentence]


def test_dev_takes_a_short_password() -> None:
    assert web_files(params(env="dev", password="dev"))["secrets/web_password"] == "dev"


def test_a_controller_without_bcrypt_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "bcrypt":
            raise ImportError(name)
        return real(name, *arguments, **more)

    web.bcrypt_hash.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    assert error() == (
        "aether_web_password needs the Python package bcrypt on the controller, beside ansible-core: install it there "
        "(pip install bcrypt)."
    )
    assert list(web_files(params(password="", tls=True))) == ["web.yml"], "TLS alone needs none"


def test_what_hides_web_yml_hides_nothing_else() -> None:
    """Each line of a secret is masked wherever it stands."""
    masker = Masker(list(web_files(params(tls=True)).values()))
    other = yaml_text({"scrape_configs": [{"scheme": "https", "tls_config": {"ca_file": "/etc/aetherlink/tls/x"}}]})
    assert masker.mask(other) == other
    assert "$2b$" not in masker.mask(web_files(params(tls=True))["web.yml"])
