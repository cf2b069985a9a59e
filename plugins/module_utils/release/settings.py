# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a component is deployed, beside what is deployed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .checker import Check, Reference

RECORDED = ("restart_files", "linked", "reloadable", "keep", "parts", "readable_by")
"""What a release keeps in its release.json as it is, so that it can be gone back to without its inventory."""


@dataclass(frozen=True)
class Settings:
    """How to deploy.

    keep: releases. lock_timeout: seconds. reloadable: the service takes new files by a reload.
    restart_files: below etc/, which a running process does not read again.
    linked: folders below etc/ whose files need names that stay the same, see links.py.
    parts: what can be rolled back alone, see parts.py. readable_by: which versions read the data, see data.py.
    move_environment: the host may run components of another environment.
    unhold: deploy though the component is held since a rollback.
    watch: what must hold for a while after the switch, see watch.py; empty for nothing.
    """

    checks: list[Check] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    restart_files: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    reloadable: bool = True
    skip_check: bool = False
    keep: int = 5
    lock_timeout: float = 60
    by: str = "unknown"
    revision: str = ""
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    readable_by: str = ""
    unhold: bool = False
    move_environment: bool = False
    watch: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """For release.json."""
        return {
            "by": self.by,
            "revision": self.revision,
            "checked": not self.skip_check,
            "checks": [asdict(check) for check in self.checks],
            "references": [asdict(reference) for reference in self.references],
            **{name: getattr(self, name) for name in RECORDED},
        }

    @classmethod
    def recorded(cls, meta: dict[str, Any], **others: Any) -> Settings:
        """Those that a release was made with, and `others`."""
        return cls(
            checks=[Check(**check) for check in meta["checks"]],
            references=[Reference(**reference) for reference in meta["references"]],
            **{name: meta[name] for name in RECORDED},
            **others,
        )
