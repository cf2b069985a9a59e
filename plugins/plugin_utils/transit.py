# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How secrets travel: with pipelining, a module and its arguments go from memory to memory.

Without it, Ansible writes both to a temporary file on the controller and on the host, there below the login user's
home. roles/component/vars/main.yml turns it on for every connection plugin that knows `ansible_pipelining`.
"""

from __future__ import annotations

from typing import Protocol


class Connection(Protocol):
    def is_pipelining_enabled(self, wrap_async: bool = False) -> bool: ...


class Display(Protocol):
    def warning(self, msg: str) -> None: ...


def warn(connection: Connection, host: str, display: Display) -> None:
    """The same sentence for every component of a host: Ansible shows it once in a run."""
    if not connection.is_pipelining_enabled():
        display.warning(
            f"{host}: Ansible writes secrets to temporary files on the controller and on this host, because its "
            "connection does not use pipelining: set ansible_ssh_pipelining to true, unset ANSIBLE_KEEP_REMOTE_FILES "
            "and ssh's -t, and use a connection plugin and a become method that support pipelining."
        )
