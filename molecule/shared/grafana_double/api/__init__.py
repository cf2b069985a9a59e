# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP API, one topic a file."""
