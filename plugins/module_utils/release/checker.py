# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check a staged release: the files that it names exist, and the component's own checker accepts it as a set."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError

from . import confined, ini_settings
from .masking import Masker
from .ports import refuse_unusable
from .scratch import scratch

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
CAUSE = re.compile(r"FAILED|[Ee]rror|\bline \d+|fatal|invalid|lint", re.IGNORECASE)
PROGRESS = re.compile(r"SUCCESS|^Checking [^:]*$|FAILED$")  # a file's name may sound like a cause
ANNOUNCEMENT = re.compile(r"^(?:Checking '(?P<file>[^']*)'\s+)?FAILED:?\s*")


@dataclass(frozen=True)
class Check:
    """argv may contain {bin}, {etc} and {release}; one word `glob:PATTERN` is replaced by the files that match, and
    the word `flags:` by the release's command line.

    of: folders below etc/ that the check looks at, and nothing else; empty when it may look at anything.
    probe: instead of a command, one of module_utils/notifications/probe.py.
    listen: instead of a command, addresses and ports that the service must get, by the variable that says so.
    settings: instead of a command, what an inventory sets in an INI file: `variable`, its `values` {section: {key:
    value}}, the `defaults` file of the program and the `known` keys that this one lacks.
    needs: a file that is not of the release, without which it cannot tell: where that is still to come, as in check
    mode, it is left out.
    fix: what to do when it refuses.
    """

    name: str
    argv: list[str] = field(default_factory=list)
    of: list[str] = field(default_factory=list)
    probe: str = ""
    listen: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    needs: str = ""
    fix: str = "correct that in the inventory"

    def command(self, release: Path) -> list[str]:
        """Empty when there is nothing to check: no file matches, or what it needs is not there."""
        if self.needs and not Path(self.needs).is_file():
            return []
        words: list[str] = []
        for word in self.argv:
            filled = word.format(bin=release / "bin", etc=release / "etc", release=release)
            if filled.startswith("glob:"):
                pattern = filled[len("glob:") :]
                found = sorted(str(p) for p in Path("/").glob(pattern.lstrip("/")))
                if not found:
                    return []
                words += found
            elif filled == "flags:":
                words += flags(release)
            else:
                words.append(filled)
        return words


@dataclass(frozen=True)
class Reference:
    """A file that the configuration names: `path` as written, `where` it is written, `fix` for when it is missing."""

    path: str
    where: str
    fix: str


def check_references(references: list[Reference], release: Path, config_link: Path) -> None:
    for reference in references:
        path = Path(reference.path)
        if path.is_absolute() and path.is_relative_to(config_link):
            path = release / "etc" / path.relative_to(config_link)
        elif not path.is_absolute():
            path = release / "etc" / path
        if not path.is_file():
            raise ReleaseError(
                f"{reference.where} names the file {reference.path}, which does not exist: {reference.fix}"
            )


@dataclass(frozen=True)
class Component:
    """The one that is checked. user: of its service; every program runs as that user.

    runs_as: the user that the service runs as now, which may be another one; empty where it does not run.
    """

    name: str
    user: str
    runs_as: str = ""


def run_checks(checks: list[Check], release: Path, masker: Masker, component: Component) -> None:
    """Raise ReleaseError with the first cause as one sentence and the checker's output as details."""
    for check in checks:
        if check.listen:
            refuse_unusable(check.listen, {component.user, component.runs_as})
            continue
        if check.settings:
            _check_settings(check.settings, release)
            continue
        if check.probe:
            # Only here: it is a fifth of what a run that does no more than ask has to load.
            from ..notifications import probe  # noqa: PLC0415 - said above

            if found := [masker.mask(problem) for problem in probe.problems(check.probe, release, component.user)]:
                sentence = f"{check.name} refused the release: {found[0].rstrip('.')}: {check.fix}"
                raise ReleaseError(sentence, found[:40])
            continue
        command = check.command(release)
        if not command:
            continue
        if not shutil.which(command[0]):
            raise ReleaseError(f"the checker {command[0]} is not on this host, so the release cannot be checked")
        with scratch(component.name) as directory:
            done = confined.run(check.name, command, component.user, confined.own_home(directory, component.user))
        if done.signal:
            details = masker.mask(readable(done.output + done.errors, release)).splitlines()
            raise ReleaseError(
                f"{check.name} was ended by {done.signal} before it was done: see whether this host has the memory for "
                "it, and whether it needs more than a check may take (docs/architecture.md)",
                details[:40],
            )
        if done.returncode:
            output = masker.mask(readable(done.output + done.errors, release))
            sentence = f"{check.name} refused the release: {first_cause(output).rstrip('.')}: {check.fix}"
            raise ReleaseError(sentence, output.splitlines()[:40])


def _check_settings(wanted: dict[str, Any], release: Path) -> None:
    """Of all the settings at once. Raises ReleaseError."""
    path = Path(wanted["defaults"].format(bin=release / "bin"))
    try:
        defaults = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{path} cannot be read, so {wanted['variable']} cannot be checked: {error}") from error
    if found := ini_settings.problems(wanted["values"], defaults, wanted["variable"], wanted["known"]):
        raise ReleaseError("; ".join(found))


def flags(release: Path) -> list[str]:
    """The command line in flags.env, as systemd reads it."""
    text = (release / "flags.env").read_text().strip().removeprefix("ARGS=")
    return shlex.split(re.sub(r'\\(["\\`$])', r"\1", text[1:-1]))


def readable(output: str, release: Path) -> str:
    """Without colours, and with paths as the operator knows them: relative to the release."""
    return ESCAPES.sub("", output).replace(f"{release}/etc/", "").replace(f"{release}/", "")


def first_cause(output: str) -> str:
    """The first cause in a checker's output, on one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    starts = [n for n, line in enumerate(lines) if CAUSE.search(line) and not PROGRESS.search(line)]
    causes = [_cause(lines[n : n + 8]) for n in starts]
    causes.sort(key=lambda cause: cause.startswith("lint "))  # promtool shows lint also where it accepts it
    return (causes or lines[-1:] or ["it gave no reason"])[0]


def _cause(lines: list[str]) -> str:
    cause = lines[0]
    for following in lines[1:]:
        if cause.endswith((":", ",", "[")):  # it announces the cause, which follows
            cause = f"{cause} {following}"
    cause = cause.removesuffix(",")
    return ANNOUNCEMENT.sub(lambda found: f"{found['file']}: " if found["file"] else "", cause)
