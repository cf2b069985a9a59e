# SPDX-License-Identifier: GPL-3.0-or-later
"""What ends the start of the double, and what refuses a request."""

from __future__ import annotations


class Fatal(Exception):
    """The server cannot start. logger and message are Grafana's for it, the text is the cause."""

    def __init__(self, logger: str, message: str, cause: object) -> None:
        super().__init__(str(cause))
        self.logger, self.message = logger, message


class ProvisioningError(Exception):
    """Files that cannot be provisioned, in one sentence."""


class Refused(Exception):
    """An answer of the API that is an error. more: fields beside the message."""

    def __init__(self, status: int, message: str, /, **more: object) -> None:
        super().__init__(message)
        self.status, self.body = status, {"message": message, **more}
