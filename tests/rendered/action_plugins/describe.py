# SPDX-License-Identifier: GPL-3.0-or-later
"""Action `describe`, for tests alone: a component's description as data, in a play that has the role's variables."""

from __future__ import annotations

import dataclasses
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.description import describe
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import Variables


class ActionModule(ActionBase):
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        v = Variables(self._task.args["component"], task_vars or {}, self._templar.template)
        component = dataclasses.asdict(dataclasses.replace(describe(v), artifact=None, origins=None))
        return {"changed": False, "component": component}
