# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a plan compares secrets that it does not carry.

The controller asks with a random key and the names of the secret files. The host answers with an HMAC of each checksum
in the active release's release.json, and the controller compares with its own. Without pipelining, Ansible writes the
question to a temporary file on both machines; with -vvv, SSH's plugin prints the answer, in which Ansible hides the
key. A key without an answer tells nothing about a secret, nor does an answer without its key, and no key is used twice.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

from .desired_release import sha256
from .store import Release

KEY_BYTES = 32
KEY = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}")
DIGEST = re.compile(r"[0-9a-f]{64}")


def new_key() -> str:
    """On the controller, for one plan of one host."""
    return os.urandom(KEY_BYTES).hex()


def recorded(active: Release | None, names: Iterable[str]) -> dict[str, str]:
    """On the host: the checksum that the active release has of each secret; empty for one that it does not have."""
    files: Mapping[str, str] = active.meta["files"] if active else {}
    return {name: files.get(f"etc/{name}", "") for name in names}


def answer(key: str, checksums: Mapping[str, str]) -> dict[str, str]:
    """On the host: what it has, keyed. Raises ReleaseError for a key that could be guessed."""
    if checksums and not KEY.fullmatch(key):
        raise ReleaseError("challenge must be a random key of 32 bytes in hexadecimal: leave it to component_release")
    return {name: _keyed(key, name, checksum) for name, checksum in checksums.items() if checksum}


def fits(answered: Any) -> bool:
    """On the controller: whether a host's answer has the form of one. Root there may answer anything."""
    return isinstance(answered, dict) and all(
        isinstance(text, str) and DIGEST.fullmatch(text) for text in answered.values()
    )


def differing(key: str, wanted: Mapping[str, str], answered: Mapping[str, str]) -> list[str]:
    """On the controller: names of the secrets of which the host has another text. The host itself reports missing ones.

    wanted: {name: text}. answered: something that fits.
    """
    known = {name: _keyed(key, name, sha256(text.encode())) for name, text in wanted.items() if name in answered}
    return sorted(name for name, own in known.items() if not hmac.compare_digest(own, answered[name]))


def _keyed(key: str, name: str, checksum: str) -> str:
    """With the name, so that an answer does not show which secrets are equal."""
    return hmac.new(bytes.fromhex(key), f"{name}\0{checksum}".encode(), hashlib.sha256).hexdigest()
