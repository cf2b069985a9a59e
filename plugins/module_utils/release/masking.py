# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep secrets out of what is shown: in diffs, checker output and log lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

MASK = "********"
SECRET_KEY = re.compile(
    r"""(?im)^(?P<key>[\s"'-]*[\w.-]*(?:password|passwd|secret|token|credentials|api_key|routing_key|service_key)["']?\s*[:=]\s*)"""
    r"""(?P<value>[^\s{\[#|>].*)$"""
)
URL_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s]+@", re.IGNORECASE)
SHORTEST = 4  # characters; masking shorter ones would hide half of every text and protect nothing


class Masker:
    """Masks given secret values wherever they stand, values of keys that sound secret, and credentials in URLs."""

    def __init__(self, secrets: list[str]) -> None:
        values = {text.strip() for secret in secrets for text in (secret, *secret.splitlines(), *_json_texts(secret))}
        self._values = sorted((v for v in values if len(v) >= SHORTEST), key=len, reverse=True)

    def mask(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, MASK)
        text = SECRET_KEY.sub(lambda found: f"{found['key']}{MASK}", text)
        return URL_CREDENTIALS.sub(rf"\g<scheme>{MASK}@", text)


def _json_texts(secret: str) -> Iterator[str]:
    """The keys and texts of a secret that is a mapping; either may be what is secret."""
    try:
        document = json.loads(secret)
    except ValueError:
        return
    pending = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            pending += [*node, *node.values()]
        elif isinstance(node, list):
            pending += node


def diff(before: dict[str, str], after: dict[str, str], secret: set[str], masker: Masker) -> list[dict[str, str]]:
    """Ansible's `diff` result for the files that differ. Of a secret file it shows that it changed, not how."""
    shown = []
    for name in sorted(set(before) | set(after)):
        old, new = before.get(name, ""), after.get(name, "")
        if old == new:
            continue
        if name in secret:
            old, new = (f"{MASK} (the {word} secret)\n" if text else "" for word, text in (("old", old), ("new", new)))
        else:
            old, new = masker.mask(old), masker.mask(new)
        shown.append({"before_header": name, "after_header": name, "before": old, "after": new})
    return shown
