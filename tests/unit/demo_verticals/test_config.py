# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of the demo verticals: one sentence for each mistake."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from demo_verticals.config import ConfigError, Service, load

CRM = {"name": "crm", "kind": "crm", "port": 8101}


def load_text(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "config.json"
    path.write_text(text)
    return load(path)


def test_the_listeners_default_to_loopback(tmp_path: Path) -> None:
    text = json.dumps({"services": [CRM]})
    config = load_text(tmp_path, text)
    assert (config.admin_address, config.admin_port) == ("127.0.0.1", 8100)
    assert config.services == (Service("crm", "crm", "127.0.0.1", 8101),)
    assert config.sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], "the configuration is not an object; write it in braces."),
        ({}, "services is not a list with services; give at least one."),
        ({"services": []}, "services is not a list with services; give at least one."),
        ({"services": [CRM], "seed": 1}, "the configuration: seed is not a known key; use listen, services."),
        ({"services": [5]}, "services[0] is not an object; write it in braces."),
        ({"services": [{**CRM, "url": "x"}]}, "services[0]: url is not a known key; use kind, name, port."),
        ({"services": [{**CRM, "name": "a b"}]}, "services[0].name is not a name;"),
        ({"services": [{**CRM, "kind": "shop"}]}, "services[0].kind is not known; use one of crm, roofing,"),
        ({"services": [{**CRM, "kind": ["crm"]}]}, "services[0].kind is not known;"),
        (
            {"services": [{**CRM, "port": "8101"}]},
            "services[0].port is not a port; give a whole number from 1 to 65535.",
        ),
        ({"services": [{**CRM, "port": True}]}, "services[0].port is not a port;"),
        ({"services": [CRM, {**CRM, "port": 8102}]}, "name crm is used twice; give each service its own name."),
        ({"services": [CRM, {**CRM, "name": "b"}]}, "port 8101 is used twice; give each service its own port."),
        ({"services": [{**CRM, "port": 8100}]}, "port 8100 is used twice; give each service its own port."),
        ({"services": [CRM], "listen": {"admin": 1}}, "listen: admin is not a known key;"),
        ({"services": [CRM], "listen": {"address": "localhost"}}, "listen.address is not an IP address;"),
        ({"services": [CRM], "listen": {"admin_port": 0}}, "listen.admin_port is not a port;"),
    ],
)
def test_each_mistake_is_told_with_its_place_and_fix(tmp_path: Path, document: object, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(tmp_path, json.dumps(document))
    assert str(caught.value).startswith(sentence)


def test_a_file_that_is_missing_or_no_json_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere cannot be read \(No such file or directory\)"):
        load(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"config\.json is not JSON; write it as JSON in UTF-8\."):
        load_text(tmp_path, "{")
