# SPDX-License-Identifier: GPL-3.0-or-later
"""Log lines in Grafana's logfmt, on stderr and, where `[log] mode` has it, in a file."""

from __future__ import annotations

import json
import re
import sys
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

LEVELS = ("debug", "info", "warn", "error", "critical")
_BARE = re.compile(r"[^\s\"=\x00-\x1f\x7f]+")


def line(logger: str, level: str, message: str, **fields: object) -> str:
    at = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
    pairs = {"logger": logger, "t": at, "level": level, "msg": message, **fields}
    return " ".join(f"{key}={_text(value)}" for key, value in pairs.items())


def _text(value: object) -> str:
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if _BARE.fullmatch(text) or text == "" else json.dumps(text, ensure_ascii=False)


class Log:
    """level: the lowest that is written. file: None for stderr alone. console: whether stderr is written at all."""

    def __init__(self, level: str = "info", file: Path | None = None, console: bool = True) -> None:
        self._lowest = LEVELS.index(level)
        self._lock = threading.Lock()
        self._to: list[IO[str]] = [sys.stderr] if console else []
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._to.append(file.open("a", encoding="utf-8"))

    def write(self, logger: str, level: str, message: str, **fields: object) -> None:
        if LEVELS.index(level) < self._lowest:
            return
        text = line(logger, level, message, **fields) + "\n"
        with self._lock:
            for stream in self._to:
                stream.write(text)
                stream.flush()

    def debug(self, logger: str, message: str, **fields: object) -> None:
        self.write(logger, "debug", message, **fields)

    def info(self, logger: str, message: str, **fields: object) -> None:
        self.write(logger, "info", message, **fields)

    def warn(self, logger: str, message: str, **fields: object) -> None:
        self.write(logger, "warn", message, **fields)

    def error(self, logger: str, message: str, **fields: object) -> None:
        self.write(logger, "error", message, **fields)
