# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the builder, which `../build` is short for."""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path

from . import archive, deb, repository

_BUILD = "20261125001"  # Grafana's are numbers that nothing else tells


def main() -> None:
    """Exit status: 0 made, 1 not made, 2 wrong arguments."""
    parser = argparse.ArgumentParser(
        prog="build", description="Make archives and Debian packages of the test double of Grafana."
    )
    parser.add_argument(
        "versions", nargs="+", metavar="VERSION", type=_version, help="which Grafana to play, as 13.0.1"
    )
    parser.add_argument("--to", type=Path, required=True, metavar="DIRECTORY", help="where everything is written to")
    parser.add_argument("--build", default=_BUILD, help="build id in the archives' names (default: %(default)s)")
    parser.add_argument("--architecture", default="amd64", help="Debian's name of it (default: %(default)s)")
    parser.add_argument("--repository", action="store_true", help="an apt repository of the packages, too")
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    try:
        _write(arguments)
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")


def _write(arguments: argparse.Namespace) -> None:
    archives, packages = [], []
    for version in arguments.versions:
        archives.append(archive.write(arguments.to, version, arguments.build, arguments.architecture))
        packages.append(deb.write(arguments.to, version, arguments.build, arguments.architecture))
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in [*archives, *packages]]
    (arguments.to / "sha256sums.txt").write_text("".join(sums))
    print("".join(sums), end="")
    if arguments.repository:
        fingerprint = repository.write(arguments.to / "apt", packages, arguments.architecture)
        (arguments.to / "apt" / "fingerprint").write_text(f"{fingerprint}\n")
        print(f"{fingerprint}  apt/gpg-full.key")


def _version(text: str) -> str:
    if not re.fullmatch(r"\d+\.\d+\.\d+", text):
        raise argparse.ArgumentTypeError(f"{text} is not of the form 13.0.1")
    return text


if __name__ == "__main__":
    main()
