# SPDX-License-Identifier: GPL-3.0-or-later
"""The module around the engine: how a refusal reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.modules import release


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            "names the file ../secrets/token, which does not exist",
            "names the file ../secrets/token, which does not exist.",
        ),
        ("move it away and run again.", "move it away and run again."),
        ("reading [1..5]...", "reading [1..5]."),
    ],
)
def test_a_refusal_ends_with_one_full_stop_and_is_else_as_written(
    monkeypatch: pytest.MonkeyPatch, error: str, sentence: str
) -> None:
    told: list[str] = []

    def fail_json(msg: str, **_: Any) -> None:
        told.append(msg)
        raise SystemExit

    def refuse(_method: str) -> None:
        raise ReleaseError(error)

    module = SimpleNamespace(params={"program": {"method": "package"}}, fail_json=fail_json)
    monkeypatch.setattr(release, "AnsibleModule", lambda **_: module)
    monkeypatch.setattr(release, "describe_host", refuse)

    with pytest.raises(SystemExit):
        release.main()

    assert told == [sentence]
