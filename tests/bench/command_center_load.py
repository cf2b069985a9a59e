# SPDX-License-Identifier: GPL-3.0-or-later
"""Load benchmark of Command Center: 500 verticals every 15 s, a fifth of them faulty in every way there is.

Starts the misbehaving server of the unit tests and Command Center as processes of their own, scrapes /metrics all the
while and prints one JSON object. Exit status 1 when a limit is passed or a healthy vertical suffered.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parents[2]
FAULT_SERVER = ROOT / "tests/unit/command_center/fault_server.py"
P99_LIMIT_MS = 100.0
RSS_LIMIT_MB = 120.0
FAULTS = [
    "stall",
    "drip",
    "drip_head",
    "endless_head",
    "endless_interim",
    "large_stall",
    "many_series",
    "heavy_series",
    "huge",
    "huge_declared",
    "huge_chunked",
    "bomb",
    "early_close",
    "no_answer",
    "reset",
    "not_http",
    "status_500",
    "redirect",
    "garbage",
    "html",
    "empty",
    "deep",
    "very_deep",
    "near_limit",
    "long_text",
    "nan",
    "infinity",
    "long_int",
    "big_int",
    "negative",
    "bool",
    "string_number",
    "summary_list",
    "no_timestamp",
    "future_timestamp",
    "key_number",
    "many_keys",
    "refused",
]

EXPOSITION_PATHS = ("good_exposition", "many_series", "heavy_series")
EXPOSITION = {
    "kind": "exposition",
    "totals": {"properties": "property_records"},
    "timestamp_metric": "property_updated",
    "attribution_metric": "property_writes_total",
    "attribution_label": "key",
}


def configuration(server: str, port: int, verticals: int) -> dict[str, Any]:
    """Every fifth vertical is faulty, every third of the others an exposition."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        refused = f"http://127.0.0.1:{sock.getsockname()[1]}"
    faults = itertools.cycle(FAULTS)
    entries: list[dict[str, Any]] = []
    for number in range(verticals):
        name, path = f"vertical-{number:03}", "good"
        if number % 5 == 0:
            path = next(faults)
            name += f"-{path}"
        elif number % 3 == 0:
            path = "good_exposition"
        entry = {"name": name, "kind": "stats", "url": f"{refused if path == 'refused' else server}/{name}/{path}"}
        entries.append(entry | EXPOSITION if path in EXPOSITION_PATHS else entry)
    return {"env": "dev", "listen": {"port": port}, "interval_seconds": 15, "verticals": entries}


def memory_mb(process: int) -> dict[str, float]:
    status = Path(f"/proc/{process}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return {name: int(fields[name].split()[0]) / 1024 for name in ("VmHWM", "VmRSS")}


def wait_ready(client: httpx.Client) -> None:
    for _ in range(100):
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    sys.exit("Command Center did not become ready within 10 s")


def scrape(client: httpx.Client, seconds: float, per_second: float) -> tuple[list[float], str]:
    """Scrape on a fixed schedule; each latency counts from when its scrape was due, so waiting is not left out."""
    latencies: list[float] = []
    start = time.perf_counter()
    page = ""
    for number in range(int(seconds * per_second)):
        due = start + number / per_second
        time.sleep(max(0.0, due - time.perf_counter()))
        response = client.get("/metrics")
        response.raise_for_status()
        latencies.append((time.perf_counter() - due) * 1000)
        page = response.text
    return latencies, page


def judge(page: str, faulty: set[str]) -> dict[str, Any]:
    """What the last page says of the verticals, to know that the load was what it should be."""
    up: dict[str, float] = {}
    asks: dict[str, float] = {}
    errors: Counter[str] = Counter()
    samples = 0
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            samples += 1
            if sample.name == "aether_service_up":
                up[sample.labels["service"]] = sample.value
            elif sample.name == "aether_verticals_scrape_duration_seconds_count":
                asks[sample.labels["service"]] = sample.value
            elif sample.name == "aether_verticals_scrape_errors_total" and sample.value:
                errors[sample.labels["reason"]] += int(sample.value)
    return {
        "series": samples,
        "healthy_down": sum(1 for name, value in up.items() if name not in faulty and value != 1),
        "faulty_up": sum(1 for name, value in up.items() if name in faulty and value != 0),
        "fewest_asks_of_a_healthy_one": min(value for name, value in asks.items() if name not in faulty),
        "errors": dict(errors),
    }


def run(seconds: float, verticals: int, per_second: float) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([sys.executable, FAULT_SERVER], stdout=subprocess.PIPE, text=True) as fault_server,
    ):
        assert fault_server.stdout
        server = f"http://127.0.0.1:{fault_server.stdout.readline().strip()}"
        with socket.create_server(("127.0.0.1", 0)) as sock:
            port = sock.getsockname()[1]
        config = configuration(server, port, verticals)
        path = Path(folder, "config.json")
        path.write_text(json.dumps(config))
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "roles/command_center/files")}
        command = [sys.executable, "-m", "command_center", "--config", str(path)]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as command_center:
            try:
                with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                    wait_ready(client)
                    latencies, page = scrape(client, seconds, per_second)
                memory = memory_mb(command_center.pid)
            finally:
                command_center.terminate()
                fault_server.terminate()
    faulty = {entry["name"] for entry in config["verticals"][::5]}
    return {
        "verticals": verticals,
        "faulty": len(faulty),
        "scrapes": len(latencies),
        "metrics_p50_ms": round(statistics.median(latencies), 1),
        "metrics_p99_ms": round(statistics.quantiles(latencies, n=100)[98], 1),
        "metrics_max_ms": round(max(latencies), 1),
        "rss_peak_mb": round(memory["VmHWM"], 1),
        "rss_final_mb": round(memory["VmRSS"], 1),
        "page_bytes": len(page),
        **judge(page, faulty),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Load benchmark of Command Center.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--verticals", type=int, default=500)
    parser.add_argument("--scrapes-per-second", type=float, default=10)
    arguments = parser.parse_args()
    result = run(arguments.seconds, arguments.verticals, arguments.scrapes_per_second)
    failures = [
        sentence
        for passed, sentence in (
            (result["metrics_p99_ms"] > P99_LIMIT_MS, f"p99 of /metrics is above {P99_LIMIT_MS:g} ms"),
            (result["rss_peak_mb"] > RSS_LIMIT_MB, f"the memory's peak is above {RSS_LIMIT_MB:g} MB"),
            (result["healthy_down"] > 0, "healthy verticals are shown as down"),
            (result["faulty_up"] > 0, "faulty verticals are shown as up"),
            (
                result["fewest_asks_of_a_healthy_one"] < arguments.seconds // 15,
                "healthy verticals were asked too seldom",
            ),
        )
        if passed
    ]
    print(json.dumps({**result, "failures": failures}, indent=2))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
