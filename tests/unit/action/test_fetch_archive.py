# SPDX-License-Identifier: GPL-3.0-or-later
"""fetch_archive: the URL of the inventory filled in, refused where it holds what it must not, fetched from a mirror."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONTENT = b"a release archive"
SUM = hashlib.sha256(CONTENT).hexdigest()
URL = "https://mirror.example.net/prometheus-{version}.linux-{architecture}.tar.gz"

Fetch = Callable[..., dict[str, Any]]


@pytest.fixture
def mirror(server: Any) -> Any:
    """A double of a mirror with two releases, each with its sums beside it."""
    for name in ("prometheus-3.5.3.linux-amd64.tar.gz", "prometheus-3.5.3.linux-arm64.tar.gz"):
        server.put(f"/v3.5.3/{name}", CONTENT)
    server.put(
        "/v3.5.3/sha256sums.txt",
        f"{SUM}  prometheus-3.5.3.linux-amd64.tar.gz\n{SUM}  prometheus-3.5.3.linux-arm64.tar.gz\n",
    )
    return server


@pytest.fixture
def fetch(act: Callable[..., dict[str, Any]]) -> Fetch:
    def run(url: str = URL, **changes: Any) -> dict[str, Any]:
        arguments = {"component": "prometheus", "url": url, "version": "3.5.3", "architecture": "amd64"}
        return act("fetch_archive", **{**arguments, **changes})

    return run


def test_version_and_architecture_are_filled_in_and_the_sums_are_beside_the_archive(fetch: Fetch, mirror: Any) -> None:
    url = f"{mirror.url}/v{{version}}/prometheus-{{version}}.linux-{{architecture}}.tar.gz"

    result = fetch(url, architecture="arm64")

    assert result["url"] == f"{mirror.url}/v3.5.3/prometheus-3.5.3.linux-arm64.tar.gz"
    assert (result["changed"], result["sha256"]) == (False, SUM)
    assert Path(result["path"]).read_bytes() == CONTENT
    assert mirror.asked == ["/v3.5.3/sha256sums.txt", "/v3.5.3/prometheus-3.5.3.linux-arm64.tar.gz"]


def test_sums_may_be_elsewhere(fetch: Fetch, mirror: Any) -> None:
    mirror.put("/sums/3.5.3-amd64", f"{SUM}  prometheus-3.5.3.linux-amd64.tar.gz")

    result = fetch(
        f"{mirror.url}/v3.5.3/prometheus-3.5.3.linux-amd64.tar.gz",
        sums_url=f"{mirror.url}/sums/{{version}}-{{architecture}}",
    )

    assert result["sha256"] == SUM
    assert mirror.asked[0] == "/sums/3.5.3-amd64"


def test_a_checksum_can_be_pinned_for_each_architecture(fetch: Fetch, mirror: Any) -> None:
    url = f"{mirror.url}/v3.5.3/prometheus-3.5.3.linux-{{architecture}}.tar.gz"

    assert fetch(url, sha256={"amd64": SUM, "arm64": "0" * 64})["sha256"] == SUM
    refused = fetch(url, sha256={"amd64": SUM, "arm64": "0" * 64}, architecture="arm64")

    assert refused["failed"] and "prometheus_archive_sha256 says 000" in refused["msg"]
    assert mirror.count("/v3.5.3/sha256sums.txt") == 0


def test_a_pin_that_lacks_the_architecture_is_refused_and_the_sums_file_is_not_read(fetch: Fetch, mirror: Any) -> None:
    url = f"{mirror.url}/v3.5.3/prometheus-3.5.3.linux-{{architecture}}.tar.gz"

    result = fetch(url, sha256={"amd64": SUM}, architecture="arm64")

    assert result == {
        "failed": True,
        "msg": "prometheus_archive_sha256 has no checksum for arm64, the host's architecture: add "
        "prometheus_archive_sha256.arm64, the sha256 of that archive in quotes.",
    }
    assert mirror.asked == []


def test_an_architecture_that_is_not_known_is_never_filled_into_a_url(fetch: Fetch, mirror: Any) -> None:
    url = f"{mirror.url}/v3.5.3/prometheus-3.5.3.linux-{{architecture}}.tar.gz"

    result = fetch(url, architecture="amd64.tar.gz?x=")

    assert result["failed"]
    assert result["msg"].startswith('the host reports the architecture "amd64.tar.gz?x=", which this collection does')
    assert mirror.asked == []


@pytest.mark.parametrize("pin", ["", "abc", 12345, "sha256:" + SUM, "../" * 22])
def test_a_pin_that_is_no_checksum_is_refused_before_the_download(fetch: Fetch, mirror: Any, pin: Any) -> None:
    result = fetch(f"{mirror.url}/v3.5.3/prometheus-3.5.3.linux-amd64.tar.gz", sha256={"amd64": pin})

    assert result == {
        "failed": True,
        "msg": "prometheus_archive_sha256.amd64 is not a sha256: write its 64 hex digits in quotes.",
    }
    assert mirror.asked == []


@pytest.mark.parametrize(
    ("changes", "variable"),
    [({"url": ""}, "prometheus_archive_url"), ({"version": ""}, "prometheus_version")],
)
def test_a_variable_that_is_not_set_is_named(fetch: Fetch, changes: dict[str, str], variable: str) -> None:
    assert fetch(**changes)["msg"] == (
        f"{variable} is not set, and the install method `archive` needs it: set it, "
        "or prometheus_install_method to package."
    )


@pytest.mark.parametrize(
    ("argument", "variable"), [("url", "prometheus_archive_url"), ("sums_url", "prometheus_archive_sums_url")]
)
@pytest.mark.parametrize("user", ["deploy:hunter2@", "hunter2@", ":hunter2@"])
def test_a_url_with_credentials_is_refused_and_the_password_not_shown(
    fetch: Fetch, argument: str, variable: str, user: str
) -> None:
    result = fetch(**{argument: f"https://{user}mirror.example.net/a.tar.gz"})

    assert result["failed"]
    assert result["msg"] == (
        f"{variable} is a URL with credentials in it: take them out and put them into the controller's ~/.netrc."
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://deploy:hunter2/with-a-slash@mirror.example.net/a.tar.gz",
        "https://deploy:hunter2#with-a-hash@mirror.example.net/a.tar.gz",
        "https://[hunter2/a.tar.gz",
        "https://mirror.example.net:hunter2/a.tar.gz",
        "ftp://mirror.example.net/a.tar.gz",
    ],
)
def test_what_is_no_url_is_refused_and_not_shown(fetch: Fetch, url: str) -> None:
    result = fetch(url)

    assert result == {
        "failed": True,
        "msg": "prometheus_archive_url is not an https, http or file URL: write it like https://host:port/path.",
    }


def test_what_goes_wrong_on_the_way_is_a_sentence(fetch: Fetch, nobody: str) -> None:
    result = fetch(f"http://{nobody}/a.tar.gz")

    assert result["failed"]
    assert result["msg"].startswith(f"http://{nobody}/sha256sums.txt cannot be reached (")


def test_a_cache_of_another_user_is_a_sentence(
    fetch: Fetch, mirror: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir(parents=True)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)

    result = fetch(f"{mirror.url}/v3.5.3/prometheus-3.5.3.linux-amd64.tar.gz")

    assert result["failed"] and "belongs to another user: remove it" in result["msg"]
