# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw API keys become aliases or keyed digests; the digest key is made once and kept."""

from __future__ import annotations

import hashlib
import hmac
import stat
from pathlib import Path

import pytest
from command_center.fields import ConfigError
from command_center.key_names import KeyNames, kept_digest_key


def test_an_alias_wins() -> None:
    assert KeyNames(b"secret", {"raw": "importer"}).label("raw") == "importer"


def test_without_alias_it_is_a_keyed_digest() -> None:
    digest = hmac.new(b"secret", b"raw", hashlib.sha256).hexdigest()
    assert KeyNames(b"secret", {}).label("raw") == f"key-{digest[:12]}"
    assert KeyNames(b"another", {}).label("raw") != f"key-{digest[:12]}"


@pytest.mark.parametrize("raw", ["\ud800", 'a"b\nc', "k" * 1_000_000])
def test_any_text_makes_a_harmless_label(raw: str) -> None:
    label = KeyNames(b"secret", {}).label(raw)
    assert len(label) == 16
    assert label.isascii()


def test_the_digest_key_is_made_once_and_for_the_service_alone(tmp_path: Path) -> None:
    key = kept_digest_key(tmp_path)
    assert len(key) == 64
    assert kept_digest_key(tmp_path) == key
    assert [file.name for file in tmp_path.iterdir()] == ["attribution_key"]
    assert stat.S_IMODE((tmp_path / "attribution_key").stat().st_mode) == 0o600


def test_a_damaged_digest_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "attribution_key").write_text("short")
    with pytest.raises(ConfigError, match=r"state_dir holds a damaged attribution_key; delete .*attribution_key"):
        kept_digest_key(tmp_path)


def test_a_state_dir_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        kept_digest_key(tmp_path / "missing")
