# SPDX-License-Identifier: GPL-3.0-or-later
"""grafana.ini: read strictly, expanded, and of the right types."""
