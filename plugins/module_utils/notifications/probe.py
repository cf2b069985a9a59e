# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The probes of a staged Alertmanager: questions that only a running one can answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import routing, template_rendering
from .instance import NoAnswerError
from .own_network import in_own_network


def _input(release: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((release / "etc" / "routing_tests.json").read_text())
    return found


def _routing(release: Path, user: str) -> list[str]:
    given = _input(release)
    return routing.problems(release / "bin" / "alertmanager", given["config"], given["tests"], user)


def _rendering(release: Path, user: str) -> list[str]:
    config = _input(release)["config"]
    return template_rendering.problems(release / "bin", config, release / "etc" / "templates", user)


PROBES: dict[str, Callable[[Path, str], list[str]]] = {"routing": _routing, "notifications": _rendering}


def problems(probe: str, release: Path, user: str) -> list[str]:
    """Sentences about what is wrong with the release, none when all is well."""
    try:
        return in_own_network(lambda: PROBES[probe](release, user))
    except (NoAnswerError, LookupError, OSError) as error:
        return [str(error)]
