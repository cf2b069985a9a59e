# SPDX-License-Identifier: GPL-3.0-or-later
"""How the scan comes to its host by SSH, with Ansible as it is beside an installed collection: without pipelining."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.faults.playbook import ROOT, Playbook
from tests.secrets.errors import ScanError
from tests.secrets.guarded import Guarded
from tests.secrets.progress import say

INVENTORY = "tests/secrets/inventory"
USER = "operator"  # whom molecule/environments/tasks/user.yml makes
CONFIG = f"[defaults]\ncollections_path = {ROOT / '.venv/collections'}\n"


def prepare(host: Guarded, directory: Path, inventory: Path) -> dict[str, str]:
    """Environment variables of the runs to come.

    directory: for the key and Ansible's configuration. inventory: gets the connection.
    """
    say("letting the scan come by SSH")
    done = Playbook("tests/secrets/ssh.yml", {"ssh_directory": str(directory)}, INVENTORY).finish()
    if done.status:
        raise ScanError(f"tests/secrets/ssh.yml failed:\n{done.output[-2000:]}")
    address = host.address()
    known = directory / "known_hosts"
    known.write_text(f"{address} {host.run('cat', '/etc/ssh/ssh_host_ed25519_key.pub')}")
    connection = {
        "ansible_connection": "ansible.builtin.ssh",
        "ansible_host": address,
        "ansible_user": USER,
        "ansible_ssh_private_key_file": str(directory / "key"),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={known}",
    }
    variables = inventory / "host_vars" / "guarded.yml"
    variables.parent.mkdir(parents=True, exist_ok=True)
    variables.write_text(yaml.safe_dump(connection))
    (directory / "ansible.cfg").write_text(CONFIG)
    return {
        "ANSIBLE_CONFIG": str(directory / "ansible.cfg"),
        "ANSIBLE_PIPELINING": "false",
        "ANSIBLE_SSH_PIPELINING": "false",
    }
