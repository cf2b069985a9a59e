# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Folders for a check's own files, which a later run can tell to be abandoned: their names say which process made them.

They are in the component's directory, and below /run where there is none yet, as in check mode: only root writes to
both. Where everybody may, somebody else could take a name of ours. The name is there from the start. A lock in the
folder is not: who is killed before it is leaves what could as well be a folder that is just being made.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMPONENTS, RUN = Path("/opt/aetherlink"), Path("/run")
STATE, START = 0, 19  # of the fields of /proc/PID/stat after the command; START: ticks from the boot to its start


@contextmanager
def scratch(component: str) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix=f"aetherlink-{component}-{_process(os.getpid())}-", dir=_places(component)[0]))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def abandoned(component: str) -> list[Path]:
    """Those whose process is no more."""
    named = re.compile(rf"aetherlink-{re.escape(component)}-((\d+)\.\d+)-\w+")
    found = [(path, named.fullmatch(path.name)) for place in _places(component) for path in place.iterdir()]
    return [path for path, name in found if name and not _is_process(int(name[2]), name[1])]


def _places(component: str) -> list[Path]:
    """The first is where new ones are made: on the disk, as /run may be small."""
    return [place for place in (COMPONENTS / component, RUN) if place.is_dir()]


def _is_process(pid: int, name: str) -> bool:
    """Also where it cannot be told: what may be in use stays."""
    try:
        return _process(pid) == name
    except (FileNotFoundError, ProcessLookupError):
        return False
    except OSError:
        return True


def _process(pid: int) -> str:
    """PID.START, which no other process has until the next boot; empty for one that has ended. Raises OSError."""
    # The command is in brackets, and may have any character in it.
    fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return f"{pid}.{fields[START]}" if fields[STATE] not in "XZ" else ""
