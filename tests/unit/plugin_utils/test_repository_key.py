# SPDX-License-Identifier: GPL-3.0-or-later
"""Of a repository's key ring only the pinned key is taken. The ring and the fingerprints are GnuPG's own."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.archive import ArchiveError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.repository_key import fetch, keys

FIRST = "82BAD7D868F37E9A906C26F4A2E492A116077B02"
SECOND = "AF27FA99CA5E596B0A7FA10C7D78514585713DA2"
RING = b"""\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawZYHRYJKwYBBAHaRw8BAQdA/KHlaz2zp+vvWihVHXKwT7pBsAnrZxf6tBvx
HkfDcs60JVBhY2thZ2VzIG9mIGEgdGVzdCA8cGFja2FnZXNAZXhhbXBsZT6IkAQT
FggAOBYhBIK619ho836akGwm9KLkkqEWB3sCBQJrBlgdAhsDBQsJCAcCBhUKCQgL
AgQWAgMBAh4BAheAAAoJEKLkkqEWB3sCBCEA/Rj/9XamJ5tln3AH62JaPkLtQCuO
70gI7pcBrnIGVCa3AQC1l39GDyr/lUM6TDH/871O/8vgBhL7cVabLaxkyiHyAJgz
BGsGWB0WCSsGAQQB2kcPAQEHQERiEd2nLKIcFuXtPs7Xvs72iADhT9/TcT73RWMN
uFEKtBVPdGhlciA8b3RoZXJAZXhhbXBsZT6IkAQTFggAOBYhBK8n+pnKXllrCn+h
DH14UUWFcT2iBQJrBlgdAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEH14
UUWFcT2iwL0A/RZfKzSHe6uqrAC5qNuW3GD5EZaW9TG2gdT4YFxH3PUjAP9gG3lP
MJNExDauV9XycuIws0pTZ5hiaFCv2ViHFdq+BA==
=144k
-----END PGP PUBLIC KEY BLOCK-----
"""
OWNER = "19DA8154C50CB4C7CAAA963AE6BFDB20DCFA524D"
SUBKEY = "B378A26BE55448A3B7509CD9057892635F5E9D6D"
WITH_SUBKEY = b"""\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEaw5D+BYJKwYBBAHaRw8BAQdA33Zv3/5rFIKQmcJS98NoDNjq945aqmG64Klc
NF8duxK0FU93bmVyIDxvd25lckBleGFtcGxlPoiQBBMWCAA4FiEEGdqBVMUMtMfK
qpY65r/bINz6Uk0FAmsOQ/gCGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQ
5r/bINz6Uk3LGwEAwXHd2Hlvuv9LqG0Lhuxuf5LP+biMNjvAUFLR/bUiCa0A/iwY
4ONCpCbE9E+IKVPA2P8gdN5ZxNgqG9U93+9M6CYNuDMEaw5D+BYJKwYBBAHaRw8B
AQdANvbAKMroG5+g+lZgf07ozlc1zA3Hc1fBESDp/s9C3zyI7wQYFggAIBYhBBna
gVTFDLTHyqqWOua/2yDc+lJNBQJrDkP4AhsCAIEJEOa/2yDc+lJNdiAEGRYIAB0W
IQSzeKJr5VRIo7dQnNkFeJJjX16dbQUCaw5D+AAKCRAFeJJjX16dbRiUAQC7ArEF
NpF/p99/1KpQXeSHFZXOTuI/ouTMswlfWz9rFgEAn5zYyyUUzTw2LvRb9WMG6fCv
uqeoujTzUJfyjH5GaQdKOwEAoGKNw6QXReA2ag4z4ezV51P8z7qmSrq4VCUz9MHy
QtgA/2UF02EaESZObaiuveEczfrrjN1299o55vzbDNA6RBMF
=bFK4
-----END PGP PUBLIC KEY BLOCK-----
"""


def test_the_fingerprints_are_those_that_gnupg_shows() -> None:
    assert list(keys(RING)) == [FIRST, SECOND]


def test_a_binary_ring_is_read_like_an_armoured_one() -> None:
    body = b"".join(RING.splitlines()[2:-2])

    assert keys(base64.b64decode(body)) == keys(RING)


@pytest.mark.parametrize("ring", [b"", b"<html>not found</html>", b"\x99\x01", RING[:200]])
def test_what_is_no_key_ring_has_no_key(ring: bytes) -> None:
    assert keys(ring) == {}


def test_only_the_pinned_key_gets_into_the_file(server: Any) -> None:
    server.put("/key.asc", RING)

    path = fetch(f"{server.url}/key.asc", "AF27 FA99 CA5E 596B 0A7F  A10C 7D78 5145 8571 3DA2", "grafana")

    assert list(keys(path.read_bytes())) == [SECOND]


def test_a_fetched_key_is_not_fetched_again(server: Any) -> None:
    server.put("/key.asc", RING)
    first: Path = fetch(f"{server.url}/key.asc", FIRST, "grafana")

    assert fetch(f"{server.url}/gone.asc", FIRST, "grafana") == first


@pytest.mark.parametrize(
    ("path", "fingerprint", "sentence"),
    [
        (
            "/key.asc",
            "B53AE77BADB630A683046005963FA27710458545",
            "if the publisher has changed its key, check the new one",
        ),
        ("/key.asc", "C0FFEE", "grafana_repository_key_fingerprint is not the fingerprint of a key"),
        ("/gone.asc", FIRST, "answers 404: check grafana_repository_key_url, or the mirror."),
    ],
)
def test_what_is_wrong_is_told_with_the_way_out(server: Any, path: str, fingerprint: str, sentence: str) -> None:
    server.put("/key.asc", RING)

    with pytest.raises(ArchiveError, match=sentence):
        fetch(f"{server.url}{path}", fingerprint, "grafana")


def test_a_controller_without_gpg_is_told_the_package(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put("/key.asc", RING)
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(ArchiveError, match=r"the controller has no gpg, .*: install the package gpg there"):
        fetch(f"{server.url}/key.asc", FIRST, "grafana")


def test_a_key_changed_in_the_cache_is_fetched_again(server: Any) -> None:
    server.put("/key.asc", RING)
    path = fetch(f"{server.url}/key.asc", FIRST, "grafana")
    path.write_bytes(keys(RING)[SECOND])

    assert list(keys(fetch(f"{server.url}/key.asc", FIRST, "grafana").read_bytes())) == [FIRST]


def test_a_subkeys_fingerprint_is_not_the_keys(server: Any) -> None:
    server.put("/key.asc", WITH_SUBKEY)

    assert list(keys(WITH_SUBKEY)) == [OWNER]
    with pytest.raises(ArchiveError, match=f"has {OWNER}, and"):
        fetch(f"{server.url}/key.asc", SUBKEY, "grafana")
