# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.fetch_repository_key`: runs on the controller alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.archive import ArchiveError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import CacheError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.repository_key import fetch

ARGUMENTS = {name: {"type": "str", "required": True} for name in ("component", "url", "fingerprint")}


class ActionModule(Action):
    _requires_connection = False

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _result, p = self.validate_argument_spec(argument_spec=ARGUMENTS)
        if not urlsplit(p["url"]).scheme:
            return {
                "failed": True,
                "msg": f"{p['component']}_repository_url is not set: name the repository or a mirror.",
            }
        try:
            return {"changed": False, "path": str(fetch(p["url"], p["fingerprint"], p["component"]))}
        except (ArchiveError, CacheError) as error:
            return {"failed": True, "msg": str(error)}
