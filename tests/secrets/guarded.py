# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that the scan deploys to: made, watched, copied from, and removed again."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.host import Host
from tests.faults.playbook import ROOT, Playbook
from tests.secrets.errors import ScanError
from tests.secrets.progress import say

CONTAINER = "aetherlink-secrets"
SAMPLED = "/run/secrets-sampled"
KEPT = "/opt/secrets-kept"
TEMPORARY = ("/home/operator/.ansible", "/root/.ansible")
"""Where Ansible puts modules that it does not pipeline; kept in KEPT, on the same file system."""
ON_HOST = ROOT / "tests/secrets/on_host"
WHERE = {"hosts_network": CONTAINER, "hosts_list": [{"name": "secrets", "suite": "trixie"}]}
"""What tests/faults/host.yml makes or removes."""

# Standard input names the files.
TAKE = "tar --create --null --files-from=- --no-recursion --ignore-failed-read --mode=u+rw --file=-"
# What an ordinary user can read. /proc is looked at by the sampler, as root.
MOUNTS = "/ /tmp /run /dev/shm"
READABLE = f"runuser -u nobody -- sh -c 'cd /; find {MOUNTS} -xdev -type f -readable -print0 2>/dev/null | {TAKE}'"
# What is root's or a service's, and still must have no secret.
OF_ROOT = {
    "release.json and journal.jsonl": "find /opt/aetherlink -name release.json -o -name journal.jsonl",
    "releases, but for their secrets": "find /opt/aetherlink -path '*/etc/secrets/*' -prune -o "
    "-type f -path '*/releases/*' -print",
    "/tmp, /var/tmp, /run, /root, /home": "find /tmp /var/tmp /run /dev/shm /root /home -xdev "
    f"-type f -not -path '{SAMPLED}/*'",
    "/etc and /var/log": "find /etc /var/log -xdev -type f -not -path '/etc/aetherlink/tls/*/key.pem' "
    "-not -path '/var/log/journal/*'",
    "data of services, but for Grafana's": "find /var/lib/aetherlink -path /var/lib/aetherlink/grafana -prune -o "
    "-type f -print",
    "command lines, sampled": f"find {SAMPLED} -name cmdline",
    "environments, sampled": f"find {SAMPLED} -name environ",
}
TRANSFERRED = {"Ansible's temporary files, kept": f"find {KEPT} -type f"}
"""Beside these, where the runs come by SSH without pipelining."""
PRINTED = {
    "names of files": f"find {MOUNTS} -xdev -print0 2>/dev/null",
    "journal": "journalctl --all --output=export --no-pager",
    "units": "systemctl cat '*'; systemctl show '*'; systemctl show; systemctl show-environment; systemctl status '*'",
}

PLANT = r"""set -e
printf '%s' "$1" | base64 >/opt/planted-readable && chmod 0644 /opt/planted-readable
mkdir -p /opt/aetherlink/planted/releases/0001/etc /var/lib/aetherlink/planted "/var/tmp/planted-$1"
for file in /opt/aetherlink/planted/releases/0001/release.json /opt/aetherlink/planted/releases/0001/etc/file \
    /var/tmp/planted /var/lib/aetherlink/planted/file /etc/planted; do
    printf '"%s"' "$1" >$file
    chmod 0600 $file
done
cat >/etc/systemd/system/planted.service <<END
[Service]
Environment=PLANTED=$1
ExecStart=/bin/sh -c "sleep 3600; exit 0 # $1"
END
systemctl daemon-reload
systemctl restart planted
"""


class Guarded(Host):
    def __init__(self) -> None:
        super().__init__(CONTAINER)
        self.of_root = OF_ROOT

    def keep_transferred(self) -> subprocess.Popen[str]:
        """From now on Ansible's temporary files are kept, and copied with the rest."""
        self.of_root = OF_ROOT | TRANSFERRED
        return self.start("keeper.py", KEPT, *TEMPORARY)

    def plant(self, text: str) -> None:
        """Into each of the host's places, at its source."""
        self.run("sh", "-c", PLANT, "plant", text)

    def start(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        """A script of on_host/ that runs until its standard input ends."""
        command = ["docker", "exec", "-i", CONTAINER, "python3", "-c", (ON_HOST / script).read_text(), *arguments]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def asked(self, script: str, question: Any = None) -> Any:
        """What a script of on_host/ answers; a secret goes there by standard input alone."""
        command = ["docker", "exec", "-i", CONTAINER, "python3", "-c", (ON_HOST / script).read_text()]
        done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=False)
        if done.returncode:
            raise ScanError(f"{script} failed on the host: {done.stderr.strip().splitlines()[-1]}")
        return json.loads(done.stdout)

    def copy(self, directory: Path) -> dict[str, Path]:
        """{place: directory}: all that is searched of the host, as it is now."""
        found = {name: directory / f"{number:02}" for number, name in enumerate([*self.of_root, *PRINTED, "readable"])}
        for name, files in self.of_root.items():
            self._unpack(f"{files} | tr '\\n' '\\0' | {TAKE}", found[name])
        for name, command in PRINTED.items():
            self._keep(command, found[name])
        self._unpack(READABLE, found["readable"])
        found["files that an ordinary user can read"] = found.pop("readable")
        return found

    def _keep(self, command: str, directory: Path) -> None:
        directory.mkdir(parents=True)
        with (directory / "printed").open("wb") as stream:
            subprocess.run(
                ["docker", "exec", CONTAINER, "sh", "-c", command], stdout=stream, stderr=stream, check=False
            )

    def _unpack(self, command: str, directory: Path) -> None:
        directory.mkdir(parents=True)
        taking = subprocess.Popen(
            ["docker", "exec", CONTAINER, "sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        unpack = ["tar", "--extract", "--no-same-owner", "--no-same-permissions", "--file=-", "--directory"]
        done = subprocess.run(
            [*unpack, str(directory)], stdin=taking.stdout, capture_output=True, text=True, check=False
        )
        taking.wait()
        if done.returncode:
            raise ScanError(f"what the host has could not be copied: {done.stderr.strip()[-300:]}")


@contextmanager
def made(keep: bool) -> Iterator[Guarded]:
    """The host, empty. keep: take one that is there already, and leave it there."""
    running = subprocess.run(
        ["docker", "ps", "--quiet", "--filter", f"name=^{CONTAINER}$"], capture_output=True, check=False
    ).stdout.strip()
    try:
        if not (keep and running):
            say(f"making the host {CONTAINER}")
            _host("present")
        yield Guarded()
    finally:
        if not keep:
            say(f"removing the host {CONTAINER}")
            try:
                _host("absent")
            except ScanError as error:
                say(f"it may still be there: {error}")  # said, not raised: what ended the scan matters more


def _host(state: str) -> None:
    done = Playbook("tests/faults/host.yml", {**WHERE, "faults_host_state": state}).finish()
    if done.status:
        raise ScanError(f"tests/faults/host.yml failed:\n{done.output[-2000:]}")
