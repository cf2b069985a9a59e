# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs playbooks as a user would and keeps all that they print and leave on the controller."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.faults.playbook import ROOT, Playbook
from tests.processes import descendants
from tests.secrets.progress import say
from tests.secrets.seeds import Seeds, write

KEEPER = ROOT / "tests/secrets/on_host/keeper.py"
PATIENCE = 600.0  # seconds; the first deploy installs packages
TURN = 0.1


class Controller:
    """directory: what is to be searched is below it. planted: what is not secret and is to be found."""

    def __init__(self, directory: Path, private: Path, planted: str) -> None:
        self.directory, self.private, self.planted = directory, private, planted
        self.connection: dict[str, str] = {}
        """Environment variables, by which Ansible takes another configuration than this checkout's."""
        self.commands: set[str] = set()
        self.unexpected: list[str] = []
        """Runs that did not end as they should: of what they were to show, nothing was shown."""
        self.authority, self.inventory = private / "authority", private / "inventory"
        self._password_file = private / "vault-password"
        self._password_file.write_text(planted[::-1])
        self.kept = directory / "kept"
        self._runs = 0
        for name in ("output", "facts", "ansible", "tmp", "log", "reports", "commands"):
            (directory / name).mkdir(mode=0o700)

    def keep_transferred(self) -> subprocess.Popen[str]:
        """From now on the temporary files that Ansible transfers are kept."""
        keeper = [sys.executable, str(KEEPER), str(self.kept), str(self.directory / "ansible" / "tmp")]
        return subprocess.Popen(keeper, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)

    def take(self, seeds: Seeds) -> None:
        """From now on the inventory has these."""
        self.seeds = seeds
        write(seeds, self.inventory, self.private, self._password_file)

    def play(
        self, what: str, playbook: str, *options: str, says: str = "", variables: dict[str, Any] | None = None
    ) -> None:
        """Run it. says: a regular expression of why it has to fail, and of nothing that is secret; empty: it works."""
        self._runs += 1
        say(f"run {self._runs}: {what}")
        extra = self.private / "extra.json"  # on the command line itself it would be in Ansible's own -vvvv
        extra.write_text(json.dumps({**self.seeds.extra(), **(variables or {})}))
        words = ["--vault-password-file", str(self._password_file), "-e", f"@{extra}", *options]
        play = Playbook(playbook, {}, str(self.inventory), options=words, environment=self._environment())
        while not play.over():
            self._sample(play)
            time.sleep(TURN)
        run = play.finish(PATIENCE)
        (self.directory / "output" / f"{self._runs:02} {what}.txt").write_text(run.output)
        if bool(says) != bool(run.status) or not re.search(says, run.output):
            wanted = f"to fail with {says!r}" if says else "to work"
            self.unexpected.append(f"{what} (run {self._runs}) was {wanted}, and ended with {run.status}")
            say(f"  {self.unexpected[-1]}")

    def _sample(self, play: Playbook) -> None:
        """Command lines of what it starts; its own is the user's."""
        own = tuple(word.encode() for word in play.words[1:])
        for pid in descendants(play.pid):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            except OSError:
                continue  # it has ended meanwhile
            if tuple(words[-len(own) :]) != own:
                self.commands.add(b"\n".join(words).decode(errors="replace"))

    def _environment(self) -> dict[str, str]:
        return {
            **self.seeds.environment(),
            "SECRETS_DIRECTORY": str(self.private / "files"),
            "SECRETS_PLANTED": self.planted,
            "ANSIBLE_HOME": str(self.directory / "ansible"),
            "ANSIBLE_LOG_PATH": str(self.directory / "log" / "ansible.log"),
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.directory / "facts"),
            "TMPDIR": str(self.directory / "tmp"),
            **self.connection,
        }
