# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks for values that people write in an inventory.

Every check takes a value and its path (the variable's name and the way into it, like
``prometheus_scrape_jobs[2].scrape_interval``) and raises ``ConfigError`` with one sentence: where, what is wrong,
how to fix it. The values come from ``plain``, so they are built-in types only.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.aetherlink.monitoring.plugins.module_utils.durations import duration_ms
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, inside, shown

ENVIRONMENTS = ("dev", "staging", "prod")

Check = Callable[[Any, str], object]

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?\]")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
URL_CREDENTIALS = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s]*@", re.IGNORECASE)
_FEW = 8  # names that an error lists


def plain(value: Any, path: str) -> Any:
    """A copy in built-in types, without Ansible's tags and lazy containers; refuses what no configuration can hold."""
    if value is None or isinstance(value, bool):
        return value
    for builtin in (str, int, float):
        if isinstance(value, builtin):
            return builtin(value)
    if isinstance(value, Mapping):
        copy = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise ConfigError(f"{path} has the key {shown(key, path)}, which is not text: put it in quotes.")
            copy[str(key)] = plain(item, inside(path, key))
        return copy
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{path}[{index}]") for index, item in enumerate(value)]
    kind = "date" if isinstance(value, date) else type(value).__name__
    raise ConfigError(
        f"{path} holds a {kind}, which no configuration file can: put the value in quotes, "
        "or use text, numbers, true, false, lists and mappings."
    )


def mapping(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path} is {shown(value, path)}, but must be a mapping: write it as key: value pairs.")
    return value


