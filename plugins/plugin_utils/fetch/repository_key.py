# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The signing key of a package repository: only the one that the inventory pins gets to a host (RFC 9580)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.archive import ArchiveError, opened
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import alone, cache_dir

LARGEST = 1 << 20  # bytes; a key ring of a repository is some 10 KB
_ARMOUR = re.compile(rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(.*?)-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL)
_PUBLIC_KEY = 6  # the packet that starts a key; what follows it belongs to it until the next one


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
    """{fingerprint: the key's packets} of a key ring, armoured or not. What is no key ring has none."""
    found: dict[str, bytes] = {}
    current = ""
    try:
        for tag, body, packet in _packets(_dearmoured(ring)):
            if tag == _PUBLIC_KEY:
                current = _fingerprint(body)
            if current:
                found[current] = found.get(current, b"") + packet
    except (ValueError, IndexError, binascii.Error):
        return {}
    return found


def _fingerprint(body: bytes) -> str:
    if body[0] == 4:
        sha1 = hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False)
        return sha1.hexdigest().upper()
    if body[0] == 6:
        return hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    return ""  # older ones are not good for signatures any more


def _dearmoured(ring: bytes) -> bytes:
    blocks = _ARMOUR.findall(ring)
    if not blocks:
        return ring
    return b"".join(base64.b64decode(b"".join(_content(block))) for block in blocks)


def _content(block: bytes) -> list[bytes]:
    """The lines after the headers, without the checksum."""
    lines = [line.strip() for line in block.splitlines()]
    start = lines.index(b"") + 1 if b"" in lines else 0
    return [line for line in lines[start:] if not line.startswith(b"=")]


def _packets(ring: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(tag, body, the whole packet) of each."""
    at = 0
    while at < len(ring):
        start, head = at, ring[at]
        if not head & 0x80:
            raise ValueError("no packet")
        if head & 0x40:  # the new format
            tag, first = head & 0x3F, ring[at + 1]
            if first < 192:
                length, at = first, at + 2
            elif first < 224:
                length, at = ((first - 192) << 8) + ring[at + 2] + 192, at + 3
            else:
                length, at = int.from_bytes(ring[at + 2 : at + 6], "big"), at + 6
        else:
            tag, size = (head >> 2) & 0x0F, 1 << (head & 3)
            length, at = int.from_bytes(ring[at + 1 : at + 1 + size], "big"), at + 1 + size
        body, at = ring[at : at + length], at + length
        if at > len(ring):
            raise ValueError("cut off")
        yield tag, body, ring[start:at]
