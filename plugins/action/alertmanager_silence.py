# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.alertmanager_silence`: the module alone, whose answer sets no variables."""

from __future__ import annotations

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action


class ActionModule(Action):
    pass
