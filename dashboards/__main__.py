# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the dashboards that the role ships. Run it in the root of the checkout."""

from __future__ import annotations

from pathlib import Path

from . import written

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    for path, content in written().items():
        file = ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_file() or file.read_text() != content:
            file.write_text(content)
            print(f"{path}: written")


if __name__ == "__main__":
    main()
