# SPDX-License-Identifier: GPL-3.0-or-later
"""Load benchmark of Command Center: 500 verticals every 15 s, a fifth of them faulty in every way there is.

Starts the misbehaving server of the unit tests and Command Center, as the artifact that is deployed, as processes of
their own and scrapes /metrics all the while. As a program it prints one JSON object; exit status 1 above a limit.
"""

from __future__ import annotations

import argparse
import itertools
import json
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
INTERVAL_SECONDS = 15
FAULTS = [
    "stall",
    "drip",
    "drip_head",
    "endless_head",
    "endless_interim",
    "flood_interim",
    "flood_chunks",
    "flood_extensions",
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
    "huge_int",
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
    return {"env": "dev", "listen": {"port": port}, "interval_seconds": INTERVAL_SECONDS, "verticals": entries}


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


def judge(page: str, verticals: dict[str, bool], due: int) -> dict[str, Any]:
    """What the last page says of the verticals ({name: faulty}), of which each was due to be asked that often."""
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
    wrong = [name for name, faulty in verticals.items() if up.get(name) != (0 if faulty else 1)]
    # The last ask of a faulty one may still be under way.
    seldom = [name for name, faulty in verticals.items() if asks.get(name, 0) < due - faulty]
    return {"series": samples, "shown_wrongly": wrong, "asked_too_seldom": seldom, "errors": dict(errors)}


def artifact() -> Path:
    """Command Center as it comes onto a host: one file, built by the collection's own code."""
    sys.path.append(str(ROOT / ".venv/collections"))
    from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.artifact import build

    files = ROOT / "roles/command_center/files"
    return build(files / "command_center", files / "requirements.txt")[0]


def run(seconds: float, verticals: int = 500, per_second: float = 10) -> dict[str, Any]:
    """Scrape for that many seconds; what was measured, by name."""
    program = artifact()
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
        command = [sys.executable, "-I", str(program), "--config", str(path)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as command_center:
            try:
                with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                    wait_ready(client)
                    latencies, page = scrape(client, seconds, per_second)
                memory = memory_mb(command_center.pid)
            finally:
                command_center.terminate()
                fault_server.terminate()
    known = {entry["name"]: number % 5 == 0 for number, entry in enumerate(config["verticals"])}
    return {
        "verticals": len(known),
        "faulty": sum(known.values()),
        "scrapes": len(latencies),
        "metrics_p50_ms": round(statistics.median(latencies), 1),
        "metrics_p99_ms": round(statistics.quantiles(latencies, n=100)[98], 1),
        "metrics_max_ms": round(max(latencies), 1),
        "rss_peak_mb": round(memory["VmHWM"], 1),
        "rss_final_mb": round(memory["VmRSS"], 1),
        "page_bytes": len(page),
        **judge(page, known, int(seconds // INTERVAL_SECONDS)),
    }


def limits(result: dict[str, Any]) -> list[tuple[str, float, float, str]]:
    """What is measured against a limit: title, value, limit, unit."""
    return [
        ("Command Center, p99 of /metrics", result["metrics_p99_ms"], 100, "ms"),
        ("Command Center, peak of RSS", result["rss_peak_mb"], 120, "MB"),
        ("Command Center, verticals shown wrongly", len(result["shown_wrongly"]), 0, ""),
        ("Command Center, verticals asked too seldom", len(result["asked_too_seldom"]), 0, ""),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Load benchmark of Command Center.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--verticals", type=int, default=500)
    parser.add_argument("--scrapes-per-second", type=float, default=10)
    arguments = parser.parse_args()
    result = run(arguments.seconds, arguments.verticals, arguments.scrapes_per_second)
    print(json.dumps(result, indent=2))
    over = [
        f"{what}: {value:g} {unit}".rstrip() + f", above {limit:g}"
        for what, value, limit, unit in limits(result)
        if value > limit
    ]
    sys.exit("\n".join(over) or 0)


if __name__ == "__main__":
    main()
