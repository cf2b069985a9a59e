# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the double's archive, Debian package and package repository. Runs on the controller, not on a host."""
