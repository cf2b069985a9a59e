# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A dashboard's variables, with the values that they have when Grafana opens it, filled into texts as Grafana does."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Union

from .api import GrafanaError

Value = Union[str, list[str]]
Scope = Mapping[str, str]
"""Values of a repeated panel, which go before the dashboard's own."""

Lookup = Callable[[str, str], list[str]]
"""lookup(query, data source uid) -> the values that a query variable gets."""

ALL = "$__all"
_REFERENCE = re.compile(
    r"\$(?P<plain>\w+)|\[\[(?P<old>\w+)(?::(?P<old_format>\w+))?\]\]"
    r"|\$\{(?P<braced>\w+)(?:\.[^:}]+)?(?::(?P<format>[^}]+))?\}"
)


@dataclass(frozen=True)
class Raw:
    """A custom "all" value: it goes into every text as it is."""

    text: str


def promql(value: Value, multi: bool) -> str:
    """A value within a PromQL expression. Several become a regular expression; escaped twice, for it is in quotes."""
    if not multi:
        text = value if isinstance(value, str) else ",".join(value)
        return text.replace("\\", "\\\\").replace("'", "\\\\'")
    values = [value] if isinstance(value, str) else value
    escaped = [re.sub(r"([$^*{}\[\]'+?.()|])", r"\\\\\1", v.replace("\\", "\\\\\\\\")) for v in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def formatted(value: Value, how: str) -> str:
    """`${name:how}`. Grafana takes an unknown one for glob."""
    values = [value] if isinstance(value, str) else value
    if how == "regex":
        escaped = [re.sub(r"([-/\\^$*+?.()|\[\]{}])", r"\\\1", v) for v in values]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
    if how == "json":
        return json.dumps(value)
    joined = {
        "raw": (",", "{}"),
        "csv": (",", "{}"),
        "text": (" + ", "{}"),
        "pipe": ("|", "{}"),
        "doublequote": (",", '"{}"'),
        "singlequote": (",", "'{}'"),
    }
    if how in joined:
        between, form = joined[how]
        return between.join(form.format(v) for v in values)
    if how == "percentencode":
        return urllib.parse.quote(formatted(value, "glob"), safe="")
    return values[0] if len(values) == 1 else f"{{{','.join(values)}}}"


class Variables:
    """Those of one dashboard. Values are looked up when a text needs them, and once."""

    def __init__(self, dashboard: Mapping[str, Any], source: str, lookup: Lookup, start: int, end: int) -> None:
        """source: uid of the data source that `$datasource` stands for. start, end: time range in ms."""
        variables = (dashboard.get("templating") or {}).get("list") or []
        self.definitions: dict[str, dict[str, Any]] = {v["name"]: v for v in variables}
        self._source, self._lookup, self._start, self._end = source, lookup, start, end
        self._options: dict[str, list[str]] = {}
        self._asking: set[str] = set()

    def fill(self, text: str, scope: Scope | None = None, for_promql: bool = False) -> str:
        """The text with every variable that is known filled in; Grafana's own but from and to stay for its backend."""

        def replace(found: re.Match[str]) -> str:
            name = found["plain"] or found["old"] or found["braced"]
            how = found["format"] or found["old_format"] or ""
            if name in ("__from", "__to"):
                return str(self._start if name == "__from" else self._end)
            value = scope[name] if scope and name in scope else self._value(name)
            if value is None:
                return found[0]
            if isinstance(value, Raw):
                return self.fill(value.text, scope)
            definition = self.definitions.get(name, {})
            if how or not for_promql:
                return formatted(value, how or "glob")
            return promql(value, bool(definition.get("multi") or definition.get("includeAll")))

        return _REFERENCE.sub(replace, text)

    def options(self, name: str) -> list[str]:
        """What the variable can be. Raises GrafanaError."""
        if name not in self._options:
            if name in self._asking:
                raise GrafanaError(f"the variable {name} needs itself.")
            self._asking.add(name)
            self._options[name] = self._find_options(self.definitions[name])
        return self._options[name]

    def chosen(self, name: str) -> list[str]:
        """The values that it has, one by one: those that a panel is repeated for."""
        value = self._selected(name)
        if ALL in value or not value:
            return self.options(name)
        return value

    def _value(self, name: str) -> Value | Raw | None:
        """None for a variable that the dashboard does not have."""
        definition = self.definitions.get(name)
        if definition is None:
            return None
        kind = definition["type"]
        if kind == "datasource":
            return self._source
        if kind in ("constant", "textbox"):
            return _text(definition.get("query")) or next(iter(self._selected(name)), "")
        if kind in ("adhoc", "groupby", "system", "snapshot"):
            return None
        selected = self._selected(name)
        if ALL in selected:
            return Raw(definition["allValue"]) if definition.get("allValue") else self.options(name)
        return selected if definition.get("multi") else selected[0]

    def _selected(self, name: str) -> list[str]:
        """What the dashboard was saved with, else all, else the first."""
        definition = self.definitions[name]
        value = (definition.get("current") or {}).get("value")
        selected = [str(v) for v in (value if isinstance(value, list) else [value]) if v not in (None, "")]
        if selected:
            return selected
        if definition.get("includeAll"):
            return [ALL]
        return self.options(name)[:1] or [""]

    def _find_options(self, definition: Mapping[str, Any]) -> list[str]:
        kind, query = definition["type"], _text(definition.get("query"))
        if kind == "datasource":
            return [self._source]
        if kind in ("custom", "interval"):
            parts = (part.replace("\\,", ",").strip() for part in re.split(r"(?<!\\),", query))
            return [re.split(r"\s+:\s+", part)[-1] for part in parts if part]
        if kind == "query":
            source = definition.get("datasource")
            uid = source.get("uid") if isinstance(source, Mapping) else source
            found = self._lookup(self.fill(query, for_promql=True), self.fill(str(uid or self._source)))
            return _matching(found, definition.get("regex") or "")
        return [query]


def _text(query: Any) -> str:
    """Of a query variable, whose query is a text or has one."""
    return str(query.get("query") or "") if isinstance(query, Mapping) else str(query or "")


def _matching(values: list[str], regex: str) -> list[str]:
    """The values that the variable's regular expression finds, or the part of them that it is after."""
    if not regex:
        return list(dict.fromkeys(values))
    slashed = re.fullmatch(r"/(.*)/([a-z]*)", regex, re.DOTALL)
    pattern, flags = (slashed[1], slashed[2]) if slashed else (f"^{regex}$", "")
    try:
        compiled = re.compile(
            pattern.replace("(?<", "(?P<") if "(?<=" not in pattern and "(?<!" not in pattern else pattern,
            re.IGNORECASE if "i" in flags else 0,
        )
    except re.error as error:
        raise GrafanaError(f"the regular expression {regex} of a variable is not understood: {error}.") from error
    found = []
    for value in values:
        if match := compiled.search(value):
            named = match.groupdict().get("value")
            found.append(named or (match[1] if compiled.groups else value) or value)
    return list(dict.fromkeys(found))
