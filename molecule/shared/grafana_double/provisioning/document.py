# SPDX-License-Identifier: GPL-3.0-or-later
"""Provisioning files: YAML in which every key is known, comes once and has the type that it should have."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import ProvisioningError
from ..settings.expand import ExpandError, provisioned

Check = Callable[[Any, str], Any]
"""check(value, place) -> the value expanded and of its type. Raises ProvisioningError."""


class _Loader(yaml.SafeLoader):
    """Safe, and a key that comes twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key} comes twice", node.start_mark)
        return super().construct_mapping(node, deep)


def documents(directory: Path) -> Iterator[tuple[str, Any]]:
    """(path, content) of the directory's YAML files, in the order of their names. Raises ProvisioningError."""
    if not directory.is_dir():
        return
    for path in sorted(directory.iterdir()):
        if path.suffix not in (".yaml", ".yml"):
            continue
        try:
            content = yaml.load(path.read_bytes(), _Loader)  # noqa: S506 - a safe loader
        except OSError as error:
            raise ProvisioningError(f"{path} cannot be read: {error.strerror}") from None
        except (yaml.YAMLError, ValueError) as error:
            raise ProvisioningError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
        yield str(path), content


def fields(value: Any, place: str, known: Mapping[str, Check], needed: tuple[str, ...] = ()) -> dict[str, Any]:
    """Values of an object by key, each checked; a null is as if the key were not there."""
    if not isinstance(value, dict):
        raise ProvisioningError(f"{place} is not an object")
    for key in value:
        if key not in known:
            close = difflib.get_close_matches(str(key), list(known), 1)
            meant = f"; is {close[0]} meant?" if close else ""
            raise ProvisioningError(f"{place}: {key} is not a known key{meant}")
    for key in needed:
        if value.get(key) in (None, ""):
            raise ProvisioningError(f"{place}: {key} is missing")
    return {key: known[key](item, f"{place}: {key}") for key, item in value.items() if item is not None}


def items(check: Check) -> Check:
    def checked(value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise ProvisioningError(f"{place} is not a list")
        return [check(item, f"{place}[{number}]") for number, item in enumerate(value)]

    return checked


def text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise ProvisioningError(f"{place} is not text")
    try:
        return provisioned(value)
    except ExpandError as error:
        raise ProvisioningError(f"{place}: {error}") from None


def boolean(value: Any, place: str) -> bool:
    expanded = text(value, place) if isinstance(value, str) and "$" in value else value
    if expanded in ("true", "false") and expanded is not value:
        return bool(expanded == "true")
    if not isinstance(expanded, bool):
        raise ProvisioningError(f"{place} is not true or false")
    return expanded


def whole(value: Any, place: str) -> int:
    expanded = text(value, place) if isinstance(value, str) and "$" in value else value
    if isinstance(expanded, str) and expanded is not value and expanded.isdecimal():
        return int(expanded)
    if isinstance(expanded, bool) or not isinstance(expanded, int):
        raise ProvisioningError(f"{place} is not a whole number")
    return expanded


def organisation(value: Any, place: str) -> int:
    if whole(value, place) not in (0, 1):
        raise ProvisioningError(f"{place}: there is no organisation {value}")
    return 1


def anything(value: Any, place: str) -> Any:
    """Its texts expanded, however deep."""
    if isinstance(value, str):
        return text(value, place)
    if isinstance(value, list):
        return [anything(item, place) for item in value]
    if isinstance(value, dict):
        return {str(key): anything(item, f"{place}.{key}") for key, item in value.items()}
    return value


def texts(value: Any, place: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ProvisioningError(f"{place} is not an object")
    return {str(key): text(item, f"{place}.{key}") for key, item in value.items()}
