# SPDX-License-Identifier: GPL-3.0-or-later
"""Which function answers what. Importing a module of this package registers its functions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..app import App
from ..errors import Refused


@dataclass(frozen=True)
class Request:
    """path: the values of the route's `:names`. query: every value of each parameter."""

    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: bytes = b""
    login: str = ""

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def number(self, name: str, default: int) -> int:
        """Raises Refused."""
        text = self.one(name) or str(default)
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise Refused(400, f"{name} is not a number")
        return int(text)

    def document(self) -> dict[str, Any]:
        """The body as a JSON object. Raises Refused."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise Refused(400, "bad request data")
        return document


@dataclass(frozen=True)
class Answer:
    body: Any
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[App, Request], Answer]


@dataclass(frozen=True)
class Route:
    """public: answered without a login."""

    method: str
    path: str
    handler: Handler
    public: bool

    def match(self, path: str) -> Mapping[str, str] | None:
        pattern = re.sub(r":(\w+)", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


ROUTES: list[Route] = []


def route(method: str, path: str, public: bool = False) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, path, handler, public))
        return handler

    return register
