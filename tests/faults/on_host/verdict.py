# SPDX-License-Identifier: GPL-3.0-or-later
"""What state is a component's host in? Runs there, prints JSON, shares no code with what it judges.

python3 verdict.py COMPONENT
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

OPT, ETC, UNITS = Path("/opt/aetherlink"), Path("/etc/aetherlink"), Path("/etc/systemd/system")
TEMPORARY = (Path("/tmp"), Path("/var/tmp"))
SHOWN = ("ActiveState", "SubState", "MainPID", "InvocationID", "UnitFileState")
ADDRESS = {"prometheus": "127.0.0.1:9090", "alertmanager": "127.0.0.1:9093", "command_center": "127.0.0.1:8010"}
READY = {"prometheus": "/-/ready", "alertmanager": "/-/ready", "command_center": "/readyz"}
# What the harness's own changes leave in a configuration; the number tells the releases apart.
MARKS = {
    "prometheus": ("prometheus.yml", r"""faults_number: ["']?(\d+)"""),
    "alertmanager": ("alertmanager.yml", r"faults-(\d+)"),
}
RELEASE = re.compile(r"\d{4,}-[0-9a-f]{8}")
# systemd's own for services and at a boot, and what Ansible unpacks a module into: none is the engine's.
NOT_OURS = re.compile(r"systemd-private-.*|\.[A-Za-z0-9]+-unix|\.?ansible.*")


def unit_of(component: str) -> str:
    return f"aetherlink-{component.replace('_', '-')}.service"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wholeness(release: Path) -> list[str]:
    """What is wrong with a release as it lies on disk, one phrase each."""
    try:
        meta = json.loads((release / "release.json").read_text())
        recorded: dict[str, str] = meta["files"]
    except (OSError, ValueError, LookupError) as error:
        return [f"release.json cannot be read ({error})"]
    found = []
    for name, wanted in recorded.items():
        path = release / name
        try:
            if stat.S_ISLNK(path.lstat().st_mode) or sha256(path) != wanted:
                found.append(f"{name} is not what release.json says")
        except OSError as error:
            found.append(f"{name} cannot be read ({error.strerror})")
    present = {str(path.relative_to(release)) for path in release.rglob("*") if path.is_symlink() or not path.is_dir()}
    found += [f"{name} is in no list" for name in sorted(present - set(recorded) - {"release.json", "bin"})]
    if not (release / "bin").is_dir() or not any((release / "bin").iterdir()):
        found.append("bin leads to no program")
    if meta.get("id") != release.name:
        found.append(f"release.json is that of {meta.get('id')}")
    return found


def get(component: str, path: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{ADDRESS[component]}{path}", timeout=3) as answer:
        return str(answer.read().decode())


def running_mark(component: str) -> list[str]:
    """How the process names the configuration that it runs, in the same terms as release_mark."""
    if component == "command_center":
        return [json.loads(get(component, "/readyz"))["config_sha256"]]
    if component == "prometheus":
        text = json.loads(get(component, "/api/v1/status/config"))["data"]["yaml"]
    else:
        text = json.loads(get(component, "/api/v2/status"))["config"]["original"]
    return re.findall(MARKS[component][1], text)


def release_mark(component: str, release: Path) -> list[str]:
    if component == "command_center":
        return [sha256(release / "etc/command_center.json")]
    name, pattern = MARKS[component]
    return re.findall(pattern, (release / "etc" / name).read_text())


def arguments(release: Path) -> list[str]:
    """The command line that a release gives its service: flags.env holds ARGS="..."."""
    quoted = (release / "flags.env").read_text().partition("=")[2].strip()
    return shlex.split(shlex.split(quoted)[0])


def running(component: str, pid: int, releases: list[Path]) -> list[str]:
    """The releases that the process runs, by configuration and by command line; none when it does not answer."""
    try:
        get(component, READY[component])
        mark = running_mark(component)
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    except (OSError, ValueError, LookupError):
        return []
    found = []
    for release in releases:
        with contextlib.suppress(OSError, ValueError, LookupError):
            wanted = arguments(release)
            if release_mark(component, release) == mark and words[len(words) - len(wanted) :] == wanted:
                found.append(release.name)
    return found


def service(unit: str) -> dict[str, str]:
    command = ["systemctl", "show", unit, f"--property={','.join(SHOWN)}"]
    lines = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout.splitlines()
    return dict(line.partition("=")[::2] for line in lines)


def strays(home: Path) -> list[str]:
    """What must not outlive a run: staging names, temporary names, anything new where temporary files go."""
    found = [
        path for path in home.rglob("*") if path.name.startswith(".stage-") or re.fullmatch(r"\..*\.new", path.name)
    ]
    found += [path for folder in (UNITS, ETC) for path in folder.glob(".*.new")]
    found += [*home.glob(".*.upload"), *home.glob("aetherlink-*"), *Path("/run").glob("aetherlink-*")]
    for folder in TEMPORARY:
        found += [path for path in folder.iterdir() if not NOT_OURS.fullmatch(path.name)]
    return sorted(map(str, found))


def orphans() -> list[str]:
    """Programs of a component that run outside of any service, as those that check a release do for a while."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            groups = (process / "cgroup").read_text()
            checker = os.path.basename(command[0]) in ("promtool", "amtool", "alertmanager", "prometheus")
            if (checker or any(word.startswith(f"{OPT}/") for word in command)) and ".service" not in groups:
                found.append(f"{process.name} {' '.join(command)[:200].strip()}")
    return sorted(found)


def journal(home: Path) -> list[str]:
    try:
        return (home / "journal.jsonl").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def verdict(component: str) -> dict[str, Any]:
    """See tests/faults/judge.py, Verdict, for what each field is."""
    home = OPT / component
    releases = sorted(path for path in (home / "releases").glob("*") if RELEASE.fullmatch(path.name))
    current = os.readlink(home / "current") if (home / "current").is_symlink() else ""
    trouble = wholeness(home / current) if current else []
    if current and (home / current) not in releases:
        trouble.append(f"current leads to {current}, which is no release")
    shown = service(unit_of(component))
    link, unit = ETC / component, UNITS / unit_of(component)
    entrances = []
    if current:
        if not link.is_symlink() or os.readlink(link) != f"{home}/current/etc":
            entrances.append(f"{link} does not lead to the active configuration")
        if not unit.is_file() or unit.read_bytes() != (home / current / "unit" / unit.name).read_bytes():
            entrances.append(f"{unit} is not the active release's")
    return {
        "current": Path(current).name,
        "trouble": trouble,
        "entrances": entrances,
        "releases": [path.name for path in releases],
        "running": running(component, int(shown.get("MainPID") or 0), releases),
        "active": shown.get("ActiveState") == "active",
        "state": f"{shown.get('ActiveState')} ({shown.get('SubState')})",
        "enabled": shown.get("UnitFileState") == "enabled",
        "invocation": shown.get("InvocationID", ""),
        "journal": journal(home),
        "strays": strays(home) if home.is_dir() else [],
        "orphans": orphans(),
    }


if __name__ == "__main__":
    print(json.dumps(verdict(sys.argv[1])))
