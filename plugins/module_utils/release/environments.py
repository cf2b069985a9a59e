# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which environment a host is of, by what runs on it: an inventory that says another one is the wrong inventory."""

from __future__ import annotations

import json
from pathlib import Path

from .errors import ReleaseError


def refuse_another(root: Path, environment: str) -> None:
    """root: the directory that holds the components. Raise ReleaseError where one of them is of another environment."""
    for file in sorted(root.glob("*/current/release.json")):
        try:
            found = str(json.loads(file.read_text())["environment"])
        except (OSError, ValueError, LookupError, TypeError):
            continue  # damaged: the plan of that component says so
        if found != environment:
            raise ReleaseError(
                f"this host runs {file.parent.parent.name} of {found}, but the inventory says that aether_env is "
                f"{environment}: run the inventory of {found}, or, where the host really moves to {environment}, once "
                "with -e move_environment=true"
            )
