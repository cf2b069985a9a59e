# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The components there are."""

from __future__ import annotations

# In the order in which they are shown and rolled back: Alertmanager before Prometheus, which tells it; Grafana, which
# asks Prometheus, last.
COMPONENTS = ("demo_verticals", "inbox", "alertmanager", "command_center", "prometheus", "grafana")
