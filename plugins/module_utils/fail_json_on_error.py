# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the modules end when something cannot go on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean, printable


@contextmanager
def fail_json_on_error(module: AnsibleModule) -> Iterator[None]:
    """What is raised within ends the module with one sentence.

    Root's umask does not count: services and checkers go through the directories that are made.
    """
    os.umask(0o022)
    try:
        yield
    except ReleaseError as error:
        module.fail_json(
            msg=f"{clean(error).rstrip('.')}.",
            details=[printable(line) for line in error.details],
            switched_back=error.switched_back,
        )
    except OSError as error:
        module.fail_json(
            msg=f"the host refused to read or write {error.filename or 'a file'}: {error.strerror or error}."
        )
