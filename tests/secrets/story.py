# SPDX-License-Identifier: GPL-3.0-or-later
"""What is run before it is searched: deploys that work and that fail, rollbacks, and all that asks."""

from __future__ import annotations

import json
from typing import Any

from tests.faults.playbook import COMPONENT
from tests.secrets.controller import Controller
from tests.secrets.guarded import Guarded
from tests.secrets.needles import Secret
from tests.secrets.seeds import Seeds, draw, of_key, seeds

SITE = "playbooks/site.yml"
COMPONENTS = ("alertmanager", "command_center", "grafana", "inbox", "prometheus")
BETWEEN = {
    "prometheus": [f"web_password_for_{name}" for name in ("prometheus", "alertmanager", "command_center")],
    "grafana": ["web_password_for_prometheus", "metrics_password"],
}
HOST = "https://127.0.0.1"


class Story:
    """known: every secret so far, by name."""

    def __init__(self, controller: Controller, host: Guarded) -> None:
        self.controller, self.host = controller, host
        self.known: list[Secret] = []
        self.keys = [draw(plain=True) for _ in range(2)]
        """API keys that a vertical tells; the first has an alias from the second deploy on."""
        self._told: dict[str, str] = {}
        """What the inbox answers."""

    def begin(self, found: Seeds) -> None:
        self._take(found)

    def tell(self) -> None:
        self._know("told_api_key", self.keys[0])
        self._know("told_api_key_without_alias", self.keys[1])
        self.controller.play("plant", "tests/secrets/plant.yml", "-vvvv")
        self._works()
        self._rotates()
        self._fails()
        self._goes_back()
        self._of_tls()

    def _know(self, name: str, text: str) -> str:
        self.known.append(Secret(name, text))
        return text

    def _take(self, found: Seeds) -> None:
        self.known += found.known()
        self.controller.take(found)

    def _works(self) -> None:
        play = self.controller.play
        play("check on an empty host", SITE, "-vvvv", "--check", "--diff")
        play("deploy", SITE, "-vvvv")
        self._between_components()
        play("deploy again", SITE, "-vvvv")
        if self.controller.connection:
            off = {"ansible_ssh_pipelining": False}
            play("deploy again, not even secrets pipelined", SITE, "-vvvv", variables=off)
        play("hosts", "playbooks/hosts.yml", "-vvvv", "--diff")
        play("verify", "playbooks/verify.yml", "-vvvv", "-e", f"verify_report={self._report('verify')}")
        play("drill", "playbooks/drill.yml", "-vvvv", "-e", f"drill_report={self._report('drill')}")
        self._told = self._asked("http://127.0.0.1:8025", ("", ""), ("/", "/api/messages", "/readyz"))
        matchers = {"silence_matchers": ['service="crm"'], "silence_comment": "a scan"}
        play("silence", "playbooks/silence.yml", "-vvvv", variables=matchers)
        play("export of dashboards", "playbooks/export_dashboards.yml", "-vvvv", "--check", "--diff")

    def _rotates(self) -> None:
        before = self.controller.seeds
        found = seeds(before)
        found.values["aliased_key"] = self.keys[0]
        self._take(found)
        bad = [f"http://127.0.0.1:8190/{what}" for what in ("stats", "broken", "odd", "none")]
        verticals = {
            "command_center_verticals": [
                {"name": url.rpartition("/")[2], "url": url, "kind": "exposition" if url.endswith("none") else "stats"}
                | ({"totals": {"contacts": "x"}} if url.endswith("none") else {})
                for url in bad
            ]
        }
        play = self.controller.play
        play("check of changed secrets", SITE, "-vvvv", "--check", "--diff", variables=verticals)
        play("deploy of changed secrets", SITE, "-vvvv", "--diff", variables=verticals)
        self._between_components()
        why = "checks failed"
        play(
            "verify of bad verticals",
            "playbooks/verify.yml",
            "-vvvv",
            variables=verticals | {"verify_timeout": 5},
            says=why,
        )

    def _fails(self) -> None:
        self._refused_by_the_controller()
        self._refused_by_a_checker()
        self._switched_back()

    def _refused_by_the_controller(self) -> None:
        url = f"https://hooks.example/{self._know('inline_slack_url', draw(plain=True))}"
        receivers = [{"name": "operations", "slack_configs": [{"channel": "#x", "api_url": url}]}]
        route = {"alertmanager_receivers": receivers, "alertmanager_route": {"receiver": "operations"}}
        self._deploy("a secret in a receiver", "secret in plain text", route)
        user = f"http://user:{self._know('password_in_a_flag', draw(plain=True))}@127.0.0.1:9090/"
        self._deploy("a secret in a flag", "URL with credentials", {"prometheus_flags": {"web.external-url": user}})
        short = {"digest_key": self._know("short_digest_key", draw(plain=True)[:13]), "aliases": {"a" * 20: "a"}}
        self._deploy("a key that is too short", "shorter than 16", {"command_center_secrets": short})
        listed = {"slack_url": [self._know("slack_url_in_a_list", draw())]}
        self._deploy("a secret of a wrong type", "is a list", {"alertmanager_secrets": listed})
        text = {"prometheus_secrets": self._know("secrets_that_are_a_text", draw())}
        self._deploy("secrets that are no mapping", "prometheus_secrets", text)
        written = {"prometheus_basic_auth_users": f"alice={self._know('people_that_are_a_text', draw(plain=True))}"}
        self._deploy("people that are no mapping", "prometheus_basic_auth_users", written)
        people = {"prometheus_basic_auth_users": {"alice": self._know("password_with_a_blank", draw()) + " "}}
        self._deploy("a password with a blank", "blanks", people)
        passphrase = self._know("wrong_ca_passphrase", draw())
        wrong = {"aether_tls_ca_passphrase": passphrase, "aether_tls_names": ["another.example"]}
        self._deploy("a wrong passphrase of the authority", "does not open", wrong)

    def _refused_by_a_checker(self) -> None:
        aliases = {self._know("key_with_a_bad_alias", draw(plain=True)): f"*{self._know('bad_alias', draw())}*"}
        own = {"digest_key": self._know("digest_key_beside_a_bad_alias", draw()), "aliases": aliases}
        self._deploy("aliases that the checker refuses", "refused the release", {"command_center_secrets": own})
        key = f"-----BEGIN PRIVATE KEY-----\n{self._know('broken_key', draw(plain=True))}\n-----END PRIVATE KEY-----\n"
        broken = self._inbox(smtp_key=key)
        self._deploy("a key that the checker cannot read", "refused the release|inbox", broken)

    def _switched_back(self) -> None:
        aliases = {
            self._know("key_with_a_bad_alias_unchecked", draw(plain=True)): {"x": self._know("no_alias", draw())}
        }
        own = {"digest_key": self._know("unchecked_digest_key", draw()), "aliases": aliases}
        unchecked = {"command_center_secrets": own, "command_center_skip_check": True}
        self._deploy("aliases that the program refuses", "switched back", unchecked)
        secrets = {"gateway_password": self._know("password_beside_a_bad_flag", draw()), "remote_token": draw()}
        flags = {"web.page-title": self.controller.planted, "storage.tsdb.min-block-duration": "1parsec"}
        start = {"prometheus_secrets": secrets, "prometheus_flags": flags, "prometheus_skip_check": True}
        self._deploy("a service that does not start", "switched back", start)
        key = f"-----BEGIN PRIVATE KEY-----\n{self._know('broken_key_unchecked', draw(plain=True))}\n"
        self._deploy(
            "a service that cannot read its key",
            "switched back",
            self._inbox(smtp_key=key) | {"inbox_skip_check": True},
        )

    def _inbox(self, **changed: str) -> dict[str, Any]:
        current = self.controller.seeds
        own = {
            "smtp_password": current.values["smtp_password"],
            "smtp_certificate": current.certificate,
            "smtp_key": current.key,
        }
        return {"inbox_secrets": own | changed}

    def lock_out(self) -> None:
        """Somebody changes the password in Grafana, then a deploy wants another. It lets nobody in then."""
        current = self.controller.seeds.values
        other = self._know("password_set_in_grafana", draw())
        body = json.dumps({"oldPassword": current["grafana_password"], "newPassword": other, "confirmNew": other})
        url = f"{HOST}:3000/api/user/password"
        self.host.asked("ask.py", [[url, "admin", current["grafana_password"], "PUT", body]])
        wanted = {
            "admin_password": self._know("password_that_grafana_does_not_take", draw()),
            "secret_key": current["grafana_secret_key"],
            "source_token": current["source_token"],
        }
        self._deploy("a password that Grafana does not take", "does not take the user", {"grafana_secrets": wanted})

    def _deploy(self, what: str, says: str, variables: dict[str, Any]) -> None:
        """Of the component alone whose variables these are."""
        role = next((name for name in COMPONENTS if next(iter(variables)).startswith(name)), "prometheus")
        alone = {"faults_hosts": "guarded", "faults_component": role}
        self.controller.play(what, COMPONENT, "-vvvv", "--diff", says=says, variables=alone | variables)

    def _goes_back(self) -> None:
        play = self.controller.play
        whole = {"component": "alertmanager", "reason": "a scan"}
        play("rollback", "playbooks/rollback.yml", "-vvvv", "--diff", variables=whole)
        part = {"component": "prometheus", "part": "scrape", "reason": "a scan"}
        play("check of a rollback of a part", "playbooks/rollback.yml", "-vvvv", "--check", "--diff", variables=part)
        play("rollback of a part", "playbooks/rollback.yml", "-vvvv", "--diff", variables=part)
        told = {"history_last": 0, "history_file": self._report("history")}
        play("history", "playbooks/history.yml", "-vvvv", variables=told)
        play("deploy after the rollback", SITE, "-vvvv", "--diff", variables={"unhold": True})

    def _between_components(self) -> None:
        """The passwords that they show each other are made from the machine user's, by the collection alone."""
        for component, files in BETWEEN.items():
            for file in files:
                text = self.host.run("cat", f"/etc/aetherlink/{component}/secrets/{file}")
                self._know(f"{file} of {component} ({self.controller.seeds.generation})", text.strip())

    def _of_tls(self) -> None:
        authority = self.controller.authority / "ca.key"
        passphrase = self.controller.seeds.values["ca_passphrase"]
        self._know("ca_key", of_key(decrypted(authority.read_bytes(), passphrase)))
        for component in COMPONENTS:
            if component != "inbox":
                key = self.host.run("cat", f"/etc/aetherlink/tls/{component}/key.pem")
                self._know(f"tls_key of {component}", of_key(key))

    def _report(self, name: str) -> str:
        return str(self.controller.directory / "reports" / f"{name}.json")

    def answers(self) -> dict[str, dict[str, str]]:
        """{component: {URL: answer}}, of the inbox those after the drill."""
        values = self.controller.seeds.values
        machine = ("aetherlink", values["web_password"])
        asked = {
            "prometheus": (f"{HOST}:9090", machine, PROMETHEUS),
            "alertmanager": (
                f"{HOST}:9093",
                machine,
                ("/api/v2/status", "/api/v2/alerts", "/api/v2/receivers", "/metrics"),
            ),
            "command_center": (f"{HOST}:8010", machine, ("/", "/metrics", "/readyz")),
            "grafana": (
                f"{HOST}:3000",
                ("admin", values["grafana_password"]),
                ("/api/datasources", "/api/annotations"),
            ),
        }
        return {"inbox": self._told} | {name: self._asked(*how) for name, how in asked.items()}

    def _asked(self, base: str, login: tuple[str, str], paths: tuple[str, ...]) -> dict[str, str]:
        question = [[f"{base}{path}", *login, "GET", ""] for path in paths]
        return dict(self.host.asked("ask.py", question))


PROMETHEUS = (
    *(
        "/api/v1/status/config",
        "/api/v1/status/flags",
        "/api/v1/status/runtimeinfo",
        "/api/v1/targets",
        "/api/v1/rules",
    ),
    *(
        "/api/v1/alertmanagers",
        "/api/v1/labels",
        "/api/v1/label/key/values",
        "/api/v1/label/service/values",
        "/metrics",
    ),
    *("/api/v1/alerts", "/config", "/flags", "/targets"),
)


def decrypted(pem: bytes, passphrase: str) -> str:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_ssh_private_key(pem, passphrase.encode())
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*plain).decode()
