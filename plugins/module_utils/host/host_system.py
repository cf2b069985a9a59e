# SPDX-License-Identifier: GPL-3.0-or-later
"""The host as the topics of the baseline see it: its files below a root, and its commands."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Run = Callable[[list[str], str], "tuple[int, str, str]"]
"""run(command, standard input) -> exit status, standard output, standard error."""


class HostError(Exception):
    """The host cannot be made what it should be. The text is one sentence for the operator."""


@dataclass(frozen=True)
class Machine:
    """root: where the files are; another one in tests."""

    run: Run
    root: Path = Path("/")

    def path(self, absolute: str) -> Path:
        return self.root / absolute.lstrip("/")

    def read(self, absolute: str) -> str | None:
        """The text of a file, None where there is none."""
        try:
            return self.path(absolute).read_text()
        except FileNotFoundError:
            return None

    def write(self, absolute: str, text: str) -> None:
        """Whole or not at all, readable by all, as files of /etc are."""
        path = self.path(absolute)
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f".{path.name}.aetherlink")
        staged.write_text(text)
        staged.chmod(0o644)
        os.replace(staged, path)

    def do(self, *command: str, stdin: str = "") -> str:
        """The command's output; HostError with its own words where it fails."""
        status, out, err = self.run(list(command), stdin)
        if status != 0:
            words = " ".join((err or out).split())[-400:]
            raise HostError(f"`{' '.join(command)}` failed on the host: {words or f'exit status {status}'}")
        return out


@dataclass(frozen=True)
class Change:
    """One thing that is not as wanted yet. before, after: for --diff, where they can be shown."""

    topic: str
    what: str
    apply: Callable[[], object]
    before: str = ""
    after: str = ""
