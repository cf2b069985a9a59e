# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The health check of Grafana, its reload over the API, and what it has to remove after a switch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import Grafana as Api
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.api import GrafanaError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.dashboard_api import revision
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.folders import empty
from ansible_collections.aetherlink.monitoring.plugins.module_utils.grafana.health import HEALTHY, NO_CHECK, health

from .component_probe import ComponentProbe, HealthCheck
from .health_status import HealthStatus
from .store import Release

REMOVED = "provisioning/datasources/00-removed.yml"  # read before the file that makes data sources


class GrafanaProbe(ComponentProbe):
    """spec: the part `grafana` of the check: url, user, password_file, datasources."""

    def __init__(self, check: HealthCheck) -> None:
        """check.timeout is also how long a reload may take, in which Grafana reads every dashboard."""
        super().__init__(check)
        self.spec, self._timeout, self._access = check.grafana, check.timeout, Access.of(check.access)

    def status(self, release: Release, access: Access, reloads: int) -> HealthStatus:
        """The stamp changes with each reload that Grafana has answered."""
        api = self._api(release)
        stamp = str(reloads)
        try:
            trouble = self._datasources(api) or self._dashboards(api, release) or self._left(api, release)
        except GrafanaError as error:
            if error.status == 401:  # five of those, and Grafana lets nobody in for five minutes
                return HealthStatus(ready=True, locked=True, stamp=stamp, trouble=self._locked_out())
            return HealthStatus(ready=True, stamp=stamp, trouble=str(error))
        return HealthStatus(ready=True, loaded=not trouble, stamp=stamp, trouble=trouble)

    def reload_over_api(self, release: Release) -> bool:
        """Data sources first, since dashboards refer to them. Grafana answers when it has read them all."""
        api = self._api(release)
        try:
            for what in ("datasources", "dashboards"):
                api.post(f"/api/admin/provisioning/{what}/reload", {})
        except GrafanaError as error:
            cause = self._locked_out() if error.status == 401 else f"grafana refused the new configuration: {error}"
            raise ReleaseError(cause) from error
        return True

    def tidy(self, release: Release, left: Release) -> str:
        """Remove the folders that only the release before had, where nobody has anything in them.

        Returns a sentence about one that Grafana does not remove, which is no reason against a release that works.
        """
        api = self._api(release)
        try:
            for folder in empty(api, folders(left.path) - folders(release.path)):
                api.delete(f"/api/folders/{folder['uid']}")
        except GrafanaError as error:
            return f"grafana does not remove a folder that is empty: {error} Remove it there."
        return ""

    def generated_files(self, others: list[Release]) -> dict[str, str]:
        return removed_datasources(self.spec["datasources"], others)

    def _locked_out(self) -> str:
        return (
            f"grafana does not take the user {self.spec['user']} with the password in {self.spec['password_file']}, "
            "and has read both at its first start alone: if somebody changed the password in Grafana, put that into "
            "grafana_secrets.admin_password"
        )

    def sync_admin_password(self, release: Release, releases: list[Release]) -> bool:
        """See ComponentProbe.

        The newest other password alone is tried: Grafana counts failed logins, and a restart does not forget them.
        """
        wanted = self._password(release)
        others = [old for other in reversed(releases) if (old := self._password(other)) not in ("", wanted)]
        for old in others[:1]:
            try:
                api = Api(self.spec["url"], self.spec["user"], old, access=self._access)
                api.put("/api/user/password", {"oldPassword": old, "newPassword": wanted, "confirmNew": wanted})
            except GrafanaError:
                continue
            return True
        return False

    def _datasources(self, api: Api) -> str:
        for wanted in self.spec["datasources"]:
            uid, name = wanted["uid"], wanted["name"]
            try:
                found = api.get(f"/api/datasources/uid/{uid}")
            except GrafanaError as error:
                if error.status != 404:
                    raise
                return f"the data source {name} is not there"
            if (found["name"], found["url"]) != (name, wanted["url"]):
                return f"the data source {name} is still another one"
            if (seen := health(api, found)) not in (HEALTHY, NO_CHECK):
                return f"the data source {name} does not work: {seen}"
        return ""

    def _dashboards(self, api: Api, release: Release) -> str:
        for uid, wanted in dashboards(release).items():
            try:
                found = api.get(f"/api/dashboards/uid/{uid}")["dashboard"]
            except GrafanaError as error:
                if error.status != 404:
                    raise
                return f"the dashboard {uid} is not there"
            if revision(found) != wanted:
                return f"the dashboard {uid} is still another version"
        return ""

    def _left(self, api: Api, release: Release) -> str:
        """What another release on the host has and this one has not is gone from Grafana."""
        others = _others(release)
        wanted = {source["uid"] for source in self.spec["datasources"]}
        for source in (source for other in others for source in datasources_of(other)):
            if source["uid"] not in wanted and _there(api, f"/api/datasources/uid/{source['uid']}"):
                return f"the data source {source['name']} is still there"
        own = {str(path.relative_to(release.path)) for path in release.path.glob("etc/dashboards/**/*.json")}
        uids = set(dashboards(release))
        files = (path for other in others for path in other.glob("etc/dashboards/**/*.json"))
        left = (path for path in files if "/".join(path.parts[len(release.path.parts) :]) not in own)
        for uid in sorted({json.loads(path.read_text())["uid"] for path in left} - uids):
            if _there(api, f"/api/dashboards/uid/{uid}"):
                return f"the dashboard {uid} is still there"
        return ""

    def _api(self, release: Release) -> Api:
        password = self._password(release)
        return Api(self.spec["url"], self.spec["user"], password, self._timeout, access=self._access)

    def _password(self, release: Release) -> str:
        path = release.path / "etc" / self.spec["password_file"]
        return path.read_text().strip() if path.is_file() else ""


def dashboards(release: Release) -> dict[str, str]:
    """{uid: revision} of the release's dashboards."""
    found = {}
    for path in sorted((release.path / "etc" / "dashboards").rglob("*.json")):
        dashboard = json.loads(path.read_text())
        found[str(dashboard["uid"])] = revision(dashboard)
    return found


def folders(release: Path) -> set[str]:
    """The titles of the folders that Grafana makes of a release's: it takes the name of the last directory alone."""
    top = release / "etc" / "dashboards"
    return {path.parent.name for path in top.rglob("*.json") if path.parent != top}


def _others(release: Release) -> list[Path]:
    return [path for path in release.path.parent.glob("[0-9]*") if path.name != release.path.name]


def datasources_of(release: Path) -> list[dict[str, Any]]:
    """[{name, uid, url}] that a release had; none where it is not whole."""
    try:
        meta = json.loads((release / "release.json").read_text())
    except (OSError, ValueError):
        return []
    return list((meta.get("health_check") or {}).get("grafana", {}).get("datasources", []))


def _there(api: Api, path: str) -> bool:
    try:
        api.get(path)
    except GrafanaError as error:
        if error.status != 404:
            raise
        return False
    return True


def removed_datasources(wanted_sources: list[dict[str, Any]], others: list[Release]) -> dict[str, str]:
    """{path: text} of the file that has Grafana delete what earlier releases had under another name or uid.

    The text is JSON, which is YAML too: a host needs no YAML library for it.
    """
    wanted = {(source["name"], source["uid"]) for source in wanted_sources}
    known = {(one["name"], one["uid"]) for release in others for one in datasources_of(release.path)}
    names = sorted({name for name, _unused in known - wanted})
    document = {"apiVersion": 1, "deleteDatasources": [{"name": name, "orgId": 1} for name in names]}
    return {REMOVED: json.dumps(document, indent=1) + "\n"}
