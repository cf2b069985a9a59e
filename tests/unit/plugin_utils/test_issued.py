# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of what the authority issued."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.issued import record
from cryptography import x509

from .certificate_files import issued

FORKS, EACH = 4, 20


def _record(directory: Path, pem: str, start: Any, host: str) -> None:
    start.wait()
    for _ in range(EACH):
        record(directory, pem, host=host, component="prometheus" * 2000, by="somebody@controller")


def test_forks_that_issue_at_once_leave_whole_lines(tmp_path: Path) -> None:
    pem = issued("mon1", names=(x509.DNSName("mon1"),)).pem
    forks = multiprocessing.get_context("fork")  # as Ansible's
    start = forks.Barrier(FORKS)
    processes = [forks.Process(target=_record, args=(tmp_path, pem, start, f"mon{n}")) for n in range(FORKS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)

    hosts = [json.loads(line)["host"] for line in (tmp_path / "issued.jsonl").read_text().splitlines()]
    assert sorted(hosts) == [f"mon{n}" for n in range(FORKS) for _ in range(EACH)]


def test_a_line_says_what_for_whom_by_whom_and_until_when(tmp_path: Path) -> None:
    certificate = issued("mon1", names=(x509.DNSName("mon1"), x509.DNSName("mon1.example")))

    record(tmp_path, certificate.pem, host="mon1", component="grafana", by="alice@controller")

    (line,) = map(json.loads, (tmp_path / "issued.jsonl").read_text().splitlines())
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "serial": f"{certificate.certificate.serial_number:x}",
        "not_after": certificate.certificate.not_valid_after_utc.isoformat(),
        "host": "mon1",
        "component": "grafana",
        "names": ["mon1", "mon1.example"],
        "by": "alice@controller",
    }
