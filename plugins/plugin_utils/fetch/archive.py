# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Download a release archive once, verified against the release's own sums file."""

from __future__ import annotations

import http.client
import re
import shutil
import sys
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from ansible.module_utils.urls import open_url
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.system import ARCHITECTURES
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import list_of, text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import alone, cache_dir, sha256_of

SUM_LINE = re.compile(r"([0-9a-f]{64})\s+\*?(\S+)", re.IGNORECASE)
KNOWN_ARCHITECTURES = ", ".join(ARCHITECTURES.values())
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 10


class ArchiveError(Exception):
    """One sentence for the operator."""


def refuse(p: dict[str, Any]) -> str:
    """The sentence about a variable that is not set or holds what it must not; empty where all is well.

    A URL is not shown, because it may hold a password.
    """
    component = p["component"]
    for name, variable in (("url", "archive_url"), ("version", "version")):
        if not p[name]:
            return (
                f"{component}_{variable} is not set, and the install method `archive` needs it: set it, "
                f"or {component}_install_method to package."
            )
    urls = (_refused_url(p[name], f"{component}_archive_{name}") for name in ("url", "sums_url"))
    return _refused_version(p) or next(filter(None, urls), "") or _refused_sums(component, p["sha256"])


def _refused_version(p: dict[str, Any]) -> str:
    variable, version = f"{p['component']}_version", p["version"]
    if isinstance(version, (int, float)):
        return (
            f"{variable} is {version}, a number as YAML reads it, in which 3.10 and 3.1 are the same: put the version "
            "in quotes."
        )
    if _numbers(version) < _numbers(p.get("oldest", "")):
        return f"{variable} is {version}, and the configuration needs {p['oldest']} or newer: set a newer version."
    return ""


def _refused_url(url: str, variable: str) -> str:
    try:
        parts = urlsplit(url)
        _port = parts.port  # reading it checks it
    except ValueError:
        parts = urlsplit("none")
    if "@" in parts.netloc:
        return _with_credentials(variable)
    if url and (parts.scheme not in ("https", "http", "file") or re.search(r"\s", url)):
        return f"{variable} is not an https, http or file URL: write it like https://host:port/path."
    return ""


def _refused_sums(component: str, sums: dict[str, Any]) -> str:
    for architecture, checksum in sums.items():
        if architecture not in ARCHITECTURES.values():
            return (
                f"{component}_archive_sha256.{architecture} is not an architecture: write one of {KNOWN_ARCHITECTURES}."
            )
        if not re.fullmatch("[0-9a-fA-F]{64}", str(checksum)):
            return f"{component}_archive_sha256.{architecture} is not a sha256: write its 64 hex digits in quotes."
    return ""


def _numbers(version: str) -> list[int]:
    """[3, 5] of 3.5.3; what has no such numbers is for the mirror to know."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return [int(number) for number in found.groups()] if found else [sys.maxsize if version else 0]


def _with_credentials(variable: str) -> str:
    return f"{variable} is a URL with credentials in it: take them out and put them into the controller's ~/.netrc."


def refuse_repository(component: str, repository: dict[str, str]) -> str:
    """The sentence about the URLs of a package repository. A password in one would get to hosts, tables and reports."""
    if not repository["url"]:
        return ""
    urls = (_refused_url(repository[key], f"{component}_repository_{key}") for key in ("url", "key_url"))
    return next(filter(None, urls), "")


def refuse_insecure(component: str, urls: dict[str, str], environment: str, exceptions: Any) -> str:
    """The sentence about a URL that lets the network choose the program, which is fine in dev only.

    urls: by variable. exceptions: aether_insecure_downloads, names of components.
    """
    try:
        list_of(text)(exceptions, "aether_insecure_downloads")
    except ConfigError as error:
        return str(error)
    if environment == "dev" or component in exceptions:
        return ""
    for variable, url in urls.items():
        if urlsplit(url).scheme == "http":
            return (
                f"{variable} is an http URL, and anybody on the network can replace what it serves: use https, a file "
                f"URL, or, if you accept that, add {component} to aether_insecure_downloads."
            )
    return ""


def refuse_architecture(host: str, architecture: Any) -> str:
    """The sentence about an architecture that a host reports and that is no known one: it becomes part of URLs."""
    if architecture in ARCHITECTURES.values():
        return ""
    return (
        f"{host} reports the architecture {shown(architecture, '')}, which this collection does not know: use a host "
        f"with one of {KNOWN_ARCHITECTURES}."
    )


def refuse_pin(component: str, sums: dict[str, Any], architecture: str) -> str:
    """The sentence about pinned checksums that lack the host's architecture; a sums file must not fill the gap."""
    if not sums or architecture in sums:
        return ""
    return (
        f"{component}_archive_sha256 has no checksum for {architecture}, the host's architecture: add "
        f"{component}_archive_sha256.{architecture}, the sha256 of that archive in quotes."
    )


