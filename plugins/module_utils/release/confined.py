# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a component's program without root's rights: a check executes what was downloaded, before anything confines it.

util-linux does the work (``setpriv``, ``prlimit``, ``unshare``); it is on every Debian and RHEL.
"""

from __future__ import annotations

import functools
import grp
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.system import group_id

TIMEOUT = 120  # seconds; promtool takes a few for thousands of rules
LARGEST_OUTPUT = 1 << 20  # bytes that are read of it
LIMITS = (
    f"--as={4 << 30}",  # bytes; a Go program reserves far more than it uses
    "--core=0",  # a core dump would hold the secrets of the release
    f"--cpu={TIMEOUT * (os.cpu_count() or 1)}",  # seconds of all its threads
    f"--fsize={64 << 20}",  # bytes, of its output as well
    "--nproc=4096",  # of the user, whose service may run already
)
"""What each process may take; those that it starts end with it."""
TRANSIENT = range(61184, 65520)  # systemd takes users that exist for one service from here


@dataclass(frozen=True)
class Done:
    """A program that ended, and what it printed to standard output and to standard error. signal: what ended it."""

    returncode: int
    output: str
    errors: str
    signal: str = ""


def identity(user: str) -> tuple[int, int]:
    """(uid, gid) to run as: the user, and the group of that name, as the units have it.

    In the place of what does not exist yet, as in check mode, a number that nobody has.
    """
    try:
        uid = pwd.getpwnam(user).pw_uid
    except KeyError:
        uid = _unused()
    gid = group_id(user)
    return uid, _unused() if gid is None else gid


def readers(group: str) -> int:
    """The gid that lets a program of that group's user read a staged release."""
    return identity(group)[1] if os.geteuid() == 0 else os.getegid()


def confined(argv: list[str], user: str, network: bool = False) -> list[str]:
    """The command that runs argv as the user, without new privileges, within LIMITS, and not after our own end.

    network: share the caller's network; otherwise there is none.
    """
    command = ["setpriv", "--pdeathsig=KILL"]
    if os.geteuid() == 0 and _has_namespaces():
        # What it starts is in its process namespace, and ends with it. The first process there is a shell, since that
        # one is spared most signals.
        command += ["unshare", "--pid", "--fork", "--kill-child", *([] if network else ["--net"])]
        argv = ["sh", "-c", '"$@"; exit "$?"', "sh", *argv]
    command += ["setpriv", "--no-new-privs", "--inh-caps=-all"]
    if os.geteuid() == 0:
        uid, gid = identity(user)
        command += [f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    # A change of the user takes the signal back, so here it is asked for again.
    return [*command, "--pdeathsig=KILL", "prlimit", *LIMITS, "--", *argv]


def run(name: str, argv: list[str], user: str, home: Path) -> Done:
    """Run argv to its end in `home`, its directory for temporary files. Raises ReleaseError where it does not end.

    name: of what runs, for that error.
    """
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "HOME": str(home)}
    with _memory("stdout") as output, _memory("stderr") as errors:
        try:
            done = subprocess.run(
                confined(argv, user),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                cwd=home,
                env={**environment, "TMPDIR": str(home)},
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ReleaseError(f"{name} did not end within {TIMEOUT} s") from error
        return Done(done.returncode, _read(output), _read(errors), _signal(done.returncode))


def own_home(directory: Path, user: str, files: Mapping[str, str] | None = None) -> Path:
    """A folder of the user's with these files. `directory` stays ours, so that it is swept should we be killed.

    Once the folder is the user's, nothing is done by path in it.
    """
    directory.chmod(0o711)
    home = directory / "home"
    home.mkdir(mode=0o700)
    for name, text in (files or {}).items():
        (home / name).write_text(text)
    if os.geteuid() == 0:
        for path in (*home.iterdir(), home):
            os.chown(path, *identity(user))
    return home


def _memory(name: str) -> IO[bytes]:
    """A file without a name: what a program prints is bounded by LIMITS, and is nowhere on the disk."""
    return os.fdopen(os.memfd_create(name), "w+b")


def _read(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read(LARGEST_OUTPUT).decode(errors="replace")


def _signal(returncode: int) -> str:
    """As Python has it, or as a shell has it; empty where the program ended by itself."""
    number = -returncode if returncode < 0 else returncode - 128
    return f"signal {number} ({signal.strsignal(number)})" if 0 < number < signal.NSIG else ""


@functools.cache
def _has_namespaces() -> bool:
    """Not in a container whose root lacks CAP_SYS_ADMIN."""
    command = ["unshare", "--net", "--pid", "--fork", "true"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _unused() -> int:
    return next(number for number in TRANSIENT if _is_unused(number))


def _is_unused(number: int) -> bool:
    for known in (pwd.getpwuid, grp.getgrgid):
        try:
            known(number)
        except KeyError:
            continue
        return False
    return True
