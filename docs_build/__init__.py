# SPDX-License-Identifier: GPL-3.0-or-later
"""What mkdocs.yml adds to mkdocs: the reference of roles and plugins, and links to files of the repository."""
