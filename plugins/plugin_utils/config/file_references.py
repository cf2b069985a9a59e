# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find the files that a configuration names, so that a missing one is an error before the switch and not after."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.checker_messages import Path, joined
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.tls_files import TLS_DIRECTORY

# Keys of Prometheus and Alertmanager whose value is one path. Lists (rule_files, templates) may be empty globs.
FILE_KEY = "_file"
WRITTEN_KEY = "_log_file"  # Prometheus itself makes these
CERTIFICATES = f"{TLS_DIRECTORY}/"  # which the same run brings, and not with the release
SECRET = re.compile(r"(?:/etc/aetherlink/\w+/)?secrets/([\w.-]+)")
DATA_KEYS = ("labels", "external_labels", "annotations", "params", "headers", "details")  # whose keys mean nothing here


def find_references(
    files: dict[str, str], component: str, origin: Callable[[str, Path], str] = lambda _file, _path: ""
) -> list[dict[str, str]]:
    """The `references` option of the release module for these files.

    origin: the variable that a place in a file comes from, or "" where that is not known.
    Only YAML files are looked into; text that is not YAML is for the component's checker to refuse.
    """
    found = []
    for name, text in files.items():
        if not name.endswith((".yml", ".yaml")):
            continue
        try:
            document = parse(text)
        except yaml.YAMLError:
            continue
        for place, path in _walk(document, ()):
            secret = SECRET.fullmatch(path)
            own = f"set {component}_secrets.{secret[1]}, in the environment's vault" if secret else ""
            fix = own or f"put its content into {component}_secrets, or the file on the host"
            found.append({"path": path, "where": origin(name, place) or f"{name} ({joined('', place)})", "fix": fix})
    return found


def _walk(node: Any, where: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            place = (*where, str(key))
            if isinstance(value, str):
                named = str(key).endswith(FILE_KEY) and not str(key).endswith(WRITTEN_KEY)
                if value and named and not value.startswith(CERTIFICATES):
                    yield place, value
            elif key not in DATA_KEYS:
                yield from _walk(value, place)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _walk(value, (*where, number))
