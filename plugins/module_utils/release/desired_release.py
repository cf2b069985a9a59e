# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a deploy wants on the host: the content of one release."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Program:
    """The program of a release.

    method: `package` (the distribution's; `package` names it), `archive` (a release tarball) or `artifact` (one file).
    oldest: the oldest version that takes the configuration that the collection writes, like 2.42; empty for any.
    links: for packages, the names in `bin/` and the absolute paths that they point at; a list of paths for a part that
    was in other places in other versions, and in none of them in some.
    source: path on the host of the uploaded archive or artifact; empty when the version is expected to be there.
    apt_source: {path, content} of the file that names a package repository of its own to apt; empty without one.
    sha256: of the archive or artifact; part of a version's identity only for artifacts, whose version need not change.
    """

    method: str
    version: str = ""
    oldest: str = ""
    package: str = ""
    links: dict[str, str | list[str]] = field(default_factory=dict)
    source: str = ""
    sha256: str = ""
    apt_source: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DesiredRelease:
    """The whole content of a release, program aside: two equal ones have the same digest.

    files, secrets: text by path below `etc/`. flags: text of flags.env. unit: text of the systemd unit.
    secret_sums: sha256 of secrets whose text is not here; a plan needs no more of them, see challenge.py.
    root_only: those of them that the service itself has no need to read.
    restart_on: values that a running process cannot take over by a reload (such as its listen address).
    """

    component: str
    environment: str
    group: str
    unit_name: str
    unit: str
    flags: str
    program: Program
    files: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    secret_sums: dict[str, str] = field(default_factory=dict)
    restart_on: list[str] = field(default_factory=list)
    root_only: list[str] = field(default_factory=list)

    def tree(self) -> dict[str, bytes]:
        """Every file of the release by its path in it, as bytes; release.json and bin are made by the store."""
        etc = {**self.files, **self.secrets}
        tree = {f"etc/{path}": text.encode() for path, text in etc.items()}
        tree["flags.env"] = self.flags.encode()
        tree[f"unit/{self.unit_name}"] = self.unit.encode()
        return tree

    def sums(self) -> dict[str, str]:
        planned = {f"etc/{path}": checksum for path, checksum in self.secret_sums.items()}
        return planned | {path: sha256(data) for path, data in self.tree().items()}

    def digest(self, version: str) -> str:
        """sha256 over everything that makes this release this release, with the program's version on this host.

        Root's alone, since the secrets are in it.
        """
        return self._digest(version, self.sums())

    def public_digest(self, version: str) -> str:
        """The same without the files with secrets. Everybody may see it.

        Only prometheus.yml depends on secrets, by 32 bits of a scrypt over all of them: see prometheus_access.renewing.
        """
        secret = {f"etc/{path}" for path in (*self.secrets, *self.secret_sums)}
        return self._digest(version, {path: checksum for path, checksum in self.sums().items() if path not in secret})

    def _digest(self, version: str, sums: dict[str, str]) -> str:
        content: dict[str, Any] = {
            "environment": self.environment,
            "files": sums,
            "group": self.group,
            "program": [self.program.method, version, sorted(self.program.links.items())],
            "restart_on": self.restart_on,
        }
        if self.root_only:
            content["root_only"] = sorted(self.root_only)
        return sha256(json.dumps(content, sort_keys=True).encode())
