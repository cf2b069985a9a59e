# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-doc knows of the collection in this checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COLLECTION = "aetherlink.monitoring"
# The plugins' kinds by directory. Actions are documented by the modules of their names.
PLUGIN_DIRECTORIES = {"module": "modules", "filter": "filter", "lookup": "lookup", "test": "test"}


def names(root: Path, kind: str) -> list[str]:
    """The roles, or the plugins of a kind, that have documentation."""
    if kind == "role":
        return sorted(path.parents[1].name for path in root.glob("roles/*/meta/argument_specs.yml"))
    files = (root / "plugins" / PLUGIN_DIRECTORIES[kind]).glob("*.py")
    return sorted(path.stem for path in files if not path.stem.startswith("_"))


def documented(root: Path, kind: str) -> dict[str, dict[str, Any]]:
    """The documentation of each of them by its short name."""
    wanted = names(root, kind)
    if not wanted:
        return {}
    command = [str(Path(sys.executable).with_name("ansible-doc")), "-t", kind, "-j"]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(root / ".venv" / "collections")}
    done = subprocess.run(
        [*command, *(f"{COLLECTION}.{name}" for name in wanted)],
        cwd=root / "docs",  # where no ansible.cfg is
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(done.stdout) if done.returncode == 0 else {}
    found = {name: answer.get(f"{COLLECTION}.{name}") for name in wanted}
    missing = [name for name, documentation in found.items() if not documentation]
    if missing:
        raise ValueError(f"ansible-doc has no documentation of the {kind} {', '.join(missing)}: {done.stderr.strip()}")
    return {name: documentation for name, documentation in found.items() if documentation}
