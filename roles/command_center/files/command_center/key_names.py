# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys are secrets: here a raw key becomes the label value that may be shown, an alias or a keyed digest."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from .config import MIN_DIGEST_KEY_BYTES
from .fields import ConfigError, read_file

KEY_FILE = "attribution_key"


class KeyNames:
    """Names raw API keys: by alias where there is one, else `key-` and 12 hex digits of an HMAC-SHA256."""

    def __init__(self, digest_key: bytes, aliases: Mapping[str, str]) -> None:
        self._digest_key = digest_key
        self._aliases = aliases

    def label(self, raw: str) -> str:
        alias = self._aliases.get(raw)
        if alias is not None:
            return alias
        return f"key-{hmac.digest(self._digest_key, key_bytes(raw), 'sha256').hex()[:12]}"


def key_bytes(raw: str) -> bytes:
    """A raw key as bytes; JSON lets lone surrogates through, which plain UTF-8 refuses."""
    return raw.encode("utf-8", "surrogatepass")


def kept_digest_key(state_dir: Path) -> bytes:
    """The digest key kept in state_dir, made on first use (mode 0600). Raises OSError, or ConfigError when damaged."""
    path = state_dir / KEY_FILE
    if not path.exists():
        _make(path)
    key = read_file(path, "state_dir").strip()
    if len(key) < MIN_DIGEST_KEY_BYTES:
        raise ConfigError("state_dir", f"holds a damaged {KEY_FILE}", f"delete {path}, a new one is made then")
    return key


def _make(path: Path) -> None:
    """Write a new key beside path and link it there whole, so that a crash or a second process leaves no half key."""
    draft = path.with_name(f".{KEY_FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
