# SPDX-License-Identifier: GPL-3.0-or-later
"""`make rule-mutations`: breaks each rule of the pack in turn, and expects its rule tests to fail.

Each is made to never fire, to always fire, and to fire without its `for`. Needs promtool on PATH. Exit status 1 when a
broken rule passes its tests, but for the Watchdog, which always fires.
"""

from __future__ import annotations

import copy
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".venv/collections"))

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus import (  # noqa: E402 - above
    config,
)

PACK = ROOT / "roles/prometheus/files"
SAME = {("Watchdog", "always")}
"""Mutations that change nothing."""


def rendered() -> dict[str, str]:
    """The rules and their tests as they are deployed, by path."""
    rules, tests = (
        [yaml.safe_load(f.read_text()) for f in sorted((PACK / d).glob("*.yml"))] for d in ("rules", "rule_tests")
    )
    job = {"job_name": config.COMMAND_CENTER_JOB, "static_configs": [{"targets": ["127.0.0.1:8010"]}]}
    files = config.files(
        {
            "env": "prod",
            "host": "mon1",
            "hosts": {},
            "scrape_jobs": [job],
            "alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9093"]}]}],
            "rule_groups_builtin": [group for document in rules for group in document["groups"]],
            "rule_tests_builtin": tests,
        }
    )
    return {path: text for path, text in files.items() if path.startswith(("rules/", "rule_tests/"))}


def mutations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(name of the rule, kind, the document with that rule broken)."""
    for index, rule in enumerate(document["groups"][0]["rules"]):
        changes = {"never": {"expr": "vector(0) > 1"}, "always": {"expr": "vector(1)"}}
        if rule.get("for"):
            changes["without for"] = {"for": "0s"}
        for kind, change in changes.items():
            broken = copy.deepcopy(document)
            broken["groups"][0]["rules"][index].update(change)
            yield str(rule.get("alert") or rule["record"]), kind, broken


def passes(directory: Path, name: str, files: dict[str, str]) -> bool:
    for path, text in files.items():
        (directory / path).parent.mkdir(exist_ok=True)
        (directory / path).write_text(text)
    command = ["promtool", "test", "rules", f"rule_tests/{name}"]
    return subprocess.run(command, cwd=directory, capture_output=True, check=False).returncode == 0


def main() -> int:
    files, count, survived = rendered(), 0, []
    with tempfile.TemporaryDirectory() as scratch:
        for path in (path for path in files if path.startswith("rules/")):
            name = path.removeprefix("rules/")
            if f"rule_tests/{name}" not in files or not passes(Path(scratch), name, files):
                sys.exit(f"{path} has no rule tests that pass.")
            for rule, kind, broken in mutations(yaml.safe_load(files[path])):
                count += 1
                if passes(Path(scratch), name, {**files, path: yaml.safe_dump(broken)}) and (rule, kind) not in SAME:
                    survived.append(f"{rule} ({kind})")
    print(f"{count} mutations, not noticed: {', '.join(survived) or 'none'}")
    return int(bool(survived))


if __name__ == "__main__":
    sys.exit(main())
