# SPDX-License-Identifier: GPL-3.0-or-later
"""`make secrets-scan`: seed a known value for every secret, run everything against a host of its own, then search every
byte that was printed or left for them. Once through the container engine, and once by SSH without pipelining.

Exit status 0 when none leaked, 1 when one did or a secret file has other rights, 2 when the scan could not do its part.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from tests.faults.errors import FaultsError
from tests.faults.playbook import ROOT
from tests.secrets import by_ssh, table
from tests.secrets.controller import Controller
from tests.secrets.errors import ScanError
from tests.secrets.guarded import SAMPLED, Guarded, made
from tests.secrets.needles import Secret
from tests.secrets.progress import say
from tests.secrets.search import Place, Searched, search
from tests.secrets.seeds import draw, seeds
from tests.secrets.story import Story

WAYS = {"docker": "Through the container engine, pipelined:", "ssh": "By SSH, without pipelining:"}
CACHE = Path.home() / ".cache/aetherlink-monitoring"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.secrets", description=__doc__)
    parser.add_argument("--way", choices=list(WAYS), action="append", help="only this one (both)")
    parser.add_argument("--keep", action="store_true", help="take a host that is there, and leave it there")
    parser.add_argument("--into", type=Path, metavar="DIR", help="leave all that was searched there, to be looked at")
    chosen = parser.parse_args()
    chosen.way = chosen.way or list(WAYS)
    if chosen.keep and len(chosen.way) > 1:
        parser.error("--keep goes with one --way: the second needs an empty host")
    return chosen


@dataclass(frozen=True)
class Scan:
    """rights: what modes.py says. unexpected: runs that did not end as they should."""

    searched: list[Searched]
    known: list[Secret]
    rights: dict[str, Any]
    unexpected: list[str]


def scan(host: Guarded, scratch: Path, way: str) -> Scan:
    searched, private = scratch / "searched", scratch / "private"
    for directory in (searched, private):
        directory.mkdir(mode=0o700)
    planted = draw(plain=True)
    grafana_double(scratch / "grafana")
    controller = Controller(searched, private, planted)
    story = Story(controller, host)
    began = time.time()
    telling = host.start("telling.py")
    watching = [telling, host.start("sampler.py", SAMPLED)]
    if way == "ssh":
        controller.connection = by_ssh.prepare(host, private / "ssh", controller.inventory)
        watching += [host.keep_transferred(), controller.keep_transferred()]
    try:
        tell(telling, story.keys)
        plant(searched, planted)
        host.plant(planted)
        story.begin(seeds())
        story.tell()
        answers = story.answers()
        story.lock_out()
        say("copying what the host has")
        places = [*of_controller(controller, began), *of_host(host, answers, searched)]
        rights = host.asked("modes.py")
    finally:
        for process in watching:
            process.kill()
    say(f"searching {len(places)} places for {len(story.known)} secrets")
    everything = [*story.known, Secret(table.PLANTED, planted)]
    found = [search(place, everything, private) for place in places]
    return Scan(found, story.known, rights, controller.unexpected)


def tell(process: subprocess.Popen[str], keys: list[str]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(keys) + "\n")
    process.stdin.flush()


def plant(directory: Path, planted: str) -> None:
    """What a run does not leave by itself."""
    (directory / "ansible" / "planted").write_text(planted)
    (directory / "tmp" / "planted").write_text(planted)
    (directory / "reports" / "planted.json").write_text(planted)


def of_host(host: Guarded, asked: dict[str, dict[str, str]], searched: Path) -> list[Place]:
    places = [Place(name, [path]) for name, path in host.copy(searched / "host").items()]
    for name, answers in asked.items():
        path = searched / "answers" / name
        path.mkdir(parents=True)
        for number, (url, answer) in enumerate(answers.items()):
            (path / f"{number:02}").write_text(f"{url}\n{answer}")
        places.append(Place(f"answers of {name}", [path]))
    return places


def of_controller(controller: Controller, began: float) -> list[Place]:
    directory = controller.directory
    commands = directory / "commands" / "seen"
    commands.write_text("\n".join(sorted(controller.commands)))
    (controller.authority / "planted").write_text(controller.planted)
    planted = CACHE / "planted-by-secrets-scan"
    planted.write_text(controller.planted)
    files = (path for path in CACHE.rglob("*") if path.is_file())
    new_in_cache = [path for path in files if path.stat().st_mtime >= began]
    transferred = (
        [Place("Ansible's temporary files for a host, kept", [controller.kept])] if controller.connection else []
    )
    return [
        *transferred,
        Place("what ansible-playbook printed", [directory / "output"]),
        Place("Ansible's log", [directory / "log"]),
        Place("cache of facts", [directory / "facts"]),
        Place("Ansible's home and its tmp", [directory / "ansible", directory / "tmp"]),
        Place("reports as JSON", [directory / "reports"]),
        Place("command lines on the controller", [directory / "commands"]),
        Place("inventory, vault and authority", [controller.inventory, controller.authority]),
        Place("cache of the controller", new_in_cache),
    ]


def grafana_double(directory: Path) -> None:
    say("making the double of Grafana")
    command = ["molecule/shared/grafana_double/build", "13.0.1", "--to", str(directory)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ScanError(f"the double of Grafana cannot be made: {done.stderr[-500:]}")


def report(found: Scan) -> int:
    print("\n".join(table.lines(found.searched)))
    leaked, wrong = table.leaks(found.searched), found.rights["wrong"]
    blind = [f"what was planted was not found in: {place}" for place in table.blind(found.searched)]
    print(f"\n{len(found.known)} secrets, leaks {len(leaked)}", *leaked, sep="\n")
    print(f"{found.rights['files']} secret files, {len(wrong)} with wrong rights", *wrong, sep="\n")
    print(*blind, *found.unexpected, sep="\n")
    if leaked or wrong:
        return 1
    return 2 if blind or found.unexpected or not found.rights["files"] else 0


def run(way: str, keep: bool, into: Path | None) -> int:
    """The whole scan, one way; its status."""
    with tempfile.TemporaryDirectory(prefix="aetherlink-secrets-") as scratch, made(keep) as host:
        directory = (into or Path(scratch)) / way
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = scan(host, directory, way)
        print(f"\n{WAYS[way]}\n")
        return report(found)


def end(number: int, _frame: FrameType | None) -> None:
    """A signal ends the scan by an exception, so that its host is removed."""
    sys.exit(128 + number)


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    chosen, start = options(), time.monotonic()
    try:
        statuses = [run(way, chosen.keep, chosen.into) for way in chosen.way]
    except (ScanError, FaultsError) as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        (CACHE / "planted-by-secrets-scan").unlink(missing_ok=True)
    minutes, seconds = divmod(round(time.monotonic() - start), 60)
    print(f"{minutes} min {seconds} s in all")
    return 1 if 1 in statuses else max(statuses)


if __name__ == "__main__":
    sys.exit(main())
