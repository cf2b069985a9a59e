# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of an INI file against the defaults that the program brings along.

For a program that ignores an unknown key and takes its default for a value that it cannot read, without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..sentences import closest, inside, shown

Sections = dict[str, dict[str, str]]
_KEY = re.compile(r"[;#]?\s*([A-Za-z][\w.-]*)\s*=\s*(.*)")
_FREE = re.compile(r"feature_toggles|plugin\..*")  # their keys are names of features and of plugins' own settings
_EXPANDED = re.compile(r"\$__\w+\{|\$\{|%\(")  # known at the start alone
_BOOLEAN = re.compile(r"(?i)1|0|t|f|true|false|y|n|yes|no|on|off")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DURATION = re.compile(r"(\d+(\.\d+)?(ms|[smhdwMy]))+")
_KINDS = (
    (re.compile("true|false"), (_BOOLEAN,), "true or false"),
    (_NUMBER, (_NUMBER, _DURATION), "a number, or a duration like 30s"),  # 0 is also a duration that is switched off
    (_DURATION, (_NUMBER, _DURATION), "a duration like 30s"),
)


def problems(
    settings: Mapping[str, Mapping[str, Any]], defaults: str, variable: str, known: Iterable[str]
) -> list[str]:
    """A sentence for each setting that the program would ignore.

    settings: {section: {key: value}} of `variable`. defaults: the text of the program's own file, in which a section
    without keys takes any. known: `section.key` that it takes although its file has none.
    """
    sections = _parsed(defaults)
    return list(_problems(settings, sections, variable, set(known)))


def _problems(
    settings: Mapping[str, Mapping[str, Any]], sections: Sections, variable: str, known: set[str]
) -> Iterator[str]:
    for section, keys in settings.items():
        if _FREE.fullmatch(section):
            continue
        for key, value in keys.items():
            place, name = inside(inside(variable, section), key), f"{section}.{key}"
            if name in known or (section in sections and not sections[section]):
                continue
            if section not in sections or key not in sections[section]:
                near = closest(key, sections[section]) if section in sections else closest(section, sections)
                yield (
                    f"{place} is no setting of this version, which would ignore it{near}: correct it, or add {name} to "
                    f"{variable}_known_keys"
                )
            elif kind := _mismatch(value, sections[section][key]):
                yield f"{place} is {shown(value, place)}, which would be ignored: write {kind}"


def _mismatch(value: Any, default: str) -> str:
    """What the value should be; empty where it is that, or where the default does not tell."""
    text = str(value).strip()
    if not text or _EXPANDED.search(text):
        return ""
    for looks, accepted, kind in _KINDS:
        if looks.fullmatch(default):
            return "" if any(pattern.fullmatch(text) for pattern in accepted) else kind
    return ""


def _parsed(text: str) -> Sections:
    """With the keys that are commented out, which the program takes, too."""
    sections: Sections = {}
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
            sections.setdefault(section, {})
        elif section and (found := _KEY.fullmatch(line)):
            sections[section].setdefault(found[1], found[2].strip())
    return sections
