# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that a check of notifications runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

AMTOOL = """\
#!/bin/sh
# A double of amtool: it knows no template of the name nowhere.
case "$*" in
*'template "nowhere"'*) echo 'amtool: error: template "nowhere" not defined' >&2; exit 1 ;;
esac
"""


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of alertmanager and amtool: doubles; or real ones, which ALERTMANAGER_PROGRAMS names."""
    if real := os.environ.get("ALERTMANAGER_PROGRAMS"):
        return Path(real)
    folder = tmp_path_factory.mktemp("programs")
    double = Path(__file__).with_name("alertmanager_double.py").read_text()
    for name, text in (("alertmanager", f"#!{sys.executable} -IS\n{double}"), ("amtool", AMTOOL)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder
