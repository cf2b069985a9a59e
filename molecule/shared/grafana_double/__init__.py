# SPDX-License-Identifier: GPL-3.0-or-later
"""A test double of Grafana 13. It is not Grafana: it has no pages, and refuses where Grafana guesses or is silent."""
