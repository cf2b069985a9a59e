# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration file: defaults, and one sentence with key path and fix for each mistake."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_center.config import Config, Listen, load
from command_center.fields import ConfigError

CRM = {"name": "crm", "kind": "stats", "url": "http://127.0.0.1:8101/stats"}
PROPERTY = {
    "name": "property",
    "kind": "exposition",
    "url": "https://[::1]:8104/metrics?full=1",
    "totals": {"properties": "property_records"},
}


def load_text(tmp_path: Path, text: str | bytes) -> Config:
    path = tmp_path / "config.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path)


def test_a_minimal_configuration_has_the_platforms_defaults(tmp_path: Path) -> None:
    text = '{"env": "dev", "verticals": []}'
    config = load_text(tmp_path, text)
    assert config.listen == Listen("127.0.0.1", 8010)
    assert (config.interval_seconds, config.timeout_seconds, config.stale_after_seconds) == (15, 10, 120)
    assert (config.concurrency, config.max_body_bytes) == (50, 1048576)
    assert (config.attribution.top_keys, config.attribution.digest_key, config.attribution.aliases) == (20, None, {})
    assert config.state_dir is None
    assert config.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_both_kinds_of_vertical_are_read(make_config: Callable[..., Config]) -> None:
    extra = {"timestamp_metric": "t", "attribution_metric": "w", "attribution_label": "key"}
    crm, prop = make_config(verticals=[CRM, {**PROPERTY, **extra}]).verticals
    assert (crm.name, crm.kind, crm.totals) == ("crm", "stats", None)
    assert prop.totals == {"properties": "property_records"}
    assert prop.metrics == ("property_records", "t", "w")


