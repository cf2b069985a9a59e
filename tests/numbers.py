# SPDX-License-Identifier: GPL-3.0-or-later
"""The size of the tree in numbers: `make numbers`. Times are in docs/testing.md, since they have to be measured."""

from __future__ import annotations

import re
import statistics
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DASHBOARDS = "roles/grafana/files/dashboards/"
DOUBLE = ("molecule/shared/grafana_double/", "tests/unit/grafana_double/")
VARIABLE = "replica_label"
"""Whose declarations are counted, of the role prometheus."""
DECLARED_IN = {
    "roles/prometheus/defaults/main.yml": r"^prometheus_{name}:",
    "roles/prometheus/meta/argument_specs.yml": r"^ +prometheus_{name}:",
    "docs/configuration.md": r"`prometheus_{name}`",
    "plugins/plugin_utils/components/prometheus/config.py": r'^ +"{name}":',
}
SCRAPE_JOB = (
    "playbooks/site.yml",
    "roles/prometheus/tasks/main.yml",
    "roles/component/tasks/main.yml",
    "plugins/action/component_release.py",
    "plugins/plugin_utils/config/role_variables.py",
    "roles/prometheus/meta/argument_specs.yml",
    "plugins/plugin_utils/components/prometheus/describe.py",
    "plugins/plugin_utils/components/prometheus/config.py",
    "plugins/plugin_utils/config/targets.py",
    "plugins/modules/release.py",
    "plugins/module_utils/release/engine.py",
    "plugins/module_utils/release/store.py",
)
"""What a scrape job passes through on its way from the inventory to the host's file."""


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def lines(names: Iterable[str]) -> int:
    return sum((ROOT / name).read_bytes().count(b"\n") for name in names)


def task_files(names: Iterable[str]) -> list[int]:
    """The length of each, in lines."""
    return sorted(lines([name]) for name in names if re.fullmatch(r"roles/\w+/tasks/.*\.yml", name))


def rows() -> Iterator[tuple[str, int]]:
    names = tracked()
    tasks = task_files(names)
    yield "lines in plugins", lines(name for name in names if name.startswith("plugins/"))
    yield "lines tracked, dashboards' JSON aside", lines(name for name in names if not name.startswith(DASHBOARDS))
    yield "files that a scrape job passes through", sum((ROOT / name).is_file() for name in SCRAPE_JOB)
    yield (
        "places that declare one variable",
        sum(
            len(re.findall(pattern.format(name=VARIABLE), (ROOT / name).read_text(), re.MULTILINE))
            for name, pattern in DECLARED_IN.items()
        ),
    )
    yield "Grafana double with its tests, lines", lines(name for name in names if name.startswith(DOUBLE))
    yield "longest task file, lines", tasks[-1]
    yield "median task file, lines", round(statistics.median(tasks))


def main() -> None:
    for name, number in rows():
        print(f"{name:<45}{number:>10,}")


if __name__ == "__main__":
    main()
