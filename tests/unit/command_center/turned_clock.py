# SPDX-License-Identifier: GPL-3.0-or-later
"""An event loop whose clock stands still while there is work, and is turned to the next timer when there is none."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _Turned(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits, and no timer runs"
        self.now += max(timeout, 0)
        return super().select(0)


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run the story, in which a second of asyncio takes no time and has nothing else in it than was planned for it."""

    def loop() -> asyncio.AbstractEventLoop:
        selector = _Turned()
        made = asyncio.SelectorEventLoop(selector)
        made.time = lambda: selector.now  # type: ignore[method-assign]
        return made

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(story)
