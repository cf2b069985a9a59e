# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources and dashboards out of files."""
