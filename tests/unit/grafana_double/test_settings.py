# SPDX-License-Identifier: GPL-3.0-or-later
"""grafana.ini, read as Grafana reads it and refused where it would be silent."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import SHARED

Load = Callable[..., object]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("GF_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    from grafana_double.settings.load import load

    (tmp_path / "conf").mkdir()
    shutil.copy(SHARED / "grafana_double/defaults.ini", tmp_path / "conf")

    def made(text: str, *overrides: str) -> object:
        (tmp_path / "grafana.ini").write_text(text)
        return load(tmp_path, tmp_path / "grafana.ini", overrides)

    return made


VALUES = {
    "[server]\nhttp_port = 3001\n": ("server", "root_url", "http://localhost:3001/"),
    "[server]\nroot_url = %(protocol)s://%(domain)s/x ; a comment\n": ("server", "root_url", "http://localhost/x"),
    '[database]\npassword = """#p;"""\n': ("database", "password", "#p;"),
    "[database]\npassword = `a#b`\n": ("database", "password", "a#b"),
    "# comment\n; comment\n\n[users]\ndefault_theme=system # why\n": ("users", "default_theme", "system"),
    "[feature_toggles]\nsomething = true\n": ("feature_toggles", "something", "true"),
    "[plugin.some-app]\nas_external = true\n": ("plugin.some-app", "as_external", "true"),
    "[annotations.api]\nmax_age = 10d\n": ("annotations.api", "max_age", "10d"),
    "app_mode = development\n": ("", "app_mode", "development"),
}


@pytest.mark.parametrize("text", VALUES)
def test_values(load: Load, text: str) -> None:
    section, key, value = VALUES[text]

    assert load(text).text(section, key) == value  # type: ignore[attr-defined]


REFUSED = {
    "an unknown section": ("[serverr]\nx = 1\n", "[serverr] is no section of Grafana's settings; is server meant?"),
    "an unknown key": ("[server]\nhttp_prot = 1\n", "http_prot is no key of [server]; is http_port meant?"),
    "a key of nowhere": ("app_mod = production\n", "app_mod is no key of []; is app_mode meant?"),
    "no bool": ("[users]\nallow_sign_up = no\n", "users.allow_sign_up is not true or false: 'no'"),
    "no number": ("[server]\nhttp_port = http\n", "server.http_port is not a whole number: 'http'"),
    "no duration": ("[paths]\ntemp_data_lifetime = 1 day\n", "paths.temp_data_lifetime is not a duration such as 30s"),
    "none of the choices": ("[log]\nlevel = loud\n", "log.level is none of debug, info, warn, error, critical"),
    "a number in an empty one": ("[database]\nmax_open_conn = many\n", "database.max_open_conn is not a whole number"),
    "a key twice": ("[server]\ndomain = a\ndomain = b\n", "the key domain of [server] comes twice"),
    "no key": ("[server]\njust words\n", "grafana.ini:2: neither a section nor a key: just words"),
    "an open quote": ('[server]\ndomain = """a\n', 'the quote """ is not closed'),
    "no such file": (
        "[security]\nsecret_key = $__file{/nowhere/key}\n",
        "security.secret_key: $__file{/nowhere/key} cannot be read: No such file or directory",
    ),
    "an unset variable": ("[server]\ndomain = $__env{NOBODY_SET}\n", "the environment variable NOBODY_SET is not set"),
    "an unset one in braces": ("[server]\ndomain = ${NOBODY_SET}\n", "variable NOBODY_SET is not set"),
    "another expander": ("[server]\ndomain = $__vault{x}\n", "$__vault{} is no expander that this double has"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(load: Load, case: str) -> None:
    from grafana_double.errors import Fatal

    text, sentence = REFUSED[case]
    with pytest.raises(Fatal) as caught:
        load(text)

    assert sentence in str(caught.value)
    assert caught.value.logger == "settings"


def test_a_file_and_the_environment_are_expanded(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("A_DOMAIN", "grafana.example")

    settings = load(f"[security]\nsecret_key = $__file{{{tmp_path}/secret}}\n[server]\ndomain = $__env{{A_DOMAIN}}\n")

    assert settings.text("security", "secret_key") == "s3cret"  # type: ignore[attr-defined]
    assert settings.text("server", "root_url") == "http://grafana.example:3000/"  # type: ignore[attr-defined]


def test_the_environment_beats_the_file_and_the_command_line_both(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GF_SERVER_HTTP_PORT", "3002")
    monkeypatch.setenv("GF_AUTH_ANONYMOUS_ORG_ROLE", "Editor")
    text = "[server]\nhttp_port = 3001\ndomain = a\n"

    settings = load(text, "cfg:default.server.domain=b", "cfg:server.http_addr=::1", "cfg:default.paths.data=/x")

    values = [settings.text("server", key) for key in ("http_port", "domain", "http_addr")]  # type: ignore[attr-defined]
    assert values == ["3002", "a", "::1"]
    assert settings.path("paths", "data") == Path("/x")  # type: ignore[attr-defined]
    assert settings.text("auth.anonymous", "org_role") == "Editor"  # type: ignore[attr-defined]


def test_a_variable_of_the_environment_that_is_no_setting_is_refused(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grafana_double.errors import Fatal

    monkeypatch.setenv("GF_SERVER_HTTP_PROT", "3002")
    with pytest.raises(Fatal, match="GF_SERVER_HTTP_PROT is no setting of Grafana; is GF_SERVER_HTTP_PORT meant"):
        load("")


def test_paths_that_are_not_absolute_are_below_the_home(load: Load, tmp_path: Path) -> None:
    assert load("").path("paths", "logs") == tmp_path / "data/log"  # type: ignore[attr-defined]
