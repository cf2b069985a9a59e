# SPDX-License-Identifier: GPL-3.0-or-later
"""inbox_files: the inbox's configuration, as the program itself reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.inbox.config import files as inbox_files
from inbox.config import load

PARAMS: dict[str, Any] = {"port": 8025, "smtp_port": 1025, "keep": 2000}
LOGIN = {"smtp_username": "alertmanager", "secrets": {"smtp_password": "example-password"}}


def test_the_program_takes_it(tmp_path: Path) -> None:
    (tmp_path / "inbox.json").write_text(inbox_files(PARAMS)["inbox.json"])

    config = load(tmp_path / "inbox.json")

    assert (config.address, config.port, config.smtp_port, config.keep) == ("127.0.0.1", 8025, 1025, 2000)
    assert config.mail.username == ""


def test_secrets_are_named_and_not_told(tmp_path: Path) -> None:
    text = inbox_files({**PARAMS, **LOGIN})["inbox.json"]
    (tmp_path / "inbox.json").write_text(text)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "smtp_password").write_text("example-password")

    assert "example-password" not in text
    assert load(tmp_path / "inbox.json").mail.password == "example-password"


def test_a_pem_may_have_words_before_it() -> None:
    pem = "subject=CN = mail\n-----BEGIN CERTIFICATE-----\n"
    inbox_files({**PARAMS, "secrets": {"smtp_certificate": pem, "smtp_key": "-----BEGIN PRIVATE KEY-----"}})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"keep": 0}, "inbox_keep"),
        ({"port": 1025}, "inbox_smtp_port is 1025, as inbox_port is: give one of the two another port."),
        ({"smtp_username": "u"}, "inbox_smtp_username is set and inbox_secrets.smtp_password is not"),
        ({"secrets": {"smtp_password": "p"}}, "inbox_secrets.smtp_password is set and inbox_smtp_username is not"),
        ({"secrets": {"smtp_key": "k"}}, "inbox_secrets has one of smtp_certificate and smtp_key"),
        (
            {"secrets": {"smtp_certificate": "c", "smtp_key": "-----BEGIN PRIVATE KEY-----"}},
            "inbox_secrets.smtp_certificate is not in the form PEM",
        ),
        ({"secrets": {"smtp_passwort": "p"}}, 'did you mean "smtp_password"'),
        ({"listen_address": "localhost"}, "inbox_listen_address"),
    ],
)
def test_what_cannot_be_is_refused_with_its_variable(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        inbox_files({**PARAMS, **change})

    assert sentence in str(refused.value)
