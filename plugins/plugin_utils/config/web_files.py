# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may call a component: the machine user, the components that have business there, and people."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, inside, shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import REGISTRY
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    environment,
    mapping,
    plain,
    text,
)

DEFAULT_USER = "aetherlink"
PASSWORD_FILE = "secrets/web_password"  # noqa: S105 - a path below etc/ of the release
"""The machine user's password, for root alone: no service needs it."""
METRICS_FILE = "secrets/metrics_password"
"""What Grafana's /metrics takes from Prometheus."""
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 72  # bytes; bcrypt looks at no more of them
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_PARAMETERS = ("component", "env", "host", "user", "password", "also", "people")


STRETCHING = {"n": 2**12, "r": 6}
"""scrypt's cost for a machine user's password: 3 MiB, some 8 ms. Each component's rendering pays it in each run."""
STRETCHING_SALT = b"aetherlink web 1"
"""The same everywhere, since caller and called component must find the same key."""


@dataclass(frozen=True)
class Login:
    """machine: the password is a machine user's own. derived: it has 256 bits and is made from such a password by a
    slow hash, so its own hash need not be slow.
    """

    password: str
    machine: bool = False
    derived: bool = False


def web_user(value: Any, path: str) -> str:
    """A name for basic authentication, in which a colon would end it."""
    if not _USER.fullmatch(text(value, path)):
        raise ConfigError(
            f"{path} is {shown(value, path)}, which is not a user's name: use letters, digits and ._@+-, a letter or "
            "digit first, 64 characters at most."
        )
    return str(value)


def web_password(value: Any, path: str, env: str) -> str:
    """A password that HTTP and a file of one line can carry. No error shows it."""
    if not isinstance(value, str):
        raise ConfigError(f"{path} is no text, as YAML reads it: put it in quotes.")
    if not value or value != value.strip() or not value.isprintable():
        fault = "has blanks around it, or a character that cannot be typed" if value else "is empty"
        raise ConfigError(f"{path} {fault}: set it to a password, in the environment's vault.")
    if len(value.encode()) > LONGEST_PASSWORD:
        raise ConfigError(f"{path} is longer than {LONGEST_PASSWORD} bytes, and no more would count: shorten it.")
    if env != "dev" and len(value) < SHORTEST_PASSWORD:
        raise ConfigError(
            f"{path} is shorter than {SHORTEST_PASSWORD} characters, which {env} does not take: take a long one that "
            "nobody guesses, such as of `openssl rand -base64 24`."
        )
    return value


def caller_user(user: str, caller: str) -> str:
    """The login of a component at those it calls. It contains aether_web_user, so that old and new ones differ."""
    return f"{user}-{caller}"


def caller_password(password: str, caller: str, component: str) -> str:
    """What a component shows another: no other pair has the same, since whoever is called sees the password.

    password: the machine user's. 43 characters of the URL-safe base64 alphabet.
    """
    pair = hmac.digest(_stretched(password)[32:], f"{caller}\0{component}".encode(), "sha256")
    return base64.urlsafe_b64encode(pair).decode().rstrip("=")


def caller_password_file(component: str) -> str:
    """Where a caller's release has its password for that component, below etc/."""
    return f"secrets/web_password_for_{component}"


def password_files(component: str, password: str) -> dict[str, str]:
    """{path below etc/: password} of what the component's release has. password: the machine user's."""
    called = [name for name, facts in REGISTRY.items() if component in facts.callers]
    shown = {caller_password_file(name): caller_password(password, component, name) for name in called}
    taken = {METRICS_FILE: caller_password(password, "prometheus", "grafana")} if component == "grafana" else {}
    return {PASSWORD_FILE: password, **shown, **taken}


def machine_hash(password: str) -> bytes:
    """scrypt of 32 bytes, for Command Center. It comes with the callers' key at no cost, and does not tell that key."""
    return _stretched(password)[:32]


@cache
def _stretched(password: str) -> bytes:
    """Two keys of 32 bytes. Slow, since a service that is taken over can test guesses at the password."""
    return hashlib.scrypt(password.encode(), salt=STRETCHING_SALT, p=1, dklen=64, **STRETCHING)


def users(params: Any) -> dict[str, Login]:
    """{user: login} of those who may call the component; empty where everybody may. Raises ConfigError.

    params: component, env, host, user and password (aether_web_user, aether_web_password), also (aether_web_also),
    people.
    """
    p = _checked(params)
    variable = f"{p['component']}_basic_auth_users"
    people = mapping(plain(p.get("people") or {}, variable), variable)
    also = mapping(plain(p.get("also") or {}, "aether_web_also"), "aether_web_also")
    password = plain(p.get("password"), "aether_web_password")
    if password in ("", None):
        for path in (path for path, given in ((variable, people), ("aether_web_also", also)) if given):
            raise ConfigError(
                f"{path} makes {p['component']} ask for a password, and what deploys and watches it has none: set "
                "aether_web_password, in the environment's vault."
            )
        return {}
    user = web_user(plain(p.get("user", DEFAULT_USER), "aether_web_user"), "aether_web_user")
    machines = {user: ("aether_web_password", password)}
    for name, own in also.items():
        path = inside("aether_web_also", name)
        _refuse_taken(_names(web_user(name, f"the name {path}")), path, machines)
        machines[name] = (path, own)
    found: dict[str, Login] = {}
    for name, (path, own) in machines.items():
        found[name] = Login(web_password(own, path, p["env"]), machine=True)
        for caller in REGISTRY[p["component"]].callers:
            login = Login(caller_password(own, caller, p["component"]), derived=True)
            found[caller_user(name, caller)] = login
    for name, own in people.items():
        path = inside(variable, name)
        _refuse_taken({web_user(name, f"the name {path}")}, path, machines)
        found[name] = Login(web_password(own, path, p["env"]))
    return found


def _refuse_taken(names: set[str], path: str, machines: dict[str, tuple[str, Any]]) -> None:
    """machines: (variable, password) by user. The names of their callers are taken on each component."""
    for user, (variable, _unused) in machines.items():
        if names & _names(user):
            raise ConfigError(
                f"{path} is a machine user, whose password comes from {variable}: remove it, or give it another name."
            )


def _names(user: str) -> set[str]:
    """Of a machine user and all its callers."""
    return {user, *(caller_user(user, caller) for facts in REGISTRY.values() for caller in facts.callers)}


def _checked(params: Any) -> dict[str, Any]:
    p = dict(mapping(params, "the parameters of web_files"))
    for key in p:
        if key not in _PARAMETERS:
            raise ConfigError(f'There is no parameter "{key}" of users{closest(key, _PARAMETERS)}: take it out.')
    for key in ("component", "env", "host"):
        text(plain(p.get(key), key), key)
        p[key] = str(p[key])
    environment(p["env"], "aether_env")
    return p


def salt(env: str, component: str, host: str, user: str) -> bytes:
    """16 bytes that stay the same from run to run, so that an unchanged password is an unchanged file.

    Not made of the password: who reads the file would have a fast hash of it to try guesses on, past the slow one.
    A salt may be known; it has to differ, and does, between users, hosts, components and environments.
    """
    names = "\0".join(("aetherlink web.yml", env, component, host, user))
    return hashlib.sha256(names.encode()).digest()[:16]
