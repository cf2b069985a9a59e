# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Health checks of a running component through its own API: is it ready, and which configuration does it run?"""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.error
from dataclasses import asdict
from typing import Any

from ..access import Access
from .component_probe import ComponentProbe, HealthCheck, NoAnswerError
from .desired_release import sha256
from .health_status import HealthStatus
from .store import Release

ANSWER_LIMIT = 8 << 20  # bytes; a component's own /metrics is some 100 KB


class MetricsProbe(ComponentProbe):
    """Prometheus and Alertmanager: the metrics of their last reload, and Alertmanager's hash of the configuration."""

    @property
    def url(self) -> str:
        return self.check.metrics_url

    def status(self, release: Release, access: Access, reloads: int) -> HealthStatus:
        check = self.check
        text = get(check.metrics_url, access).decode()
        success, stamp = metric(text, check.success_metric), str(metric(text, check.time_metric))
        if success != 1:
            return HealthStatus(ready=True, refused=True, stamp=stamp, trouble=f"{check.success_metric} is {success}")
        if check.hash_metric:
            wanted = alertmanager_hash((release.path / "etc" / check.config_file).read_bytes())
            if metric(text, check.hash_metric) != wanted:
                return HealthStatus(ready=True, stamp=stamp, trouble="it still runs another configuration")
        return HealthStatus(ready=True, loaded=True, stamp=stamp)


class StatusProbe(ComponentProbe):
    """Our own components: a JSON document with the digest of the configuration that they run."""

    @property
    def url(self) -> str:
        return self.check.status_url

    def status(self, release: Release, access: Access, reloads: int) -> HealthStatus:
        check = self.check
        answer: dict[str, Any] = json.loads(get(check.status_url, access))
        digest = str(answer[check.digest_field])
        # The same file read again is another load, as after a run that was killed before it saw the first.
        stamp = f"{digest} {answer.get(check.loads_field, '')}"
        if refusal := answer.get(check.error_field):
            return HealthStatus(ready=True, refused=True, stamp=stamp, trouble=str(refusal))
        if digest != sha256((release.path / "etc" / check.config_file).read_bytes()):
            return HealthStatus(ready=True, stamp=stamp, trouble="it still runs another configuration")
        return HealthStatus(ready=True, loaded=True, stamp=stamp)


def probe_of(check: HealthCheck) -> ComponentProbe:
    if check.grafana:
        from .grafana_probe import GrafanaProbe  # noqa: PLC0415 - no other component has to load it

        return GrafanaProbe(check)
    return MetricsProbe(check) if check.metrics_url else StatusProbe(check)


class HealthProbe:
    """Checks a component on its own host. Each release says where: the one that a switch back returns to may listen
    elsewhere than the one that failed."""

    def __init__(self, check: HealthCheck) -> None:
        self.spec = check
        self._reloads = 0

    def record(self) -> dict[str, Any]:
        """What release.json keeps, so that the release can be checked later."""
        return asdict(self.spec)

    def check(self, release: Release, running: Release | None = None) -> HealthStatus:
        """running: the release that runs before a switch, where it is another; its password is used to log in."""
        probe, asked = self._probe(release), running or release
        access = Access.of(self._probe(asked).check.access).below(asked.path / "etc")
        try:
            get(probe.check.ready_url, access)
            return probe.status(release, access, self._reloads)
        except NoAnswerError as error:
            return HealthStatus(trouble=str(error))
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            # Another program altogether may listen there.
            return HealthStatus(trouble=f"{probe.url} does not answer as this component does ({error})")

    def reload_over_api(self, release: Release) -> bool:
        """See ComponentProbe."""
        done = self._probe(release).reload_over_api(release)
        self._reloads += done
        return done

    def sync_admin_password(self, release: Release, releases: list[Release]) -> bool:
        """See ComponentProbe."""
        return self._probe(release).sync_admin_password(release, releases)

    def tidy(self, release: Release, left: Release) -> str:
        """See ComponentProbe."""
        return self._probe(release).tidy(release, left)

    def generated_files(self, release: Release, releases: list[Release]) -> dict[str, str]:
        """See ComponentProbe. releases: those of which the component is to forget what this one has not."""
        return self._probe(release).generated_files([other for other in releases if other.id != release.id])

    def _probe(self, release: Release) -> ComponentProbe:
        return probe_of(HealthCheck(**(release.meta.get("health_check") or self.record())))


def get(url: str, access: Access) -> bytes:
    """Raises NoAnswerError."""
    try:
        with access.open(url, timeout=5) as answer:
            return bytes(answer.read(ANSWER_LIMIT))
    except urllib.error.HTTPError as error:
        why = access.refusal(url, error.code)
        raise NoAnswerError(f"{url} answers {error.code}{': ' if why else ''}{why}") from None
    except (OSError, http.client.HTTPException) as error:
        reason = " ".join(str(getattr(error, "reason", error)).split())
        raise NoAnswerError(f"{url} does not answer ({reason})") from None


def alertmanager_hash(text: bytes) -> float:
    """What Alertmanager shows as alertmanager_config_hash: the first 6 bytes of the md5, little-endian."""
    return float(int.from_bytes(hashlib.md5(text, usedforsecurity=False).digest()[:6], "little"))


def metric(text: str, name: str) -> float | None:
    """The value of a metric without labels in a text exposition."""
    for line in text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[1])
    return None
