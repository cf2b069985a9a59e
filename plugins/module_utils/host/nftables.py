# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall by nftables: one table of our own, which only drops what comes to our ports from elsewhere.

Nothing of the host's own rules is touched. A packet that this table lets pass still goes through those.
"""

from __future__ import annotations

import contextlib
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.host.host_system import Change, HostError, Machine

from .addresses import Lookup, networks

Rule = dict[str, Any]
"""component, protocol (tcp or udp), port, sources: addresses, networks and host names."""

FILE = "/etc/aetherlink/firewall.nft"
UNIT_NAME = "aetherlink-firewall.service"
UNIT = f"/etc/systemd/system/{UNIT_NAME}"
ENABLED = f"/etc/systemd/system/sysinit.target.wants/{UNIT_NAME}"
NFT = "/usr/sbin/nft"
TABLE = ("table", "inet", "aetherlink")

UNIT_TEXT = f"""\
# Managed by aetherlink.monitoring.
[Unit]
Description=Firewall of the ports of AetherLink monitoring
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=nftables.service
Conflicts=shutdown.target
DefaultDependencies=no

[Service]
Type=oneshot
RemainAfterExit=yes
ProtectSystem=full
ProtectHome=true
ExecStart={NFT} -f {FILE}
ExecReload={NFT} -f {FILE}
ExecStop=-{NFT} delete {" ".join(TABLE)}

[Install]
WantedBy=sysinit.target
"""

# nftables.service flushes all rules whenever it loads or drops the host's own, so ours are loaded after that each time.
DROP_IN = "/etc/systemd/system/nftables.service.d/aetherlink.conf"
DROP_IN_TEXT = f"""\
# Managed by aetherlink.monitoring.
[Service]
ExecStartPost=-{NFT} -f {FILE}
ExecReload=-{NFT} -f {FILE}
ExecStopPost=-{NFT} -f {FILE}
"""
UNITS = {UNIT: UNIT_TEXT, DROP_IN: DROP_IN_TEXT}


def render(rules: list[Rule], lookup: Lookup) -> str:
    """The file that nft loads: it takes the table's place in one step."""
    head = (
        f"# Managed by aetherlink.monitoring.\n{' '.join(TABLE)}\ndelete {' '.join(TABLE)}\n{' '.join(TABLE)} {{\n"
        "\tchain input {\n\t\ttype filter hook input priority filter - 1; policy accept;\n"
        '\t\tiifname "lo" accept\n\t\tct state established,related accept\n'
    )
    return head + "".join(f"\t\t{line}\n" for rule in rules for line in _lines(rule, lookup)) + "\t}\n}\n"


def _lines(rule: Rule, lookup: Lookup) -> list[str]:
    to, comment = f"{rule['protocol']} dport {rule['port']}", f'comment "{rule["component"]}"'
    four, six = networks(rule["sources"], lookup)
    accepted = [
        f"{family} saddr {{ {', '.join(found)} }} {to} accept {comment}"
        for family, found in (("ip", four), ("ip6", six))
        if found
    ]
    return [*accepted, f"{to} counter drop {comment}"]


def changes(machine: Machine, rules: list[Rule], lookup: Lookup, dry: bool) -> list[Change]:
    """dry: nft may be missing yet, since nothing was installed."""
    text = render(rules, lookup)
    seen = machine.read(FILE)
    change = Change("firewall", "load the rules of nftables", lambda: _load(machine, text), seen or "", text)
    if not machine.path(NFT).exists():
        if dry:
            return [change]
        raise HostError(
            "host_firewall is nftables, and the host has no nft: leave host_packages true, or install the package "
            "nftables on it"
        )
    wanted = _listing_of(machine, text)
    units = all(machine.read(name) == wanted_text for name, wanted_text in UNITS.items())
    same = seen == text and units and machine.path(ENABLED).is_symlink()
    return [] if same and _loaded(machine) == wanted else [change]


def _listing_of(machine: Machine, text: str) -> str:
    """How nft itself writes the rules once it has loaded them, tried in a network namespace that is gone after it."""
    script = f"{NFT} -f - && {NFT} --stateless list {' '.join(TABLE)}"
    status, out, err = machine.run(["unshare", "--net", "sh", "-c", script], text)
    if status != 0:
        words = " ".join((err or out).split())[:400]
        raise HostError(f"nft takes the rules of host_firewall on this host not at all: {words}")
    return out


def _loaded(machine: Machine) -> str:
    """The table as it is in force; empty where there is none, or where its unit would not take it away any more."""
    status, out, _error = machine.run([NFT, "--stateless", "list", *TABLE], "")
    active, _out, _error = machine.run(["systemctl", "is-active", "--quiet", UNIT_NAME], "")
    return out if status == 0 and active == 0 else ""


def _load(machine: Machine, text: str) -> None:
    machine.do(NFT, "--check", "-f", "-", stdin=text)
    machine.write(FILE, text)
    machine.do(NFT, "-f", str(machine.path(FILE)))
    for name, unit in UNITS.items():
        machine.write(name, unit)
    machine.do("systemctl", "daemon-reload")
    machine.do("systemctl", "enable", "--quiet", "--now", UNIT_NAME)


def removal(machine: Machine) -> list[Change]:
    if all(machine.read(name) is None for name in (FILE, *UNITS)):
        return []
    return [Change("firewall", "take the rules of nftables away", lambda: _remove(machine), machine.read(FILE) or "")]


def _remove(machine: Machine) -> None:
    machine.run(["systemctl", "disable", "--quiet", "--now", UNIT_NAME], "")
    machine.run([NFT, "delete", *TABLE], "")  # where the unit was not active
    for name in (*UNITS, FILE):
        machine.path(name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # there is another drop-in
        machine.path(DROP_IN).parent.rmdir()
    machine.do("systemctl", "daemon-reload")
    if machine.path(NFT).exists() and machine.run([NFT, "list", *TABLE], "")[0] == 0:
        raise HostError(f"the table of host_firewall is still there: take it away by `nft delete {' '.join(TABLE)}`")
