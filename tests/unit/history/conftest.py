# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases as the host gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.differences import changes

Say = Callable[..., list[str]]


def facts(number: int = 2, **changes: Any) -> dict[str, Any]:
    """A release as the module gives it."""
    blank = {
        "id": f"{number:04}-aaaaaaaa",
        "kept": True,
        "damaged": False,
        "created": "2026-02-01T10:00:05+00:00",
        "by": "alice@control",
        "revision": "1297b977f95b",
        "environment": "dev",
        "method": "package",
        "version": "2.42.0",
        "composed": None,
        "checked": True,
        "before": f"{number - 1:04}-aaaaaaaa" if number > 1 else "",
        "compared": number > 1,
        "settings": {},
        "files": [],
        "events": [],
    }
    return {**blank, **changes}


def differing(old: dict[str, str], new: dict[str, str]) -> tuple[list[dict[str, Any]], list[str]]:
    """(files, texts) as the module gives them for two releases; old, new: texts by path."""
    texts: list[str] = []
    files = []
    for path in sorted({*old, *new}):
        if old.get(path) == new.get(path):
            continue
        change = "added" if path not in old else "removed" if path not in new else "changed"
        file: dict[str, Any] = {"path": path, "change": change, "secret": False, "untold": "", "old": None, "new": None}
        for side, tree in (("old", old), ("new", new)):
            if path in tree:
                texts.append(tree[path])
                file[side] = len(texts) - 1
        files.append(file)
    return files, texts


@pytest.fixture
def make() -> Callable[..., dict[str, Any]]:
    return facts


@pytest.fixture
def say() -> Say:
    """say(component, old, new) -> the phrases for two releases; old, new: text by path below etc/."""

    def words(component: str, old: dict[str, str], new: dict[str, str]) -> list[str]:
        files, texts = differing(*({f"etc/{path}": text for path, text in side.items()} for side in (old, new)))
        return changes(component, facts(files=files), texts)

    return words
