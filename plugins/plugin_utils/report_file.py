# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a playbook has found, as a JSON file on the controller."""

from __future__ import annotations

import json
import os
import secrets
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


def refuse(variable: str, path: str) -> str:
    """The sentence why no report can be written there, else an empty text. Asked before work that takes long."""
    if not path:
        return ""
    file = Path(path)
    try:
        if file.is_symlink():
            return f"{variable} names {path}, which is a symbolic link: name its target, or another file."
        reason = ""
        if file.exists() and not file.is_file():
            reason = "not a regular file"
        elif not file.parent.is_dir():
            reason = "No such file or directory"
        elif not os.access(file.parent, os.W_OK):
            reason = "Permission denied"
    except OSError as error:
        reason = str(error.strerror)
    return _not_written(variable, path, reason) if reason else ""


def write(variable: str, path: str, report: dict[str, Any]) -> str:
    """Write it, with the time; returns the sentence why it cannot be written, else an empty text.

    variable: the one that names the path. An empty path writes nothing.
    The report is a new file under that name, so that nothing is written through a link that somebody puts there.
    """
    if not path:
        return ""
    if sentence := refuse(variable, path):
        return sentence
    content = {"time": datetime.now(timezone.utc).isoformat(timespec="seconds"), **report}
    partial = Path(path).with_name(f".{Path(path).name}.{secrets.token_hex(8)}.part")
    try:
        with partial.open("x") as stream:  # O_EXCL: neither a file nor a link that is there already
            stream.write(json.dumps(content, indent=1) + "\n")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        return _not_written(variable, path, str(error.strerror))
    return ""


def _not_written(variable: str, path: str, reason: str) -> str:
    return (
        f"{variable} names {path}, which cannot be written ({reason}): name a file in a directory that exists on the "
        "controller."
    )
