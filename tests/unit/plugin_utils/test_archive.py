# SPDX-License-Identifier: GPL-3.0-or-later
"""A release archive is downloaded once from a mirror, verified, and whatever goes wrong is told in a sentence."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.archive import ArchiveError, fetch
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import authority
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.ca_names import OWN

NAME = "prometheus-3.5.3.linux-amd64.tar.gz"
CONTENT = b"a release archive" * 1000
SUM = hashlib.sha256(CONTENT).hexdigest()
OTHER_SUM = hashlib.sha256(b"another").hexdigest()


@pytest.fixture
def mirror(server: Any) -> Any:
    """A double of a mirror: the archive at /NAME, the sums at /sha256sums.txt."""
    server.put(f"/{NAME}", CONTENT)
    server.put("/sha256sums.txt", f"{OTHER_SUM}  prometheus-3.5.3.linux-arm64.tar.gz\n{SUM}  {NAME}\n")
    return server


@pytest.fixture
def make_https(make_server: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """A server with TLS; the controller trusts its certificate."""
    ca = authority(tmp_path / ".ca", "a passphrase for tests", "dev", lambda: OWN)
    pair = ca.issue(["localhost", "127.0.0.1"], 1)
    (tmp_path / "ca.pem").write_text(pair.authority)
    (tmp_path / "pair.pem").write_text(pair.key + pair.certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pair.pem")

    def make() -> Any:
        server = make_server()
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.url = f"https://{server.address}"
        return server

    return make


def get(mirror: Any, sha256: str = "", path: str = f"/{NAME}") -> tuple[Path, str]:
    return fetch(f"{mirror.url}{path}", f"{mirror.url}/sha256sums.txt", sha256, "prometheus")


def refusal(mirror: Any, sha256: str = "", path: str = f"/{NAME}") -> str:
    with pytest.raises(ArchiveError) as raised:
        get(mirror, sha256, path)
    sentence = str(raised.value)
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


def archives(cache: Path) -> list[str]:
    """The archives in the cache, and what is left of broken downloads; locks stay."""
    return sorted(name for name in os.listdir(cache / "archives") if not name.endswith(".lock"))


def test_an_archive_is_verified_against_the_sums_file(mirror: Any) -> None:
    path, sha256 = get(mirror)

    assert sha256 == SUM
    assert path.read_bytes() == CONTENT and path.name.endswith(NAME)


@pytest.mark.parametrize("line", [f"{SUM}  {NAME}", f"{SUM} *{NAME}", f"{SUM.upper()}  {NAME}"])
def test_sums_files_are_read_as_the_usual_tools_write_them(mirror: Any, line: str) -> None:
    mirror.put("/sha256sums.txt", f"# sums\n\n{line}\n")

    assert get(mirror)[1] == SUM


@pytest.mark.parametrize("pinned", [SUM, SUM.upper()])
def test_a_pinned_checksum_needs_no_sums_file(mirror: Any, pinned: str) -> None:
    assert get(mirror, pinned)[1] == SUM
    assert mirror.asked == [f"/{NAME}"]


def test_an_archive_is_downloaded_once(mirror: Any) -> None:
    assert get(mirror) == get(mirror)
    assert mirror.count(f"/{NAME}") == 1


def test_many_hosts_at_once_make_one_download(mirror: Any) -> None:
    def slowly(_: dict[str, str]) -> bytes:
        time.sleep(0.1)
        return CONTENT

    mirror.put(f"/{NAME}", slowly)

    with ThreadPoolExecutor(8) as hosts:
        found = set(hosts.map(lambda _: get(mirror), range(8)))

    assert len(found) == 1
    assert mirror.count(f"/{NAME}") == 1


def test_a_cached_archive_that_was_tampered_with_is_fetched_again(mirror: Any) -> None:
    path, _ = get(mirror)
    path.write_bytes(b"evil")

    assert get(mirror)[0].read_bytes() == CONTENT
    assert mirror.count(f"/{NAME}") == 2


def test_a_release_made_anew_under_the_same_name_is_another_archive(mirror: Any) -> None:
    old, _ = get(mirror)
    mirror.put(f"/{NAME}", b"another")
    mirror.put("/sha256sums.txt", f"{OTHER_SUM}  {NAME}")

    new, _ = get(mirror)

    assert (old.read_bytes(), new.read_bytes()) == (CONTENT, b"another")


def test_a_redirect_to_where_the_archive_is_is_followed(mirror: Any, make_server: Any) -> None:
    store = make_server()
    store.put("/objects/1", CONTENT)
    mirror.put(f"/{NAME}", "", status=302, Location=f"{store.url}/objects/1")

    assert get(mirror)[0].read_bytes() == CONTENT


def test_a_redirect_that_leads_nowhere_ends(mirror: Any) -> None:
    mirror.put(f"/{NAME}", "", status=302, Location=f"/{NAME}")

    assert refusal(mirror) == (
        f"{mirror.url}/{NAME} redirects more than 10 times: check prometheus_archive_url and prometheus_version, or "
        "the mirror."
    )


def test_a_redirect_without_a_location_is_told(mirror: Any) -> None:
    mirror.put(f"/{NAME}", "", status=302)

    assert f"{mirror.url}/{NAME} answers 302" in refusal(mirror)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_https_is_followed_to_https(make_https: Callable[[], Any], status: int) -> None:
    release, store = make_https(), make_https()
    release.put(f"/{NAME}", "", status=status, Location=f"{store.url}/objects/1")
    store.put("/objects/1", CONTENT)

    assert get(release, SUM)[0].read_bytes() == CONTENT


def test_http_is_followed_to_https(mirror: Any, make_https: Callable[[], Any]) -> None:
    store = make_https()
    store.put("/objects/1", CONTENT)
    mirror.put(f"/{NAME}", "", status=302, Location=f"{store.url}/objects/1")

    assert get(mirror)[0].read_bytes() == CONTENT


@pytest.mark.parametrize("path", [f"/{NAME}", "/sha256sums.txt"])
def test_https_is_never_followed_to_http(mirror: Any, make_https: Callable[[], Any], path: str) -> None:
    release = make_https()
    release.put(f"/{NAME}", CONTENT)
    release.put("/sha256sums.txt", f"{SUM}  {NAME}\n")
    release.put(path, "", status=302, Location=f"{mirror.url}{path}?signature=hunter2")

    assert refusal(release) == (
        f"{release.url}{path} redirects from https to http, which is not followed: use a server that redirects to "
        "https only; check prometheus_archive_url and prometheus_version, or the mirror."
    )
    assert mirror.asked == []


def test_https_is_not_followed_to_http_by_way_of_https(mirror: Any, make_https: Callable[[], Any]) -> None:
    release, store = make_https(), make_https()
    release.put(f"/{NAME}", "", status=302, Location=f"{store.url}/objects/1")
    store.put("/objects/1", "", status=302, Location=f"{mirror.url}/{NAME}")

    assert "redirects from https to http, which is not followed" in refusal(release, SUM)
    assert mirror.asked == []


@pytest.mark.parametrize("secured", [True, False])
@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_no_redirect_leads_to_another_scheme(
    mirror: Any, make_https: Callable[[], Any], secured: bool, location: str
) -> None:
    server = make_https() if secured else mirror
    server.put(f"/{NAME}", "", status=302, Location=location)

    scheme = location.partition(":")[0]
    assert f"{server.url}/{NAME} redirects from {'https' if secured else 'http'} to {scheme}" in refusal(server, SUM)


def with_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {machine} login deploy password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))


def sent(server: Any) -> list[bytes]:
    """The user and password of each request."""
    return [base64.b64decode(header.removeprefix("Basic ")) for header in server.authorizations]


def test_a_mirror_that_wants_a_password_gets_it_from_netrc(
    mirror: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_netrc(tmp_path, monkeypatch, "127.0.0.1")

    get(mirror)

    assert sent(mirror) == [b"deploy:hunter2"] * 2


def test_a_password_from_netrc_does_not_follow_a_redirect_to_another_host(
    mirror: Any, make_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_netrc(tmp_path, monkeypatch, "127.0.0.1")
    store = make_server()
    store.put("/objects/1", CONTENT)
    mirror.put(
        f"/{NAME}", "", status=302, Location=f"http://{store.address.replace('127.0.0.1', 'localhost')}/objects/1"
    )

    assert get(mirror)[0].read_bytes() == CONTENT
    assert sent(mirror) == [b"deploy:hunter2"] * 2
    assert sent(store) == [b""]


def test_a_redirect_to_a_host_of_netrc_gets_its_password(
    mirror: Any, make_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_netrc(tmp_path, monkeypatch, "localhost")
    store = make_server()
    store.put("/objects/1", CONTENT)
    mirror.put(
        f"/{NAME}", "", status=302, Location=f"http://{store.address.replace('127.0.0.1', 'localhost')}/objects/1"
    )

    get(mirror)

    assert sent(mirror) == [b""] * 2
    assert sent(store) == [b"deploy:hunter2"]


def test_a_checksum_that_differs_is_told_and_nothing_is_kept(mirror: Any, cache: Path) -> None:
    mirror.put(f"/{NAME}", b"evil")

    sentence = refusal(mirror)

    evil = hashlib.sha256(b"evil").hexdigest()
    assert sentence == (
        f"the sha256 of {mirror.url}/{NAME} is {evil}, but {mirror.url}/sha256sums.txt says {SUM}: the file is damaged "
        "or not the release; check prometheus_archive_url and prometheus_version, and do not install it."
    )
    assert archives(cache) == []


def test_a_pinned_checksum_that_differs_is_told_with_its_variable(mirror: Any) -> None:
    assert f"but prometheus_archive_sha256 says {OTHER_SUM}" in refusal(mirror, OTHER_SUM)


@pytest.mark.parametrize(
    "sums",
    [
        f"{SUM}  another.tar.gz\n",
        "",
        "<html>sign in</html>",
        f"../../../../etc/cron.d/x  {NAME}\n",
        b"\xff\xfe" + os.urandom(64),
    ],
    ids=["other files", "empty", "a page", "no sum", "no text"],
)
def test_a_sums_file_that_does_not_know_the_archive_is_told(mirror: Any, sums: str | bytes) -> None:
    mirror.put("/sha256sums.txt", sums)

    assert refusal(mirror) == (
        f"{mirror.url}/sha256sums.txt has no line for {NAME}: check prometheus_version and prometheus_archive_url, "
        "or pin the checksum in prometheus_archive_sha256."
    )
    assert mirror.count(f"/{NAME}") == 0


@pytest.mark.parametrize("missing", ["/sha256sums.txt", f"/{NAME}"])
def test_what_the_mirror_does_not_have_is_told(mirror: Any, missing: str) -> None:
    del mirror.answers[missing]

    assert refusal(mirror) == (
        f"{mirror.url}{missing} answers 404: check prometheus_archive_url and prometheus_version, or the mirror."
    )


@pytest.mark.parametrize("pinned", [SUM, ""])
def test_a_mirror_that_cannot_be_reached_is_told(nobody: str, pinned: str) -> None:
    with pytest.raises(ArchiveError) as raised:
        fetch(f"http://{nobody}/{NAME}", f"http://{nobody}/sha256sums.txt", pinned, "prometheus")

    assert "cannot be reached ([Errno 111] Connection refused): check prometheus_archive_url" in str(raised.value)


def test_a_download_that_ends_early_is_told_and_not_kept(mirror: Any, cache: Path) -> None:
    mirror.put(f"/{NAME}", CONTENT[:100], Content_Length=str(len(CONTENT)))

    sentence = refusal(mirror)

    assert sentence.startswith((f"{mirror.url}/{NAME} broke off", f"the sha256 of {mirror.url}/{NAME} is"))
    assert archives(cache) == []


def test_a_download_that_breaks_off_is_told_and_not_kept(mirror: Any, cache: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    mirror.put_raw(f"/{NAME}", head + b"100\r\n" + CONTENT[:100])

    assert f"{mirror.url}/{NAME} broke off" in refusal(mirror)
    assert archives(cache) == []


def test_the_next_run_after_a_broken_download_succeeds(mirror: Any, cache: Path) -> None:
    mirror.put(f"/{NAME}", CONTENT[:100], Content_Length=str(len(CONTENT)))
    refusal(mirror)
    mirror.put(f"/{NAME}", CONTENT)

    assert get(mirror)[0].read_bytes() == CONTENT
    assert len(archives(cache)) == 1


@pytest.mark.parametrize("path", [f"/{NAME}", "/sha256sums.txt"])
def test_a_mirror_that_does_not_speak_http_is_told(mirror: Any, path: str) -> None:
    mirror.put_raw(path, b"SSH-2.0-OpenSSH_9.2p1\r\n")

    assert f"{mirror.url}{path} " in refusal(mirror)


@pytest.mark.parametrize("url", ["mirror.example.net/a.tar.gz", "gopher://127.0.0.1/a.tar.gz"])
def test_an_address_that_is_no_url_is_told(url: str) -> None:
    with pytest.raises(ArchiveError, match=r"cannot be reached \(.*\): check prometheus_archive_url"):
        fetch(url, "", SUM, "prometheus")
