# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Staging and prod do not run with the secrets of the example vaults, which everybody can read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.listen_addresses import is_loopback

GUARDED = ("staging", "prod")
EXAMPLE_HOSTS = ".example"
"""Names that RFC 2606 keeps for documentation: nobody's hosts, unless an address is given for them."""
ON_ALL = ("aether_web_password", "aether_web_also", "aether_tls_ca_passphrase")
OF_ROLE = ("secrets", "basic_auth_users")

# sha256 of each value in inventories/{staging,prod}/group_vars/all/vault.yml.
KNOWN = frozenset(
    {
        "39aef218b1b72f501b1a8e41b22013f555737adfc06052b021b34a864003d79d",
        "3c1109e291fce41b9e55f42518fe8e91a606e2fafb16007fb31da6fd1f76c188",
        "6f0055b13e7a7ea0ad5327dab863315cba3637127fd14d45b7cceb07ff0a6e6a",
        "8ce8859bd872cc9d3f2ab73d6abfc3da5568e01bba5fa68496bcac4c55847f47",
        "953575e0b56bb98bf21cc0c765d3be99a585e5685db59b42c8c7db92dbf06ecb",
        "a038f8e76b1238ea7a3ad211d2f1ac3033c61f3b72761b21431cc40ac8964cd3",
        "aa84152310758d6765292a5c7a1684f3074269d18ba0e97979afb82bae1dcc85",
        "ae37fc869731031cdcacfdb6fd6fedfe1f6dc641b1dd2fbea877ac91ee69854d",
        "b6913e691c756922254ec2c928fd740d45a8b562fc953b96abfeae0b570c4c6d",
        "c3678da3d8d259e4504ae98e283928f573a5ff6ef7b7655c77cbc08893f274c8",
        "c40fdb3e83bfb5342e784629df98567982326f24b1cc7bb615a55325704c451b",
        "c4fea2b2a74c37018391b8ed2f8ac32d1934648cdc44cd1dfdfd3692b85c61a7",
        "d57a7c7a8faaced0de83311a5afd5f6dac90c37c406fa8a56bb86b8cd6dcf7f8",
        "ee1740c5495fe03aafd3c5256b39b278338b310a08a2d88c4dac4afac823f750",
    }
)


def refuse(
    component: str, environment: str, task_vars: Mapping[str, Any], template: Callable[[Any], Any], *, authority: bool
) -> str:
    """The sentence, or nothing. authority: whether the component's certificate is of our own authority."""
    if environment not in GUARDED or _is_example(task_vars, template):
        return ""
    names = [*ON_ALL, *(f"{component}_{kind}" for kind in OF_ROLE)]
    if not authority:
        names.remove("aether_tls_ca_passphrase")
    for name in names:
        for variable, text in _texts(name, template(task_vars.get(name, ""))):
            if hashlib.sha256(text.strip().encode()).hexdigest() in KNOWN:
                return (
                    f"{variable} is that of the example vaults, which everybody can read: put a value of your own into "
                    f"the vault of {environment}, as docs/secrets.md says under Rotation (hosts below {EXAMPLE_HOSTS} "
                    "may have the examples)."
                )
    return ""


def _is_example(task_vars: Mapping[str, Any], template: Callable[[Any], Any]) -> bool:
    name = str(task_vars["inventory_hostname"])
    address = str(template(task_vars.get("ansible_host") or name))
    return name.endswith(EXAMPLE_HOSTS) and (address.endswith(EXAMPLE_HOSTS) or is_loopback(address))


def _texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each text within a variable, with where it is: alertmanager_secrets.slack_url."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(f"{name}.{key}", part)
