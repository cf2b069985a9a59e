# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the place that a program comes from answers at all."""

from __future__ import annotations

from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.archive import ArchiveError, filled, opened

TIMEOUT = 10  # seconds; a network that lets nothing out may answer nothing at all


def missing(p: dict[str, Any]) -> str:
    """A phrase about why the program cannot be had, empty when its source answers.

    p: component, method, repository {key_url, url}, archive {url}, version, architecture.
    """
    if p["method"] == "archive":
        variable = f"{p['component']}_archive_url"
        url = filled(str(p["archive"]["url"]), p["version"], p["architecture"])
    else:
        variable = f"{p['component']}_repository_url"
        url = p["repository"]["key_url"] if p["repository"]["url"] else ""
    if not url:
        return f"neither {p['component']}_repository_url nor {p['component']}_archive_url is set"
    try:
        with opened(url, f"check {variable}", TIMEOUT):
            return ""
    except ArchiveError as error:
        return str(error).rstrip(".")
