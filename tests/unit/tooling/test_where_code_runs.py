# SPDX-License-Identifier: GPL-3.0-or-later
"""The path of a file says where it runs: plugins/module_utils on hosts, plugins/plugin_utils on the controller."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
COLLECTION = "ansible_collections.aetherlink.monitoring."
COMPONENTS = "plugins.plugin_utils.components."
"""Below it, each component has files of the same names."""


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {dotted(path): path for path in sorted((ROOT / "plugins").rglob("*.py"))}


def imports(module: str) -> Iterator[str]:
    """Every module that the module names in an import, also within a function."""
    package = module.split(".") if FILES[module].name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(FILES[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix(COLLECTION) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])]).removeprefix(COLLECTION)
            for alias in node.names:
                found = f"{base}.{alias.name}" if f"{base}.{alias.name}" in FILES else base
                yield from (found, *packages_of(found, module))


def packages_of(found: str, module: str) -> Iterator[str]:
    """Their __init__.py runs first."""
    parts = found.split(".")
    above = (".".join(parts[:number]) for number in range(1, len(parts)))
    yield from (package for package in above if package in FILES and not module.startswith(package))


GRAPH = {module: set(imports(module)) for module in FILES}
HOST = [module for module in FILES if module.startswith(("plugins.module_utils", "plugins.modules."))]
UTILITIES = [module for module in FILES if ".module_utils." in module or ".plugin_utils." in module]


def reached(starts: list[str]) -> set[str]:
    found, waiting = set(), list(starts)
    while waiting:
        module = waiting.pop()
        if module in FILES and module not in found:
            found.add(module)
            waiting.extend(GRAPH[module])
    return found


@pytest.mark.parametrize("module", HOST)
def test_what_runs_on_hosts_needs_no_more_than_a_host_has(module: str) -> None:
    roots = {name.split(".")[0] for name in GRAPH[module] if not name.startswith("plugins.module_utils")}
    beside = {"ansible"} if ".plugin" not in module else set()
    assert roots <= set(sys.stdlib_module_names) | beside


def test_hosts_are_sent_every_file_of_module_utils() -> None:
    carried = reached([module for module in FILES if module.startswith("plugins.modules.")])
    assert [m for m in UTILITIES if ".module_utils." in m and m not in carried and not is_package(m)] == []


def is_package(module: str) -> bool:
    return FILES[module].name == "__init__.py"


def test_no_imports_go_in_a_circle() -> None:
    try:
        list(TopologicalSorter({module: GRAPH[module] & FILES.keys() for module in FILES}).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_a_file_name_stands_once() -> None:
    names = Counter(
        FILES[module].name for module in UTILITIES if not module.startswith(COMPONENTS) and not is_package(module)
    )
    assert {name for name, count in names.items() if count > 1} == set()
