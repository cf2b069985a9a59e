# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration as text: the same data always gives the same bytes, in the order the user wrote it."""

from __future__ import annotations

import json
from typing import Any

import yaml

HEADER = "# Managed by aetherlink.monitoring: change the inventory, not this file.\n"


class _Dumper(yaml.SafeDumper):
    """Text of several lines as a block, as people write PromQL; no anchors for values that are there twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text_node(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text_node)


def yaml_text(document: dict[str, Any]) -> str:
    body = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=2**16
    )
    return HEADER + str(body)


def json_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
