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
from urllib.parse import urlsplit

from ansible.module_utils.urls import open_url

from .cache import alone, cache_dir, sha256_of

SUM_LINE = re.compile(r"([0-9a-f]{64})\s+\*?(\S+)", re.IGNORECASE)


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
    if url and parts.scheme not in ("http", "https", "ftp", "file"):
        return f"{variable} is not a URL: write it like https://host:port/path."
    return ""


def _refused_sums(component: str, sums: dict[str, Any]) -> str:
    for architecture, checksum in sums.items():
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
    """The sentence about a package repository whose URL holds a password; it would get to hosts, tables and reports."""
    for key in ("url", "key_url"):
        if "@" in repository[key].partition("://")[2].partition("/")[0]:
            return _with_credentials(f"{component}_repository_{key}")
    return ""


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
        with open_url(url, timeout=timeout, http_agent="aetherlink.monitoring") as answer:
            happened = "broke off"
            yield answer
            return
    except urllib.error.HTTPError as error:
        reason = f"answers {error.code}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = f"{happened} ({' '.join(str(getattr(error, 'reason', error)).split())})"
    raise ArchiveError(f"{url} {reason}: {fix}.") from None


def _fix(component: str) -> str:
    return f"check {component}_archive_url and {component}_version, or the mirror"
