# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmark asks Prometheus on the benchmark's host, over its HTTP API."""

from __future__ import annotations

from typing import Any

import httpx


class Prometheus:
    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=f"http://{address}:9090/api/v1", timeout=10, trust_env=False)

    def active_targets(self) -> set[str]:
        """The addresses of all targets that are active, whatever their health."""
        targets = self._get("targets", state="active")["activeTargets"]
        return {target["discoveredLabels"]["__address__"] for target in targets}

    def samples(
        self, selector: str, start: float, end: float
    ) -> list[tuple[dict[str, str], list[tuple[float, float]]]]:
        """The raw samples of each series, as (Unix time, value), after ``start`` and up to ``end``."""
        result = self._get("query", query=f"{selector}[{int((end - start) * 1000)}ms]", time=f"{end:.3f}")["result"]
        return [
            (series["metric"], [(at, float(value)) for at, value in series["values"] if start < at <= end])
            for series in result
        ]

    def _get(self, path: str, **parameters: str) -> Any:
        response = self._client.get(path, params=parameters)
        response.raise_for_status()
        return response.json()["data"]
