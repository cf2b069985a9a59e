# SPDX-License-Identifier: GPL-3.0-or-later
"""The components there are. A package below this one describes each."""

from __future__ import annotations

COMPONENTS = ("demo_verticals", "inbox", "alertmanager", "command_center", "prometheus", "grafana")
"""In the order in which they are shown and rolled back: Alertmanager before Prometheus, which notifies it; Grafana,
which queries Prometheus, last."""
