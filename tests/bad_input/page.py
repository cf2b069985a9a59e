# SPDX-License-Identifier: GPL-3.0-or-later
"""The page Bad input of the site that `make docs` builds, from the corpus."""

from __future__ import annotations

from tests.bad_input.corpus import PLAYBOOKS, ROLES, Entry, entries

_HEAD = """\
# Bad input

What a deploy says of a mistake, to be searched for the sentence that you got: the mistake, then the sentence. None of
these mistakes gets as far as a running service, neither in a normal run nor with `--check`; the Molecule scenario
`bad_input` makes each of them both ways.

Where a mistake is marked with *, the host has been asked, and a normal run ends the sentence with what is untouched:
`Nothing was switched; release 0002-3fa9c1d2 is untouched.`
"""
_TITLES = {PLAYBOOKS: "playbooks: silence, drill, verify, export, site"}


def text() -> str:
    sections = [
        f"\n## {_TITLES.get(component, component)}\n\n" + "".join(_line(entry) for entry in entries(component))
        for component in (*ROLES, PLAYBOOKS)
    ]
    return _HEAD + "".join(sections)


def _line(entry: Entry) -> str:
    return f"- {entry.mistake}{' *' if entry.staged else ''}<br>`` {entry.sentence} ``\n"
