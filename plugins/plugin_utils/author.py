# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who deploys, and from which revision of the inventory."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from typing import Any


def author() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def source_revision(task_vars: dict[str, Any]) -> str:
    """The git revision of the inventory, marked when it has uncommitted changes; empty outside a repository."""
    directory = str(task_vars.get("inventory_dir") or os.getcwd())
    command = ["git", "-C", directory, "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
