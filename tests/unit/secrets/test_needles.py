# SPDX-License-Identifier: GPL-3.0-or-later
"""A secret is found however it was encoded, and its hash is none."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import quote

import pytest

from tests.secrets.needles import Secret, base64_within, forms
from tests.secrets.seeds import draw

TEXT = "Abcdefgh12345678/+\"'&%=ijklmnop87654321"


def form_of(haystack: str, text: str = TEXT) -> set[str]:
    return {what for pattern, what in forms(text).items() if pattern in haystack}


@pytest.mark.parametrize(
    ("haystack", "form"),
    [
        (TEXT, "plain"),
        (quote(TEXT), "URL-encoded"),
        (quote(TEXT, safe=""), "URL-encoded"),
        (json.dumps({"a": TEXT}), "JSON-escaped"),
        (json.dumps({"a": json.dumps({"a": TEXT})}), "JSON-escaped"),
        (repr(TEXT), "as Python shows it"),
        (TEXT.encode().hex(), "hexadecimal"),
        (TEXT[:12] + "********", "first 12 characters"),
        ("********" + TEXT[-12:], "last 12 characters"),
        (base64.b64encode(TEXT.encode()).decode(), "base64"),
        (base64.urlsafe_b64encode(TEXT.encode()).decode(), "base64"),
        (base64.b64encode(TEXT[:12].encode()).decode(), "base64 of the first 12 characters"),
    ],
)
def test_each_form_is_told(haystack, form):
    assert form in form_of(haystack)


@pytest.mark.parametrize("before", ["", "u:", "user:", "alice:", "aetherlink:"])
@pytest.mark.parametrize("after", ["", "\n", "!!", "xyz"])
def test_base64_of_more_than_the_secret(before, after):
    encoded = base64.b64encode(f"{before}{TEXT}{after}".encode()).decode()
    assert any(part in encoded for part in base64_within(TEXT.encode()))


def test_base64_over_lines_of_76():
    encoded = base64.encodebytes(b"x" * 50 + TEXT.encode()).decode()
    assert form_of(encoded) & {"base64 of the first 12 characters", "base64 of the last 12 characters"}


def test_a_hash_and_another_secret_are_not_it():
    assert form_of(hashlib.sha256(TEXT.encode()).hexdigest()) == set()
    assert form_of(" ".join(draw() for _ in range(100))) == set()


def test_what_is_too_short_or_of_several_lines_is_refused():
    for text in ("short", "one line\nand another"):
        with pytest.raises(ValueError, match="one line of at least 12"):
            forms(text)


def test_a_short_secret_has_no_pieces_that_others_have():
    assert {what for what in forms(TEXT[:13]).values() if "12" in what} == set()


def test_secrets_that_are_drawn_are_found_by_either_end():
    secret = Secret("a", draw())
    assert secret.text[:12].isalnum() and secret.text[-12:].isalnum() and not secret.text.isalnum()
    assert draw(plain=True).isalnum()
