# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a release changed against the one that was active before it, in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history import alertmanager_words as alertmanager
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history import generic, services
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history import grafana_words as grafana
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history import prometheus_words as prometheus

Words = Callable[[str, str, str], list[str]]
"""(old text, new text, path below etc/) -> phrases. An empty text is a file that is not there."""

FILES: dict[str, dict[str, Words]] = {
    "prometheus": {
        r"prometheus\.yml": prometheus.config,
        r"rules/.+\.yml": prometheus.rules,
        r"rule_tests/.+\.yml": prometheus.rule_tests,
    },
    "alertmanager": {
        r"alertmanager\.yml": alertmanager.config,
        r"templates/.+\.tmpl": alertmanager.templates,
        r"routing_tests\.json": alertmanager.routing_tests,
    },
    "grafana": {
        r"grafana\.ini": grafana.ini,
        r"provisioning/datasources/.+\.ya?ml": grafana.data_sources,
        r"dashboards/.+\.json": grafana.dashboard,
    },
    "command_center": {r"command_center\.json": services.command_center},
    "demo_verticals": {r"demo_verticals\.json": services.demo_verticals},
    "inbox": {r"inbox\.json": services.inbox},
}
NOT_AS_WE_WRITE = (ValueError, KeyError, TypeError, AttributeError, IndexError, yaml.YAMLError)
"""What the words of a file raise where somebody else wrote it, or an older version of the collection."""


def changes(component: str, release: dict[str, Any], texts: list[str]) -> list[str]:
    """release, texts: as the module `release_history` gives them. Empty where there is nothing to compare."""
    told = generic.settings(release["settings"])
    for file in release["files"]:
        told += _of_file(component, file, texts)
    # Nothing that means anything: blanks, comments, the order of keys.
    return told or [_of_lines(file, texts) for file in release["files"]]


def note(release: dict[str, Any]) -> str:
    """Why there are no changes to tell; empty where there are, or the state says it."""
    if release["compared"]:
        same = not release["files"] and not release["settings"]
        return f"the same content as {release['before']}" if same else ""
    if release["damaged"]:
        return "its release.json cannot be read"
    if not release["kept"]:
        return ""
    if not release["before"]:
        return "nothing was active before it"
    return f"nothing to compare with, {release['before']} is not whole on the host any more"


def _of_file(component: str, file: dict[str, Any], texts: list[str]) -> list[str]:
    path = file["path"]
    if file["secret"]:
        return [generic.secret(path, file["change"])]
    if file["untold"]:
        return [f"{generic.file(path, file['change'], None, None)}; {file['untold']}"]
    words = _words_for(component, path)
    if words:
        old, new = (_text(file[side], texts) or "" for side in ("old", "new"))
        try:
            return words(old, new, path.removeprefix("etc/"))
        except NOT_AS_WE_WRITE:
            pass
    return [_of_lines(file, texts)]


def _words_for(component: str, path: str) -> Words | None:
    if path == "flags.env":
        return generic.flags
    patterns = FILES.get(component, {}).items()
    return next((words for pattern, words in patterns if re.fullmatch(f"etc/{pattern}", path)), None)


def _of_lines(file: dict[str, Any], texts: list[str]) -> str:
    return generic.file(file["path"], file["change"], *(_text(file[side], texts) for side in ("old", "new")))


def _text(index: int | None, texts: list[str]) -> str | None:
    return None if index is None else texts[index]
