# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a playbook has found, as a JSON file on the controller."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


def write(variable: str, path: str, report: dict[str, Any]) -> str:
    """Write it, with the time; returns the sentence why it cannot be written, else an empty text.

    variable: the one that names the path. An empty path writes nothing.
    """
    if not path:
        return ""
    content = {"time": datetime.now(timezone.utc).isoformat(timespec="seconds"), **report}
    try:
        Path(path).write_text(json.dumps(content, indent=1) + "\n")
    except OSError as error:
        return (
            f"{variable} names {path}, which cannot be written ({error.strerror}): "
            "name a file in a directory that exists on the controller."
        )
    return ""
