# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.fetch_archive`: runs on the controller alone."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.archive import (
    ArchiveError,
    fetch,
    filled,
    refuse,
    refuse_architecture,
    refuse_pin,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import CacheError

ARGUMENTS: dict[str, Any] = {
    "component": {"type": "str", "required": True},
    "url": {"type": "str", "required": True},
    "sums_url": {"type": "str", "default": ""},
    "sha256": {"type": "dict", "default": {}},
    "version": {"type": "str", "required": True},
    "architecture": {"type": "str", "required": True},
}


class ActionModule(Action):
    _requires_connection = False

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _result, p = self.validate_argument_spec(argument_spec=ARGUMENTS)
        host, architecture = task_vars.get("inventory_hostname", "the host"), p["architecture"]
        refusals = (
            refuse(p),
            refuse_architecture(host, architecture),
            refuse_pin(p["component"], p["sha256"], architecture),
        )
        if refusal := next(filter(None, refusals), ""):
            return {"failed": True, "msg": refusal}
        url, sums_url = (filled(p[name], p["version"], architecture) for name in ("url", "sums_url"))
        sums_url = sums_url or f"{url.rpartition('/')[0]}/sha256sums.txt"
        try:
            path, sha256 = fetch(url, sums_url, p["sha256"].get(architecture, ""), p["component"])
        except (ArchiveError, CacheError) as error:
            return {"failed": True, "msg": str(error)}
        return {"changed": False, "path": str(path), "sha256": sha256, "url": url}
