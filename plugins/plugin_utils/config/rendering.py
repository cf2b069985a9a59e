# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration as text: the same data always gives the same bytes, in the order the user wrote it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

HEADER = "# Managed by aetherlink.monitoring: change the inventory, not this file.\n"


@cache
def _dumper() -> Any:
    import yaml  # noqa: PLC0415 - the controller has it; what is among module_utils must be importable on hosts, too

    class Dumper(yaml.SafeDumper):
        """Text of several lines as a block, as people write PromQL; no anchors for values that are there twice."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def text_node(dumper: Dumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text_node)
    return Dumper


def yaml_text(document: dict[str, Any]) -> str:
    import yaml  # noqa: PLC0415 - as above

    body = yaml.dump(
        document, Dumper=_dumper(), sort_keys=False, allow_unicode=True, default_flow_style=False, width=2**16
    )
    return HEADER + str(body)


def json_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