def filled(url: str, version: str, architecture: str) -> str:
    return url.replace("{version}", version).replace("{architecture}", architecture)


def fetch(url: str, sums_url: str, sha256: str, component: str) -> tuple[Path, str]:
    """The archive's path in the cache and its sha256 (hex).

    sha256: pinned in the inventory, else taken from the file at sums_url.
    """
    name = Path(urlsplit(url).path).name
    wanted = sha256.lower() or _sum_from(sums_url, name, component)
    path = cache_dir("archives") / f"{wanted[:16]}-{name}"
    with alone(path):
        # Verified again on each use: a cache is only as good as its disk.
        if path.is_file() and sha256_of(path) == wanted:
            return path, wanted
        partial = path.with_name(f".{path.name}.part")
        try:
            with opened(url, _fix(component)) as answer, partial.open("wb") as stream:
                shutil.copyfileobj(answer, stream, 1 << 20)
            found = sha256_of(partial)
            if found != wanted:
                source = f"{component}_archive_sha256" if sha256 else sums_url
                raise ArchiveError(
                    f"the sha256 of {url} is {found}, but {source} says {wanted}: the file is damaged or not the "
                    f"release; check {component}_archive_url and {component}_version, and do not install it."
                )
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return path, wanted


def _sum_from(sums_url: str, name: str, component: str) -> str:
    with opened(sums_url, _fix(component)) as answer:
        lines = answer.read(1 << 20).decode(errors="replace").splitlines()
    sums = {found[2]: found[1].lower() for line in lines if (found := SUM_LINE.fullmatch(line.strip()))}
    if name not in sums:
        raise ArchiveError(
            f"{sums_url} has no line for {name}: check {component}_version and {component}_archive_url, "
            f"or pin the checksum in {component}_archive_sha256."
        )
    return sums[name]


@contextmanager
def opened(url: str, fix: str, timeout: float = 30) -> Iterator[IO[Any]]:
    """The answer to read; whatever goes wrong until it is read is an ArchiveError, which ends with the fix."""
    happened, reason = "cannot be reached", ""
    try:
        with _followed(url, fix, timeout) as answer:
            happened = "broke off"
            yield answer
            return
    except urllib.error.HTTPError as error:
        reason = f"answers {error.code}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = f"{happened} ({' '.join(str(getattr(error, 'reason', error)).split())})"
    raise ArchiveError(f"{url} {reason}: {fix}.") from None


def _followed(url: str, fix: str, timeout: float) -> IO[Any]:
    """The answer after redirects, none of which may leave https.

    Each one is a request of its own, so that a password of ~/.netrc goes to its own host only.
    """
    at = url
    for _redirect in range(MOST_REDIRECTS + 1):
        try:
            answer: IO[Any] = open_url(at, timeout=timeout, http_agent="aetherlink.monitoring", follow_redirects="none")
            return answer
        except urllib.error.HTTPError as error:
            location = error.headers.get("Location", "")
            if error.code not in REDIRECTS or not location:
                raise
            error.close()
        before, at = at, urljoin(at, location)
        old, new = urlsplit(before).scheme, urlsplit(at).scheme
        if new != "https" and (old, new) != ("http", "http"):
            # The location itself is not shown: it may hold a signature.
            raise ArchiveError(
                f"{url} redirects from {old} to {new}, which is not followed: use a server that redirects to https "
                f"only; {fix}."
            )
    raise ArchiveError(f"{url} redirects more than {MOST_REDIRECTS} times: {fix}.")


def _fix(component: str) -> str:
    return f"check {component}_archive_url and {component}_version, or the mirror"
