# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall by ufw: the same rules among the host's own, told from those by their comment.

ufw is never switched on here: with its own defaults that would lock out whoever logs in by SSH.
"""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.host_system import Change, HostError, Machine

from .addresses import Lookup, networks

COMMENT = "aetherlink"
FILES = ("/etc/ufw/user.rules", "/etc/ufw/user6.rules")
ANYWHERE = {"0.0.0.0/0": "any", "::/0": "any"}
_TUPLE = re.compile(r"^### tuple ### (allow|deny) (tcp|udp) (\d+) \S+ any (\S+) in comment=([0-9a-f]+)$", re.MULTILINE)

Entry = tuple[str, str, str, str]
"""allow or deny, protocol, port, source (any for everywhere)."""


def wanted(rules: list[dict[str, Any]], lookup: Lookup, ipv6: bool) -> list[Entry]:
    """What is let in and, after it, that nothing else is."""
    allowed, denied = [], []
    for rule in rules:
        protocol, port = rule["protocol"], str(rule["port"])
        four, six = networks(rule["sources"], lookup)
        allowed += [("allow", protocol, port, source) for source in (*four, *(six if ipv6 else ()))]
        denied.append(("deny", protocol, port, "any"))
    return [*allowed, *denied]


def there(machine: Machine) -> list[Entry]:
    """Our rules, each once, as ufw has stored them."""
    found = [
        (action, protocol, port, ANYWHERE.get(source, source))
        for name in FILES
        for action, protocol, port, source, comment in _TUPLE.findall(machine.read(name) or "")
        if comment == COMMENT.encode().hex()
    ]
    return list(dict.fromkeys(found))


def changes(machine: Machine, rules: list[dict[str, Any]], lookup: Lookup) -> list[Change]:
    if not re.search(r"^ENABLED=yes", machine.read("/etc/ufw/ufw.conf") or "", re.MULTILINE):
        raise HostError(
            "host_firewall is ufw, which is not installed or not active on the host: install it, let SSH in and "
            "switch it on (`ufw allow OpenSSH`, `ufw enable`), or set host_firewall to nftables"
        )
    ipv6 = not re.search(r"^IPV6=[\"']?no", machine.read("/etc/default/ufw") or "", re.MULTILINE)
    entries, seen = wanted(rules, lookup, ipv6), there(machine)
    if set(entries) == set(seen):
        return []
    return [
        Change(
            "firewall", "have ufw take the rules", lambda: _make(machine, entries, seen), _shown(seen), _shown(entries)
        )
    ]


def removal(machine: Machine) -> list[Change]:
    seen = there(machine)
    if not seen:
        return []
    return [Change("firewall", "take the rules from ufw", lambda: _make(machine, [], seen), _shown(seen))]


def _make(machine: Machine, entries: list[Entry], seen: list[Entry]) -> None:
    """What is new comes first, so that nothing stands open or shut on the way; who is let in, before who is not."""
    for entry in entries:
        if entry not in seen:
            start = ("ufw", "prepend") if entry[0] == "allow" else ("ufw",)
            machine.do(*start, *_words(entry), "comment", COMMENT)
    for entry in seen:
        if entry not in entries:
            machine.do("ufw", "--force", "delete", *_words(entry))


def _words(entry: Entry) -> list[str]:
    action, protocol, port, source = entry
    return [action, "proto", protocol, "from", source, "to", "any", "port", port]


def _shown(entries: list[Entry]) -> str:
    return "".join(f"{action} {protocol} {port} from {source}\n" for action, protocol, port, source in sorted(entries))
