# SPDX-License-Identifier: GPL-3.0-or-later
"""A double of Slack, PagerDuty and a mail server: takes what Alertmanager sends and shows it."""

from __future__ import annotations

__version__ = "0.1.0"
