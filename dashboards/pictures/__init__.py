# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the dashboards for their guide, drawn from what a running Grafana answers. Not screenshots."""
