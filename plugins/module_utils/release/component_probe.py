# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a health check needs to know of a component, and the interface that each kind of component implements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..access import Access
from .health_status import HealthStatus
from .store import Release


@dataclass(frozen=True)
class HealthCheck:
    """What to query. All but ready_url are optional; see the release module's `health_check` option.

    access: see Access. Relative paths are below the etc/ of the release that is checked: each has its own password.
    """

    ready_url: str = ""
    metrics_url: str = ""
    success_metric: str = ""
    time_metric: str = ""
    hash_metric: str = ""
    status_url: str = ""
    digest_field: str = ""
    error_field: str = ""
    loads_field: str = ""
    config_file: str = ""
    grafana: dict[str, Any] = field(default_factory=dict)
    access: dict[str, str] = field(default_factory=dict)
    timeout: float = 120


class NoAnswerError(Exception):
    """A URL and what it did instead of answering."""


class ComponentProbe:
    """How one kind of component says which configuration it runs. `status` differs by kind; the rest does nothing but
    for a component that is reloaded over its API."""

    def __init__(self, check: HealthCheck) -> None:
        self.check = check

    @property
    def url(self) -> str:
        """Where `status` asks, for sentences."""
        return self.check.ready_url

    def status(self, release: Release, access: Access, reloads: int) -> HealthStatus:
        """Of a component that is ready. access: as the running release is asked. reloads: over the API, so far.

        Raises NoAnswerError, and the errors of an answer of another program.
        """
        raise NotImplementedError

    def reload_over_api(self, release: Release) -> bool:
        """Whether the component was reloaded over its API; False where systemd has to do it."""
        return False

    def sync_admin_password(self, release: Release, releases: list[Release]) -> bool:
        """Give a component that has the password of another of the releases that of `release`; True when it did."""
        return False

    def tidy(self, release: Release, left: Release) -> str:
        """Remove what the release before left in the component; a sentence where that does not work."""
        return ""

    def generated_files(self, others: list[Release]) -> dict[str, str]:
        """Text by path below links/ of what a release needs there beside its own files."""
        return {}
