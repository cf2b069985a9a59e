# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration file: its shape, its defaults and every rule it has to keep."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .fields import ConfigError, Section, parse_json, read_file
from .outcome import PLATFORM_TOTALS
from .passwords import PasswordHash

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
METRIC_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?")
LABEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
USER = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@ -]{0,63}")
DIGEST_LABEL = re.compile(r"key-[0-9a-f]{12}")
MIN_DIGEST_KEY_BYTES = 16
FIELD_HINT = "the name of a summary field"
EXPOSITION_KEYS = ("timestamp_metric", "attribution_metric", "attribution_label")


@dataclass(frozen=True)
class Tls:
    """strict: whether browsers are told to come by HTTPS alone from now on, to every port of the host."""

    certificate_file: Path
    key_file: Path
    strict: bool = True


@dataclass(frozen=True)
class Listen:
    address: str
    port: int
    tls: Tls | None = None


@dataclass(frozen=True)
class AttributionConfig:
    """top_keys: keys with a series of their own. digest_key: secret of the digests; None: made and kept in state_dir.
    aliases: raw API key -> label value."""

    top_keys: int
    digest_key: bytes | None = field(repr=False)
    aliases: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Vertical:
    """totals: platform total -> summary field or metric name; None (kind stats only): by the fields' own names."""

    name: str
    kind: str
    url: str = field(repr=False)
    totals: Mapping[str, str] | None
    timestamp_metric: str | None = None
    attribution_metric: str | None = None
    attribution_label: str | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metric names that an exposition is read for."""
        names = {*(self.totals or {}).values(), self.timestamp_metric, self.attribution_metric}
        return tuple(sorted(name for name in names if name))


@dataclass(frozen=True)
class Config:
    """sha256: hex digest of the file's bytes, by which a deploy knows which configuration is loaded.

    users: who may ask; empty: everybody.
    """

    env: str
    listen: Listen
    interval_seconds: float
    timeout_seconds: float
    stale_after_seconds: float
    concurrency: int
    max_body_bytes: int
    attribution: AttributionConfig
    state_dir: Path | None
    verticals: tuple[Vertical, ...]
    users: Mapping[bytes, PasswordHash] = field(repr=False)
    sha256: str


def load(path: Path) -> Config:
    """Read and check the file at path, and the files it names. Raises ConfigError."""
    raw = read_file(path, "the configuration file")
    root = Section(parse_json(raw, str(path)), "")
    state_dir = root.text("state_dir", None)
    env = root.text("env", pattern=NAME, hint="a name such as dev, staging or prod")
    config = Config(
        env=env,
        listen=_listen(root.section("listen"), path.parent, env),
        interval_seconds=root.number("interval_seconds", 15, 0.1, 3600),
        timeout_seconds=root.number("timeout_seconds", 10, 0.1, 3600),
        stale_after_seconds=root.number("stale_after_seconds", 120, 0.1, 86400),
        concurrency=root.integer("concurrency", 50, 1, 1000),
        max_body_bytes=root.integer("max_body_bytes", 1024 * 1024, 1024, 16 * 1024 * 1024),
        attribution=_attribution(root.section("attribution"), path.parent),
        state_dir=Path(state_dir) if state_dir else None,
        verticals=_verticals(root.sections("verticals")),
        users=_users(root.section("basic_auth"), path.parent) if root.has("basic_auth") else {},
        sha256=hashlib.sha256(raw).hexdigest(),
    )
    root.section("basic_auth")  # known, whether it is there or not
    root.done()
    if config.timeout_seconds > config.interval_seconds:
        raise ConfigError("timeout_seconds", "is longer than interval_seconds", "give at most that many seconds")
    if config.stale_after_seconds < config.interval_seconds:
        raise ConfigError("stale_after_seconds", "is shorter than interval_seconds", "give at least that many seconds")
    return config


def _listen(section: Section, folder: Path, env: str) -> Listen:
    address = section.text("address", "127.0.0.1")
    port = section.integer("port", 8010, 1, 65535)
    tls = _tls(section.section("tls"), folder, env) if section.has("tls") else None
    section.section("tls")  # known, whether it is there or not
    section.done()
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise ConfigError(section.at("address"), "is not an IP address", "give one such as 127.0.0.1 or ::1") from None
    return Listen(address, port, tls)


def _tls(section: Section, folder: Path, env: str) -> Tls:
    certificate, key = (folder / section.text(name) for name in ("certificate_file", "key_file"))
    tls = Tls(certificate, key, strict=env != "dev")  # where other services of the same host stay plain
    section.done()
    return tls


def _users(section: Section, folder: Path) -> dict[bytes, PasswordHash]:
    name, where = section.text("users_file"), section.at("users_file")
    section.done()
    users: dict[bytes, PasswordHash] = {}
    for number, line in enumerate(read_file(folder / name, where).splitlines(), start=1):
        user, _separator, text = line.partition(b":")
        if not USER.fullmatch(user) or user in users:  # told by number: the file is a secret
            raise ConfigError(f"{where}: line {number}", "has no user of its own", "begin it with a name and a colon")
        try:
            users[user] = PasswordHash.parse(text.decode())
        except ValueError:
            raise ConfigError(
                f"{where}: line {number}",
                "has no hash of a password",
                "write scrypt$<n>$<r>$<salt>$<key>, n a power of two to 16384, r to 8, salt and key in base64",
            ) from None
    if not users:
        # Everybody could ask, which is not what whoever wrote basic_auth wanted.
        raise ConfigError(where, "holds no user", "write a line <user>:scrypt$<n>$<r>$<salt>$<key> for each")
    return users


def _attribution(section: Section, folder: Path) -> AttributionConfig:
    top_keys = section.integer("top_keys", 20, 0, 500)
    digest_key = None
    if name := section.text("digest_key_file", None):
        digest_key = read_file(folder / name, section.at("digest_key_file")).strip()
        if len(digest_key) < MIN_DIGEST_KEY_BYTES:
            raise ConfigError(
                section.at("digest_key_file"),
                f"holds fewer than {MIN_DIGEST_KEY_BYTES} bytes",
                "put a random key of at least that length into it",
            )
    aliases: dict[str, str] = {}
    if name := section.text("aliases_file", None):
        where = section.at("aliases_file")
        aliases = _aliases(parse_json(read_file(folder / name, where), where), where)
    section.done()
    return AttributionConfig(top_keys, digest_key, aliases)


def _aliases(value: object, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ConfigError(where, "does not hold an object", "map each raw key to its alias")
    aliases: dict[str, str] = {}
    for number, (key, alias) in enumerate(value.items(), start=1):  # told by number: the key is a secret
        if not isinstance(alias, str) or not ALIAS.fullmatch(alias):
            raise ConfigError(f"{where}: entry {number}", "is not an alias", "use up to 64 letters, digits, '._@ -'")
        if alias == "other" or DIGEST_LABEL.fullmatch(alias):
            raise ConfigError(f"{where}: entry {number}", "is a name that Command Center uses", "choose another alias")
        if alias in value:
            raise ConfigError(f"{where}: entry {number}", "uses a raw key as an alias", "choose another alias")
        aliases[key] = alias
    return aliases


def _verticals(sections: list[Section]) -> tuple[Vertical, ...]:
    verticals: dict[str, Vertical] = {}
    for section in sections:
        vertical = _vertical(section)
        if vertical.name in verticals:
            raise ConfigError(section.at("name"), "is used by another vertical too", "give each vertical its own name")
        verticals[vertical.name] = vertical
    return tuple(verticals.values())


def _vertical(section: Section) -> Vertical:
    name = section.text("name", pattern=NAME, hint="up to 64 letters, digits, '.', '_' or '-'")
    kind = section.text("kind", pattern=re.compile("stats|exposition"), hint="stats or exposition")
    url = _url(section)
    if kind == "stats":
        for key in EXPOSITION_KEYS:
            if section.has(key):
                raise ConfigError(section.at(key), "only goes with kind exposition", "remove it")
        vertical = Vertical(name, kind, url, _totals(section, None, FIELD_HINT) if section.has("totals") else None)
    else:
        vertical = Vertical(
            name,
            kind,
            url,
            _exposition_totals(section),
            timestamp_metric=section.text("timestamp_metric", None, METRIC_NAME, "a metric name"),
            attribution_metric=section.text("attribution_metric", None, METRIC_NAME, "a metric name"),
            attribution_label=section.text("attribution_label", None, LABEL_NAME, "a label name"),
        )
        if (vertical.attribution_metric is None) != (vertical.attribution_label is None):
            raise ConfigError(section.at("attribution_metric"), "goes with attribution_label", "give both or neither")
    section.section("totals")  # known for either kind
    section.done()
    return vertical


def _totals(section: Section, pattern: re.Pattern[str] | None, hint: str) -> dict[str, str]:
    totals = section.section("totals")
    mapping = {total: totals.text(total, None, pattern, hint) for total in PLATFORM_TOTALS}
    totals.done()
    return {total: name for total, name in mapping.items() if name is not None}


def _exposition_totals(section: Section) -> dict[str, str]:
    """At least one metric: looking for none, any page at all would pass for a good answer."""
    totals = _totals(section, METRIC_NAME, "a metric name")
    if not totals:
        raise ConfigError(section.at("totals"), "is empty", f"map at least one of {', '.join(PLATFORM_TOTALS)}")
    return totals


def _url(section: Section) -> str:
    """A plain http(s) URL; problems are told without quoting it, as it may hold a password."""
    hint = "a URL such as http://127.0.0.1:8101/stats"
    url = section.text("url", pattern=re.compile(r"https?://[!-~]+"), hint=hint)
    where = section.at("url")
    try:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            raise ConfigError(where, "has credentials in it", "give the URL without user name and password")
        if not _is_host(parts.hostname or "") or parts.port == 0:
            raise ConfigError(where, "has no usable host and port", f"give {hint}")
    except ValueError:
        raise ConfigError(where, "is not a valid URL", f"give {hint}") from None
    if parts.fragment:
        raise ConfigError(where, "has a fragment (#), which is never sent", "remove it")
    return url


def _is_host(host: str) -> bool:
    """Whether it is an IPv6 address (urlsplit has taken its brackets off), or an IPv4 address or a name."""
    if ":" not in host:
        return HOST_NAME.fullmatch(host) is not None
    ipaddress.IPv6Address(host)  # its ValueError says no, too
    return True
