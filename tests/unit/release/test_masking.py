# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets stay out of what is shown."""

from __future__ import annotations

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.masking import Masker, diff


def masked(text: str, *secrets: str) -> str:
    return Masker(list(secrets)).mask(text)


def test_a_secret_is_masked_wherever_it_stands() -> None:
    assert masked("url: https://hooks.example.net/hunter2\n", "hunter2") == "url: https://hooks.example.net/********\n"


def test_each_line_of_a_secret_is_masked() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"

    assert masked("error near MIIEvQIBADANBg", key) == "error near ********"


def test_each_key_and_text_of_a_secret_mapping_is_masked() -> None:
    aliases = '{"raw-key-1": "importer", "more": {"list": ["raw-key-2", 5]}}'

    assert masked("raw-key-1 and raw-key-2", aliases) == "******** and ********"


def test_of_two_secrets_the_longer_one_is_masked_whole() -> None:
    assert masked("hunter2-prod", "hunter2", "hunter2-prod") == "********"


@pytest.mark.parametrize("short", ["", " ", "a", "dev"])
def test_what_is_too_short_to_be_a_secret_hides_nothing(short: str) -> None:
    assert masked("a device in dev", short) == "a device in dev"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password: letmein", "password: ********"),
        ('  "password": "letmein",', '  "password": ********'),
        ("smtp_auth_password: 'letmein'", "smtp_auth_password: ********"),
        ("- routing_key: letmein", "- routing_key: ********"),
        ("API_KEY=letmein", "API_KEY=********"),
        ("bearer_token: letmein", "bearer_token: ********"),
        ("client-secret : letmein", "client-secret : ********"),
        ("credentials: letmein", "credentials: ********"),
    ],
)
def test_values_of_keys_that_sound_secret_are_masked(text: str, shown: str) -> None:
    assert masked(f"before: 1\n{text}\nafter: 2\n") == f"before: 1\n{shown}\nafter: 2\n"


@pytest.mark.parametrize(
    "text",
    [
        "password_file: secrets/crm_password",
        "authorization:\n  credentials_file: secrets/token",
        "group_by: [key, token]",
        "targets: [user@example.net]",
    ],
)
def test_what_holds_no_secret_is_shown(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:letmein@example.net/path", "https://********@example.net/path"),
        ("https://user:let@me@in@example.net/path", "https://********@example.net/path"),
        ("https://letmein@example.net", "https://********@example.net"),
        ("see HTTP://user:letmein@example.net now", "see HTTP://********@example.net now"),
        ("https://example.net/user@team", "https://example.net/user@team"),
    ],
)
def test_credentials_in_urls_are_masked(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_a_diff_shows_the_files_that_differ_and_of_secrets_only_that_they_do() -> None:
    before = {"app.conf": "one\npassword: old-pw\n", "same": "same\n", "gone": "x\n", "secrets/token": "old-token"}
    after = {"app.conf": "two\npassword: new-pw\n", "same": "same\n", "secrets/token": "new-token", "secrets/b": "bb"}

    shown = {
        d["after_header"]: (d["before"], d["after"])
        for d in diff(before, after, {"secrets/token", "secrets/b"}, Masker([]))
    }

    assert shown == {
        "app.conf": ("one\npassword: ********\n", "two\npassword: ********\n"),
        "gone": ("x\n", ""),
        "secrets/token": ("******** (the old secret)\n", "******** (the new secret)\n"),
        "secrets/b": ("", "******** (the new secret)\n"),
    }