def test_files_are_found_beside_the_configuration(make_config: Callable[..., Config], tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/key").write_text("0123456789abcdef\n")
    (tmp_path / "secrets/aliases.json").write_text('{"raw-1": "importer"}')
    files = {"digest_key_file": "secrets/key", "aliases_file": "secrets/aliases.json"}
    config = make_config(attribution=files)
    assert config.attribution.digest_key == b"0123456789abcdef"
    assert config.attribution.aliases == {"raw-1": "importer"}
    assert "raw-1" not in repr(config)
    assert "0123456789abcdef" not in repr(config)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"env": 5}, "env is not a text; give a name such as dev, staging or prod."),
        ({"env": "dev two"}, "env is not allowed; give a name such as dev, staging or prod."),
        ({"envy": "dev"}, "envy is not a known key; remove it or use one of attribution,"),
        ({"listen": "127.0.0.1:8010"}, "listen is not an object; write it in braces."),
        ({"listen": {"host": "::1"}}, "listen.host is not a known key; remove it or use one of address, port, tls."),
        (
            {"listen": {"address": "localhost"}},
            "listen.address is not an IP address; give one such as 127.0.0.1 or ::1.",
        ),
        ({"listen": {"port": 0}}, "listen.port is out of range; give a whole number from 1 to 65535."),
        ({"listen": {"port": True}}, "listen.port is out of range; give a whole number from 1 to 65535."),
        ({"interval_seconds": "15s"}, "interval_seconds is out of range; give a number from 0.1 to 3600."),
        ({"interval_seconds": 0}, "interval_seconds is out of range; give a number from 0.1 to 3600."),
        ({"timeout_seconds": 20}, "timeout_seconds is longer than interval_seconds; give at most that many seconds."),
        (
            {"stale_after_seconds": 1},
            "stale_after_seconds is shorter than interval_seconds; give at least that many seconds.",
        ),
        ({"concurrency": 0}, "concurrency is out of range; give a whole number from 1 to 1000."),
        ({"concurrency": 1.5}, "concurrency is out of range; give a whole number from 1 to 1000."),
        ({"max_body_bytes": 10}, "max_body_bytes is out of range; give a whole number from 1024 to 16777216."),
        ({"attribution": {"top_keys": -1}}, "attribution.top_keys is out of range; give a whole number from 0 to 500."),
        ({"attribution": {"top": 1}}, "attribution.top is not a known key;"),
        ({"state_dir": 5}, "state_dir is not a text; give a text in quotes."),
        ({"state_dir": "a\x00b"}, "state_dir has characters that cannot be printed; remove them."),
        ({"state_dir": "a\ud800"}, "state_dir has characters that cannot be printed; remove them."),
        ({"verticals": {}}, "verticals is not a list; write it in square brackets."),
        ({"verticals": ["crm"]}, "verticals[0] is not an object; write it in braces."),
        (
            {"verticals": [CRM, CRM]},
            "verticals[1].name is used by another vertical too; give each vertical its own name.",
        ),
    ],
)
def test_each_mistake_is_told_by_its_key_path(
    make_config: Callable[..., Config], changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        make_config(**{"interval_seconds": 15, "timeout_seconds": 10, **changes})
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("vertical", "sentence"),
    [
        ({"name": None}, "verticals[0].name is not a text;"),
        ({"name": 'crm"\n'}, "verticals[0].name is not allowed; give up to 64 letters, digits, '.', '_' or '-'."),
        ({"kind": "html"}, "verticals[0].kind is not allowed; give stats or exposition."),
        ({"url": "ftp://127.0.0.1/"}, "verticals[0].url is not allowed; give a URL such as"),
        ({"url": "127.0.0.1:8101"}, "verticals[0].url is not allowed; give a URL such as"),
        ({"url": "http://"}, "verticals[0].url is not allowed; give a URL such as"),
        ({"url": "http:///stats"}, "verticals[0].url has no usable host and port;"),
        ({"url": "http://a..b/"}, "verticals[0].url has no usable host and port;"),
        ({"url": f"http://{'a' * 64}/"}, "verticals[0].url has no usable host and port;"),
        ({"url": "http://[fe80::x]/"}, "verticals[0].url is not a valid URL;"),
        ({"url": "http://a\x00b/"}, "verticals[0].url is not allowed;"),
        ({"url": "http://a:99999/"}, "verticals[0].url is not a valid URL;"),
        ({"url": "http://[::1/"}, "verticals[0].url is not a valid URL;"),
        ({"url": "http://a/#b"}, "verticals[0].url has a fragment (#), which is never sent; remove it."),
        (
            {"url": "http://user:hunter2@a/"},
            "verticals[0].url has credentials in it; give the URL without user name and password.",
        ),
        ({"urls": "http://a/"}, "verticals[0].urls is not a known key;"),
        ({"totals": {"contact": "contacts"}}, "verticals[0].totals.contact is not a known key;"),
        ({"totals": {"contacts": 5}}, "verticals[0].totals.contacts is not a text; give the name of a summary field."),
        ({"totals": ["contacts"]}, "verticals[0].totals is not an object;"),
        ({"timestamp_metric": "t"}, "verticals[0].timestamp_metric only goes with kind exposition; remove it."),
        ({"kind": "exposition"}, "verticals[0].totals is empty; map at least one of contacts, deals, jobs,"),
        (
            {"kind": "exposition", "totals": {"jobs": "a-b"}},
            "verticals[0].totals.jobs is not allowed; give a metric name.",
        ),
        (
            {"kind": "exposition", "totals": {"jobs": "j"}, "attribution_metric": "w"},
            "verticals[0].attribution_metric goes with attribution_label; give both or neither.",
        ),
    ],
)
def test_each_mistake_in_a_vertical_is_told(
    make_config: Callable[..., Config], vertical: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        make_config(verticals=[{**CRM, **vertical}])
    assert str(caught.value).startswith(sentence)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", ["env", "verticals"])
def test_what_has_no_default_must_be_there(tmp_path: Path, key: str) -> None:
    document = {"env": "dev", "verticals": []}
    del document[key]
    with pytest.raises(ConfigError, match=f"{key} is missing; add it"):
        load_text(tmp_path, json.dumps(document))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"config.json: line 1 is not JSON"),
        ('{"env": "dev",\n}', r"config.json: line \d is not JSON"),
        ("[]", "the configuration is not an object"),
        (b"\xff\xfe", "config.json is not JSON in UTF-8"),
        ("[" * 100_000, "config.json is not JSON in UTF-8"),
        ('{"env": "dev", "env": "prod", "verticals": []}', "config.json has a key twice in one object"),
    ],
)
def test_a_file_that_is_not_json_is_told(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load_text(tmp_path, text)


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read \(.*nowhere: No such file or directory\)"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("aliases", "sentence"),
    [
        ("[]", "attribution.aliases_file does not hold an object;"),
        ("{", "attribution.aliases_file: line 1 is not JSON"),
        ('{"SECRET": 5}', "attribution.aliases_file: entry 1 is not an alias;"),
        ('{"SECRET": ""}', "attribution.aliases_file: entry 1 is not an alias;"),
        ('{"SECRET": "a\\nb"}', "attribution.aliases_file: entry 1 is not an alias;"),
        ('{"SECRET": "other"}', "attribution.aliases_file: entry 1 is a name that Command Center uses;"),
        ('{"SECRET": "key-0123456789ab"}', "attribution.aliases_file: entry 1 is a name that Command Center uses;"),
        ('{"a": "b", "SECRET": "SECRET"}', "attribution.aliases_file: entry 2 uses a raw key as an alias;"),
        ('{"SECRET": "a", "SECRET": "b"}', "attribution.aliases_file has a key twice in one object;"),
    ],
)
def test_a_bad_alias_is_told_without_its_key(
    make_config: Callable[..., Config], tmp_path: Path, aliases: str, sentence: str
) -> None:
    (tmp_path / "aliases.json").write_text(aliases)
    with pytest.raises(ConfigError) as caught:
        make_config(attribution={"aliases_file": "aliases.json"})
    assert str(caught.value).startswith(sentence)
    assert "SECRET" not in str(caught.value)


def test_a_digest_key_that_is_missing_or_short_is_told(make_config: Callable[..., Config], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"attribution\.digest_key_file cannot be read \(.*key: No such file"):
        make_config(attribution={"digest_key_file": "key"})
    (tmp_path / "key").write_text("short")
    with pytest.raises(ConfigError, match=r"attribution\.digest_key_file holds fewer than 16 bytes; put a random key"):
        make_config(attribution={"digest_key_file": "key"})
