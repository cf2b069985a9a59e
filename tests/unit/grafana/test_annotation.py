# SPDX-License-Identifier: GPL-3.0-or-later
"""The mark of a deploy: written as Grafana's administrator, and never a reason for a deploy to fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.modules.grafana_annotation import mark


@pytest.fixture
def parameters(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "password").write_text("hunter2\n")
    return {
        "user": "admin",
        "password_file": str(tmp_path / "password"),
        "text": "prometheus on mon1: release 0002-3fa9c1d2 (reload)",
        "tags": ["aetherlink-deploy", "prometheus"],
    }


def test_where_grafana_is_not_there_that_is_said(parameters: dict[str, Any], nobody: str) -> None:
    found = mark({**parameters, "url": f"http://{nobody}"})

    assert not found["changed"]
    assert found["trouble"].startswith(f"http://{nobody}/api/annotations does not answer")
    assert "hunter2" not in found["trouble"]


def test_before_the_first_deploy_of_grafana_there_is_no_password(parameters: dict[str, Any], nobody: str) -> None:
    found = mark({**parameters, "url": f"http://{nobody}", "password_file": "/nowhere/password"})

    assert "cannot be read from /nowhere/password" in found["trouble"]
