# SPDX-License-Identifier: GPL-3.0-or-later
"""demo_verticals_files: from demo_verticals_* variables to the file that the program reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.demo_verticals.config import KINDS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.demo_verticals.config import (
    files as demo_verticals_files,
)
from demo_verticals.figures import KINDS as PROGRAM_KINDS

CRM = {"name": "peakpro-crm", "kind": "crm", "port": 8101}
MEDIA = {"name": "media", "kind": "media", "port": 8102}


def made(**changes: Any) -> str:
    return demo_verticals_files({"admin_port": 8100, "services": [CRM, MEDIA], **changes})["demo_verticals.json"]


def test_the_file_has_the_services_and_where_they_listen() -> None:
    assert json.loads(made(listen_address="::1")) == {
        "listen": {"address": "::1", "admin_address": "127.0.0.1", "admin_port": 8100},
        "services": [CRM, MEDIA],
    }


def test_the_kinds_are_the_programs() -> None:
    assert set(KINDS) == set(PROGRAM_KINDS)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"services": []}, "demo_verticals_services is empty"),
        ({"services": [CRM, {**MEDIA, "name": "peakpro-crm"}]}, 'the demo service "peakpro-crm" again'),
        (
            {"services": [CRM, {**MEDIA, "port": 8101}]},
            "demo_verticals_services[1].port is 8101, as demo_verticals_services[0].port is",
        ),
        ({"services": [{**CRM, "port": 8100}]}, "as demo_verticals_admin_port is: give one of the two another port."),
        ({"services": [{**CRM, "kind": "shop"}]}, 'kind is "shop": write one of crm, roofing, policy, property, media'),
        ({"services": [{"name": "a", "kind": "crm"}]}, "demo_verticals_services[0] has no port"),
        ({"services": [{**CRM, "ports": 1}]}, 'ports is not a key that exists (did you mean "port"?)'),
        ({"admin_address": "everywhere"}, 'demo_verticals_admin_address is "everywhere", which is not an IP address'),
    ],
)
def test_bad_input(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        made(**changes)
    assert sentence in str(raised.value)
