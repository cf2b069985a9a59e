# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What goes wrong, as one sentence for a person."""

from __future__ import annotations


class ReleaseError(Exception):
    """A deploy cannot go on. The text is one sentence for the operator; `details` are lines to read after it.

    switched_back: the release that runs again, where one does.
    """

    def __init__(self, sentence: str, details: list[str] | None = None, switched_back: str = "") -> None:
        super().__init__(sentence)
        self.details, self.switched_back = details or [], switched_back


class ConfigError(ValueError):
    """One sentence for a person: which variable, what is wrong with it, how to fix it."""
