# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may ask a component: the machine user (aether_web_user) and the people in <role>_basic_auth_users."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import (
    ConfigError,
    closest,
    environment,
    inside,
    mapping,
    plain,
    shown,
    text,
)

DEFAULT_USER = "aetherlink"
PASSWORD_FILE = "secrets/web_password"  # noqa: S105 - a path below etc/ of the release
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 72  # bytes; bcrypt looks at no more of them
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_PARAMETERS = ("component", "env", "host", "user", "password", "people")


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


def users(params: Any) -> dict[str, str]:
    """{user: password} of those who may ask the component; empty where everybody may. Raises ConfigError.

    params: component, env, host, user and password (aether_web_user, aether_web_password), people.
    """
    p = _checked(params)
    variable = f"{p['component']}_basic_auth_users"
    people = mapping(plain(p.get("people") or {}, variable), variable)
    password = plain(p.get("password"), "aether_web_password")
    if password in ("", None):
        if people:
            raise ConfigError(
                f"{variable} makes {p['component']} ask for a password, and what deploys and watches it has none: set "
                "aether_web_password, in the environment's vault."
            )
        return {}
    user = web_user(plain(p.get("user", DEFAULT_USER), "aether_web_user"), "aether_web_user")
    found = {user: web_password(password, "aether_web_password", p["env"])}
    for name, own in people.items():
        path = inside(variable, name)
        web_user(name, f"the name {path}")
        if name == user:
            raise ConfigError(
                f"{path} is the user of the machines, whose password is aether_web_password: take it out, or give the "
                "person another name."
            )
        found[name] = web_password(own, path, p["env"])
    return found


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
