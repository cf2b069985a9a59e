# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A running component's own word: is it ready, and which configuration does it run?"""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.error
from dataclasses import asdict, dataclass, field
from typing import Any

from ..access import Access
from .health_status import Look
from .store import Release
from .wanted import sha256

ANSWER_LIMIT = 8 << 20  # bytes; a component's own /metrics is some 100 KB


@dataclass(frozen=True)
class ProofSpec:
    """What to ask. All but ready_url are optional; see the release module's `proof` option.

    access: see Access. Relative paths are below the etc/ of the release that is asked: each has its own password.
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


class NoAnswer(Exception):
    """A URL and what it did instead of answering."""


def alertmanager_hash(text: bytes) -> float:
    """What Alertmanager shows as alertmanager_config_hash: the first 6 bytes of the md5, little-endian."""
    return float(int.from_bytes(hashlib.md5(text, usedforsecurity=False).digest()[:6], "little"))


def metric(text: str, name: str) -> float | None:
    """The value of a metric without labels in a text exposition."""
    for line in text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[1])
    return None


class Prober:
    """Asks a component on its own host. Each release says itself where: the one that a switch back returns to may
    listen elsewhere than the one that failed."""

    def __init__(self, spec: ProofSpec) -> None:
        self.spec = spec
        self._reloads = 0

    def record(self) -> dict[str, Any]:
        """What release.json keeps, so that the release can be proven later."""
        return asdict(self.spec)

    def look(self, release: Release, running: Release | None = None) -> Look:
        """running: the release that runs before a switch, where it is another; its password is the one to ask with."""
        spec, asked = self._spec(release), running or release
        access = Access.of(self._spec(asked).access).below(asked.path / "etc")
        try:
            self._get(spec.ready_url, access)
            if spec.grafana:
                return self._grafana(spec).look(release, self._reloads)
            word = self._metrics_word if spec.metrics_url else self._status_word
            return word(spec, release, access)
        except NoAnswer as error:
            return Look(trouble=str(error))
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            url = spec.metrics_url or spec.status_url or spec.ready_url  # where another program altogether may listen
            return Look(trouble=f"{url} does not answer as this component does ({error})")

    def reload_over_api(self, release: Release) -> bool:
        """Whether the component is reloaded over its API and not by systemd; if so, it has answered that it is done."""
        spec = self._spec(release)
        if spec.grafana:
            self._grafana(spec).reload(release)
            self._reloads += 1
        return bool(spec.grafana)

    def take_over(self, release: Release, running: Release) -> None:
        """Before the switch: what the running component is told over its API, since it reads it at no reload."""
        spec = self._spec(release)
        if spec.grafana:
            self._grafana(spec).adopt_password(release, [running])

    def unlock(self, release: Release, releases: list[Release]) -> bool:
        """Give a component that has the password of another release the one of this; True when it took it."""
        return bool(self._grafana(self._spec(release)).adopt_password(release, releases))

    def tidy(self, release: Release, left: Release) -> str:
        """Remove over its API what the release before left in the component; a sentence where that does not work."""
        spec = self._spec(release)
        return str(self._grafana(spec).tidy(release, left)) if spec.grafana else ""

    def made_files(self, release: Release, releases: list[Release]) -> dict[str, str]:
        """Text by path below links/ of what a release needs there beside its own files."""
        spec = self._spec(release)
        if not spec.grafana:
            return {}
        from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import grafana_state as grafana  # noqa: PLC0415 - as below

        return grafana.removed_datasources(spec.grafana, [other for other in releases if other.id != release.id])

    def _spec(self, release: Release) -> ProofSpec:
        return ProofSpec(**(release.meta.get("proof") or self.record()))

    def _grafana(self, spec: ProofSpec) -> Any:
        from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.grafana_state import Grafana  # noqa: PLC0415 - no other component has to load it

        return Grafana(spec.grafana, spec.timeout, Access.of(spec.access))

    def _metrics_word(self, spec: ProofSpec, release: Release, access: Access) -> Look:
        text = self._get(spec.metrics_url, access).decode()
        success = metric(text, spec.success_metric)
        stamp = metric(text, spec.time_metric)
        if success != 1:
            return Look(ready=True, refused=True, stamp=str(stamp), trouble=f"{spec.success_metric} is {success}")
        if spec.hash_metric:
            wanted = alertmanager_hash((release.path / "etc" / spec.config_file).read_bytes())
            if metric(text, spec.hash_metric) != wanted:
                return Look(ready=True, stamp=str(stamp), trouble="it still runs another configuration")
        return Look(ready=True, loaded=True, stamp=str(stamp))

    def _status_word(self, spec: ProofSpec, release: Release, access: Access) -> Look:
        answer: dict[str, Any] = json.loads(self._get(spec.status_url, access))
        digest = str(answer[spec.digest_field])
        # The same file read again is another load, as after a run that was killed before it saw the first.
        stamp = f"{digest} {answer.get(spec.loads_field, '')}"
        refusal = answer.get(spec.error_field)
        if refusal:
            return Look(ready=True, refused=True, stamp=stamp, trouble=str(refusal))
        if digest != sha256((release.path / "etc" / spec.config_file).read_bytes()):
            return Look(ready=True, stamp=stamp, trouble="it still runs another configuration")
        return Look(ready=True, loaded=True, stamp=stamp)

    def _get(self, url: str, access: Access) -> bytes:
        try:
            with access.open(url, timeout=5) as answer:
                return bytes(answer.read(ANSWER_LIMIT))
        except urllib.error.HTTPError as error:
            why = access.refusal(url, error.code)
            raise NoAnswer(f"{url} answers {error.code}{': ' if why else ''}{why}") from None
        except (OSError, http.client.HTTPException) as error:
            reason = " ".join(str(getattr(error, "reason", error)).split())
            raise NoAnswer(f"{url} does not answer ({reason})") from None
