# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the pictures of docs/dashboards from a running Grafana. Run it in the root of the checkout, after `make setup`.

python -m dashboards.pictures --url http://127.0.0.1:3000 --password-file FILE [--user admin] [--env dev] [--since 1h]
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".venv/collections"))

from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import (  # noqa: E402 - found only now
    Grafana,
    GrafanaError,
    password_from,
)

from .. import GUIDE, boards  # noqa: E402
from . import asked, draw  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m dashboards.pictures", description=__doc__)
    parser.add_argument("--url", required=True, help="Grafana's base URL")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password-file", required=True, help="a file with the user's password in its first line")
    parser.add_argument("--env", default="dev", help="the environment that is shown")
    parser.add_argument("--since", default="1h", help="how far back lines go, like 30m")
    given = parser.parse_args()
    try:
        grafana = Grafana(given.url, given.user, password_from(given.password_file))
        for board in boards():
            title, panels = asked.dashboard(grafana, board.uid, given.env, given.since)
            now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
            note = f"Drawn by dashboards/pictures from the answers of {now}, environment {given.env}. Not a screenshot."
            path = ROOT / GUIDE / board.uid.removeprefix("aetherlink-")
            path.with_suffix(".svg").write_text(draw.svg(title, note, panels))
            print(f"{GUIDE}/{path.name}.svg: written")
    except GrafanaError as error:
        sys.exit(f"pictures: {error}")


if __name__ == "__main__":
    main()
