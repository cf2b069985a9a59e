# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which environment a host is of, by what runs on it: an inventory that says another one is the wrong inventory."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError


def refuse_another(root: Path, environment: str, component: str = "") -> None:
    """root: the directory that holds the components. Raise ReleaseError where the host is of another environment.

    component: which is to be deployed. Where it runs already, its own release decides; else all do that run, so that
    what a host that moved still has of the environment before is no reason against what moved.
    """
    own = sorted(root.glob(f"{component}/current/release.json")) if component else []
    files = own or sorted(root.glob("*/current/release.json"))
    found = {file.parent.parent.name: name for file in files if (name := _environment(file))}
    if found and environment not in found.values():
        name, other = next(iter(found.items()))
        raise ReleaseError(
            f"this host runs {name} of {other}, but the inventory says that aether_env is {environment}: run the "
            f"inventory of {other}, or, where the host really moves to {environment}, once with "
            "-e move_environment=true"
        )


def _environment(file: Path) -> str:
    """Empty where the file is damaged, which the plan of that component tells."""
    try:
        return str(json.loads(file.read_text())["environment"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""
