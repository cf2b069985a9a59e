# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The signing key of a package repository: only the one that the inventory pins gets to a host."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.archive import ArchiveError, opened
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import alone, cache_dir

LARGEST = 1 << 20  # bytes; a key ring of a repository is some 10 KB


def fetch(url: str, fingerprint: str, component: str) -> Path:
    """A file with the one key of that fingerprint, as apt reads it. Raises ArchiveError."""
    variable = f"{component}_repository_key_fingerprint"
    wanted = fingerprint.replace(" ", "").upper()
    if not re.fullmatch("[0-9A-F]{40}|[0-9A-F]{64}", wanted):
        raise ArchiveError(f"{variable} is not the fingerprint of a key: write its 40 or 64 hex digits in quotes.")
    path = cache_dir("keys") / f"{wanted}.gpg"
    with alone(path):
        # Looked into again on each use: a cache is only as good as its disk.
        if not path.is_file() or list(keys(path.read_bytes())) != [wanted]:
            with opened(url, f"check {component}_repository_key_url, or the mirror") as answer:
                found = keys(answer.read(LARGEST))
            if wanted not in found:
                has = ", ".join(found) or "no key at all"
                raise ArchiveError(
                    f"{url} has {has}, and {variable} is {wanted}: if the publisher has changed its key, check the new "
                    f"one there and set {variable}; else do not install it."
                )
            partial = path.with_name(f".{path.name}.part")
            partial.write_bytes(found[wanted])
            partial.replace(path)
    return path


def keys(ring: bytes) -> dict[str, bytes]:
    """{fingerprint: the key, binary} of a key ring, armoured or not, as gpg imports it. What is no key ring has none.

    The key ring of gpg is a new one each time: neither the user's keys nor their gpg.conf take part.
    """
    with tempfile.TemporaryDirectory(prefix="aetherlink-gpg-") as home:
        # Its status does not count: a ring may have keys that gpg does not know beside those that it imports.
        _gpg(home, "--import", stdin=ring)
        lines = [line.split(":") for line in _gpg(home, "--with-colons", "--list-keys").decode().splitlines()]
        # The first fpr after a pub is the key's own, later ones are those of its subkeys.
        found = [after[9] for line, after in zip(lines, lines[1:]) if (line[0], after[0]) == ("pub", "fpr")]
        return {fingerprint: _gpg(home, "--export", fingerprint) for fingerprint in found}


def _gpg(home: str, *arguments: str, stdin: bytes = b"") -> bytes:
    command = ["gpg", "--homedir", home, "--no-options", "--batch", "--quiet", "--no-autostart"]
    try:
        done = subprocess.run(
            [*command, "--trust-model=always", *arguments], input=stdin, capture_output=True, check=False, timeout=60
        )
    except FileNotFoundError:
        raise ArchiveError(
            "the controller has no gpg, which verifies the key of a package repository: install the package gpg there."
        ) from None
    except subprocess.TimeoutExpired:
        raise ArchiveError(
            "gpg on the controller takes more than 60 seconds for the key of a package repository: try "
            "`gpg --show-keys` on it there."
        ) from None
    return done.stdout
