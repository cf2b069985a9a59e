# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.build_artifact`: runs on the controller alone."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.artifact import ArtifactError, build
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import CacheError, sha256_of

ARGUMENTS: dict[str, Any] = {
    "source": {"type": "path", "required": True},
    "requirements": {"type": "path", "default": ""},
    "module_utils": {"type": "list", "elements": "str", "default": []},
    "prebuilt": {"type": "path", "default": ""},
}


class ActionModule(Action):
    _requires_connection = False

    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        _result, p = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            path, version, sha256 = _prebuilt(Path(p["prebuilt"])) if p["prebuilt"] else _built(p)
        except (ArtifactError, CacheError) as error:
            return {"failed": True, "msg": str(error)}
        return {"changed": False, "path": str(path), "sha256": sha256, "version": version}


def _built(p: dict[str, Any]) -> tuple[Path, str, str]:
    return build(Path(p["source"]), Path(p["requirements"]) if p["requirements"] else None, p["module_utils"])


def _prebuilt(path: Path) -> tuple[Path, str, str]:
    if not path.is_file():
        raise ArtifactError(
            f"command_center_artifact names {path}, which is not a file on the controller: build it or leave it out."
        )
    if not zipfile.is_zipfile(path) or "__main__.py" not in zipfile.ZipFile(path).namelist():
        raise ArtifactError(
            f"command_center_artifact names {path}, which is no artifact (a zip file with a __main__.py): build it or "
            "leave it out."
        )
    sha256 = sha256_of(path)
    return path, sha256[:16], sha256
