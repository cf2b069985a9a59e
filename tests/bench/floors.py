# SPDX-License-Identifier: GPL-3.0-or-later
"""Wall times as multiples of the floor: the time of a playbook that only pings the same host."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from tests.bench import playbook
from tests.bench.table import Row


@dataclass
class InFloors:
    """Measured times, each with a floor taken right before it, so that both see the same machine."""

    floors: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def take_floor(self) -> None:
        self.floors.append(playbook.run(playbook.FLOOR).seconds)

    def row(self, what: str, limit: float) -> Row:
        floor = median(self.floors)
        how = (
            f"median {median(self.times):.2f} s of {len(self.times)} ({min(self.times):.2f} to {max(self.times):.2f}), "
            f"floor {floor:.2f} s of {len(self.floors)} ({min(self.floors):.2f} to {max(self.floors):.2f})"
        )
        return Row(what, median(self.times) / floor, limit, "floors", how)
