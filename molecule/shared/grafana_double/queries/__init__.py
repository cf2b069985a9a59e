# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries, passed to Prometheus and answered as data frames."""
