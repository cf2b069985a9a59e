#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A double of the Command Centers of staging and prod, with a hundred services each, whose counters move.

fleet.py PORT DIRECTORY: serves the files of the directory, and on the two ports after it /metrics of staging and prod,
which is 503 while the file DIRECTORY/down-ENV is there.
"""

from __future__ import annotations

import functools
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SERVICES = 100
BOUNDS = ("0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf")
REASONS = ("timeout", "connection", "status")
TOTALS = ("contacts", "deals", "jobs", "properties", "policies", "uploads")
STARTED = time.time()


def page(env: str) -> str:
    asked = int((time.time() - STARTED) / 5) + 1
    lines = []
    for n in range(SERVICES):
        where = f'service="{env}-{n:03d}",env="{env}"'
        lines += [f"aether_service_up{{{where}}} 1", f"aether_service_stale{{{where}}} 0"]
        lines += [f'aether_verticals_scrape_errors_total{{{where},reason="{reason}"}} 0' for reason in REASONS]
        # Every answer within the third bound.
        for place, bound in enumerate(BOUNDS):
            count = asked if place >= 2 else 0
            lines.append(f'aether_verticals_scrape_duration_seconds_bucket{{{where},le="{bound}"}} {count}')
        lines += [
            f"aether_verticals_scrape_duration_seconds_count{{{where}}} {asked}",
            f"aether_verticals_scrape_duration_seconds_sum{{{where}}} {asked * 0.2}",
        ]
    lines += [f'aether_platform_total_{total}{{env="{env}"}} {1000 + asked}' for total in TOTALS]
    lines += [f'aether_attribution_writes_total{{key="key-{n}",env="{env}"}} {asked * n}' for n in range(1, 6)]
    return "\n".join(lines) + "\n"


class CommandCenter(BaseHTTPRequestHandler):
    def __init__(self, env: str, directory: str, *arguments: Any) -> None:
        self.env, self.down = env, Path(directory, f"down-{env}")
        super().__init__(*arguments)

    def do_GET(self) -> None:
        down = self.down.exists()
        content = b"down\n" if down else page(self.env).encode()
        self.send_response(503 if down else 200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main(port: int, directory: str) -> None:
    for offset, env in enumerate(("staging", "prod"), start=1):
        server = ThreadingHTTPServer(("", port + offset), functools.partial(CommandCenter, env, directory))
        threading.Thread(target=server.serve_forever, daemon=True).start()
    files = functools.partial(SimpleHTTPRequestHandler, directory=directory)
    ThreadingHTTPServer(("", port), files).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
