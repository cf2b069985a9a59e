# SPDX-License-Identifier: GPL-3.0-or-later
"""A vertical of somebody else that tells raw API keys, in good and in bad answers; they come by standard input."""

from __future__ import annotations

import json
import sys
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEYS = json.loads(sys.stdin.readline())


def stats() -> str:
    top = [{"key": key, "count": 9 - place} for place, key in enumerate(KEYS)]
    return json.dumps(
        {
            "summary": {"contacts": 3, "deals": 2},
            "timestamp": datetime.now(timezone.utc).isoformat(),
            "attribution": {"last_created_by_key": KEYS[0], "top_creator_keys": top},
        }
    )


ANSWERS = {
    "/stats": stats,
    "/broken": lambda: '{"attribution": {"last_created_by_key": "' + KEYS[0],
    "/odd": lambda: json.dumps({"summary": {KEYS[0]: KEYS[1]}, "timestamp": KEYS[0], "attribution": KEYS}),
    "/metrics": lambda: "gateway 1\n",
    "/none": lambda: json.dumps(KEYS),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = ANSWERS.get(self.path, lambda: "")().encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/plain" if self.path == "/metrics" else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 8190), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()  # until it ends