def sequence(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise ConfigError(f"{path} is {shown(value, path)}, but must be a list: start each entry with a dash.")
    return value


def text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        fix = "write text there or take the key out" if value is None else "put it in quotes"
        raise ConfigError(f"{path} is {shown(value, path)}, but must be text: {fix}.")
    if not value.strip():
        raise ConfigError(f"{path} is empty: write its value or take the key out.")
    return value


def text_or_empty(value: Any, path: str) -> str:
    return "" if value == "" else text(value, path)


def boolean(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(
            f"{path} is {shown(value, path)}, but must be true or false: write one of them without quotes."
        )
    return value


def whole(minimum: int, maximum: int | None = None) -> Check:
    """A check for a whole number within bounds."""

    def check(value: Any, path: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum or (maximum or value) < value:
            bounds = f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
            raise ConfigError(
                f"{path} is {shown(value, path)}: write a whole number {bounds}, in digits and without quotes."
            )
        return value

    return check


def integer(value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(f"{path} is {shown(value, path)}: write a whole number, in digits and without quotes.")
    return value


count = whole(0)
port = whole(1, 65535)


def number(value: Any, path: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ConfigError(f"{path} is {shown(value, path)}, but must be a number: write it without quotes.")
    return value


def anything_or_none(value: Any, _path: str) -> Any:
    return value


def anything(value: Any, path: str) -> Any:
    """For native settings that the component's own checker knows best; only an empty one is refused."""
    if value is None:
        raise ConfigError(f"{path} is empty: write its value or take the key out.")
    return value


def one_of(*allowed: str) -> Check:
    def check(value: Any, path: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            choice = f"one of {', '.join(allowed)}" if len(allowed) > 1 else allowed[0]
            raise ConfigError(f"{path} is {shown(value, path)}: write {choice}.")
        return value

    return check


environment = one_of(*ENVIRONMENTS)


def list_of(check: Check) -> Check:
    def check_list(value: Any, path: str) -> list[Any]:
        for index, item in enumerate(sequence(value, path)):
            check(item, f"{path}[{index}]")
        return value

    return check_list


def mapping_of(check: Check) -> Check:
    def check_mapping(value: Any, path: str) -> dict[str, Any]:
        for key, item in mapping(value, path).items():
            check(item, inside(path, key))
        return value

    return check_mapping


def fields(value: Any, path: str, checks: Mapping[str, Check], required: Iterable[str] = ()) -> dict[str, Any]:
    """A mapping with these keys only, each checked, with none of the required ones missing."""
    for key, item in mapping(value, path).items():
        if key not in checks:
            near = closest(key, checks)
            fix = f"use one of {', '.join(checks)}" if not near and len(checks) <= _FEW else "rename it or take it out"
            raise ConfigError(f"{inside(path, key)} is not a key that exists{near}: {fix}.")
        checks[key](item, inside(path, key))
    for key in required:
        if key not in value:
            raise ConfigError(f"{path} has no {key}: add it.")
    return value


def native(value: Any, path: str, checks: Mapping[str, Check], required: Iterable[str] = ()) -> dict[str, Any]:
    """A mapping in a program's own form: what our code reads is checked, all else is that program's to validate."""
    known = {key: item for key, item in mapping(value, path).items() if key in checks}
    fields(known, path, checks, required)
    return dict(value)


def parameters(
    value: Any,
    prefix: str,
    checks: Mapping[str, Check],
    defaults: Mapping[str, Any],
    variables: Mapping[str, str],
) -> dict[str, Any]:
    """The parameters of the filter ``<prefix>files`` as plain values, checked, with the defaults filled in.

    Errors name the inventory's variable: what ``variables`` says, else prefix + parameter.
    """
    if not isinstance(value, Mapping):
        raise ConfigError(
            f"The filter {prefix}files takes a mapping of parameters, not {shown(plain(value, prefix), prefix)}."
        )
    checked: dict[str, Any] = {}
    for key in value:
        if key not in checks:
            raise ConfigError(
                f'The filter {prefix}files has no parameter "{key}"{closest(str(key), checks)}: take it out.'
            )
        variable = variables.get(key, prefix + key)
        checked[str(key)] = plain(value[key], variable)
        checks[key](checked[str(key)], variable)
    for key in checks:
        if key not in checked and key not in defaults:
            raise ConfigError(f'The filter {prefix}files needs the parameter "{key}": pass it.')
    return {**{key: value for key, value in defaults.items() if key in checks}, **checked}


def duration(value: Any, path: str) -> int:
    return duration_ms(value, path)


def duration_or_zero(value: Any, path: str) -> int:
    return duration_ms(value, path, zero=True)


def label_name(value: Any, path: str) -> str:
    if not _LABEL_NAME.fullmatch(text(value, path)):
        raise ConfigError(
            f"{path} is {shown(value, path)}, which is not a label name: "
            "use letters, digits and _, with no digit first."
        )
    return value


def labels(value: Any, path: str) -> dict[str, str]:
    """Label names of the classic character set with text values; names that start with __ belong to Prometheus."""
    for name, item in mapping(value, path).items():
        if not _LABEL_NAME.fullmatch(name):
            raise ConfigError(
                f'{path} has the label "{name}": use letters, digits and _ in its name, with no digit first.'
            )
        if not isinstance(item, str):
            raise ConfigError(f"{inside(path, name)} is {shown(item, '')}, but must be text: put it in quotes.")
    return value


def metric_name(value: Any, path: str) -> str:
    if not _METRIC_NAME.fullmatch(text(value, path)):
        raise ConfigError(
            f"{path} is {shown(value, path)}, which is not a metric name: "
            "use letters, digits, _ and :, with no digit first."
        )
    return value


def file_name(value: Any, path: str) -> str:
    if not _FILE_NAME.fullmatch(text(value, path)):
        raise ConfigError(
            f"{path} is {shown(value, path)}, but becomes a file's name: use letters, digits, dot, _ and -, "
            "a letter or digit first, 100 characters at most."
        )
    return value


def label_safe_name(value: Any, path: str) -> str:
    if not _LABEL_SAFE.fullmatch(text(value, path)):
        raise ConfigError(
            f"{path} is {shown(value, path)}, but becomes a label's value: use letters, digits, _ and -, "
            "a letter or digit first, 64 characters at most."
        )
    return value


def ip_address(value: Any, path: str) -> str:
    text(value, path)
    try:
        ipaddress.ip_address(value)
    except ValueError:
        raise ConfigError(
            f"{path} is {shown(value, path)}, which is not an IP address: write one like 127.0.0.1 or ::1, without a "
            "port."
        ) from None
    return value


def user_name(value: Any, path: str) -> str:
    """Whom a service runs as."""
    if value == "root":
        raise ConfigError(
            f"{path} is root, and no service may run as root: take it out, or name a user that only this service has."
        )
    if not _USER.fullmatch(text(value, path)):
        raise ConfigError(
            f"{path} is {shown(value, path)}, which is not the name of a system user: use small letters, digits, _ and "
            "-, a letter first, 32 characters at most."
        )
    return str(value)


def path_of_url(value: Any, path: str) -> str:
    if not text(value, path).startswith("/") or re.search(r"[\s#]", value):
        raise ConfigError(f"{path} is {shown(value, path)}, which is not the path of a URL: write it like /metrics.")
    return value


def http_url(value: Any, path: str) -> str:
    """An http or https URL with a host, without credentials and fragment."""
    fix = "write it like https://host:port/path"
    if URL_CREDENTIALS.search(text(value, path)):
        raise ConfigError(f"{path} is a URL with credentials in it: take them out of the URL.")
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid or not re.fullmatch(r"[!-~]+", value):
        raise ConfigError(f"{path} is {shown(value, path)}, which is not an http or https URL: {fix}.")
    if parts.fragment or value.endswith("#"):
        raise ConfigError(f"{path} is {shown(value, path)}, whose part after # is never sent: take it out.")
    return value


def url_or_none(value: Any, path: str) -> object:
    return value == "" or http_url(value, path)


def listen_or_none(value: Any, path: str) -> object:
    """Where to listen: an IP address with its port, a port alone (:9094) for every address, or empty for nowhere."""
    address, colon, number_part = str(value).rpartition(":")
    if value != "" and (not colon or not number_part.isdigit() or not 0 < int(number_part) < 65536):
        raise ConfigError(f'{path} is {shown(value, path)}: write address:port, like 0.0.0.0:9094, or "" for none.')
    return address == "" or ip_address(address.strip("[]"), path)


def host_and_port(value: Any, path: str) -> str:
    """``host``, ``host:port``, ``[v6]:port``: what Prometheus connects to."""
    if "://" in text(value, path) or "/" in value or "@" in value:
        raise ConfigError(
            f"{path} is {shown(value, path)}, but a target is host:port alone: "
            "write the rest as the job's scheme, metrics_path, and basic_auth with password_file."
        )
    name, colon, number_part = value.rpartition(":") if re.search(r":[^\]]*$", value) else (value, "", "")
    if not _HOST.fullmatch(name) or (
        colon and not (re.fullmatch(r"[0-9]{1,5}", number_part) and 0 < int(number_part) < 65536)
    ):
        raise ConfigError(
            f"{path} is {shown(value, path)}, which is not a target: write it as host:port, with a port from 1 to "
            "65535."
        )
    return value


def unique(names: Iterable[tuple[str, str]], what: str, fix: str = "rename one of the two or take it out") -> None:
    """Refuse a name that is there twice; ``names`` are (path, name) in order."""
    seen: dict[str, str] = {}
    for path, name in names:
        if name in seen:
            raise ConfigError(f'{path} is the {what} "{name}" again, after {seen[name]}: {fix}.')
        seen[name] = path


def unique_ports(ports: Iterable[tuple[str, int]]) -> None:
    """Refuse a port that two things are to listen on; ``ports`` are (path, port) in order."""
    seen: dict[int, str] = {}
    for path, number_ in ports:
        if number_ in seen:
            raise ConfigError(f"{path} is {number_}, as {seen[number_]} is: give one of the two another port.")
        seen[number_] = path


def check_unknown_variables(
    prefix: str, variables: Iterable[str], known: Iterable[str], owner: str = "this role", *, shared: bool = False
) -> str | None:
    """The sentence about the first variable with the prefix that is not known, or None. Ansible would ignore it.

    ``prefix`` is the role's (``prometheus_``), ``known`` the names of its argument spec. The prefix is left out of the
    comparison: with it, every short name would look like every other. shared: others may have the prefix, too, so that
    only a name that is nearly a known one is refused.
    """
    suffixes = {name.removeprefix(prefix) for name in known if name.startswith(prefix)}
    for name in sorted(variables):
        suffix = name.removeprefix(prefix)
        if not name.startswith(prefix) or suffix in suffixes:
            continue
        near = difflib.get_close_matches(suffix, sorted(suffixes), n=1, cutoff=0.8)
        if shared and not near:
            continue
        way_out = (
            f"did you mean {prefix}{near[0]}?" if near else f"correct it, or rename one of your own, without {prefix}."
        )
        return f"{name} is not a variable of {owner}: {way_out}"
    return None
