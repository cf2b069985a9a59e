# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host or a service says reaches a terminal without the characters that it takes for commands."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.fail_json_on_error import fail_json_on_error
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean, printable

HOSTILE = [
    "\x1b[2J",  # clears the screen
    "\x1b]52;c;cm0gLXJmIC8=\x07",  # writes to the clipboard
    "\x9b31m",  # the same as ESC [ in one character
    "\x90q\x9c",
    "\b\b\b",
    "\rok",
    "\x7f",
    "\x85",
    "\u202etxt.exe",  # turns the direction of writing round
    "\u2066x\u2069",
    "\u2028x",
]


def harmless(text: str) -> bool:
    return not any(ord(c) < 32 or 127 <= ord(c) <= 159 or c in "\u2028\u202a\u202e\u2066\u2069" for c in text)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_control_character_is_left(text: str) -> None:
    assert harmless(clean(f"a{text}b\nc")) and harmless(printable(f"a{text}b"))


def test_a_sentence_is_one_line_and_a_line_keeps_its_indentation() -> None:
    assert clean("a\x1b[2Kb\r\nc\u202ed\u2028 e") == "a [2Kb c d e"
    assert printable("    a  b\x1b") == "    a  b "
    assert clean("Zürich, 東京 ✓") == printable("Zürich, 東京 ✓") == "Zürich, 東京 ✓"


class DoubleOfModule:
    def fail_json(self, **result: Any) -> None:
        self.result = result


@pytest.mark.parametrize("text", HOSTILE)
def test_a_module_fails_with_clean_text(text: str) -> None:
    module: Any = DoubleOfModule()

    with fail_json_on_error(module):
        raise ReleaseError(f"prometheus stopped ({text} panic)", [f"  one {text}", "two"])

    assert harmless(module.result["msg"]) and module.result["msg"].endswith("panic).")
    assert all(map(harmless, module.result["details"])) and module.result["details"][0].startswith("  one ")
