# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that the program would ignore are found before the switch, by its own file of defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.checker import Check, Component, run_checks
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.ini_settings import problems
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.masking import Masker

DEFAULTS = """
app_mode = production
[server]
# The address to bind to
http_addr =
http_port = 3000
read_timeout = 0
enable_gzip = false
;cdn_url =
[server.custom_response_headers]
#exampleHeader1 = exampleValue1
[log.console]
interval = 30s
[metrics.environment_info]
"""


def found(section: str, key: str, value: Any, *known: str) -> list[str]:
    return problems({section: {key: value}}, DEFAULTS, "ini", known)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("server", "http_addr", "anything"),
        ("server", "http_port", 3001),
        ("server", "read_timeout", "30s"),
        ("server", "read_timeout", "1m30s"),
        ("server", "enable_gzip", True),
        ("server", "enable_gzip", "Yes"),
        ("server", "enable_gzip", ""),
        ("server", "enable_gzip", "${GZIP}"),
        ("server", "http_port", "$__file{/run/port}"),
        ("server", "cdn_url", "https://cdn.example"),
        ("log.console", "interval", 5),
        ("metrics.environment_info", "anything", "at all"),
        ("feature_toggles", "newThing", True),
        ("plugin.some-app", "path", "/x"),
    ],
)
def test_what_the_program_reads_is_taken(section: str, key: str, value: Any) -> None:
    assert found(section, key, value) == []


@pytest.mark.parametrize(
    ("section", "key", "value", "sentence"),
    [
        ("server", "http_port", "web", 'ini.server.http_port is "web", which would be ignored: write a number, or a'),
        ("server", "read_timeout", "soon", 'ini.server.read_timeout is "soon", which would be ignored: write a number'),
        ("server", "enable_gzip", "perhaps", 'ini.server.enable_gzip is "perhaps", which would be ignored: write true'),
        ("log.console", "interval", "a while", "which would be ignored: write a duration like 30s"),
        (
            "server",
            "http_prot",
            1,
            '(did you mean "http_port"?): correct it, or add server.http_prot to ini_known_keys',
        ),
        ("servr", "http_port", 1, "ini.servr.http_port is no setting of this version, which would ignore it (did you"),
    ],
)
def test_what_it_would_ignore_is_a_sentence(section: str, key: str, value: Any, sentence: str) -> None:
    (problem,) = found(section, key, value)
    assert sentence in problem


def test_a_key_that_its_file_lacks_can_be_declared_known() -> None:
    assert found("server", "of_next_version", 1, "server.of_next_version") == []


def test_all_of_them_are_refused_together(tmp_path: Path) -> None:
    (tmp_path / "bin/conf").mkdir(parents=True)
    (tmp_path / "bin/conf/defaults.ini").write_text(DEFAULTS)
    values = {"server": {"http_port": "web", "other": 1}}
    wanted = {"variable": "ini", "values": values, "known": [], "defaults": "{bin}/conf/defaults.ini"}
    check = Check("grafana.ini", settings=wanted)

    with pytest.raises(ReleaseError, match=r"http_port is \"web\", .*; ini\.server\.other is no setting"):
        run_checks([check], tmp_path, Masker([]), Component("grafana", "nobody"))
