# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which certificate a component's host is to have, by the inventory: of our own authority, or from files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.listen_addresses import host_of
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import Variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import (
    WILDCARDS,
    own_address,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.ca_names import (
    Permitted,
    of_inventory,
    of_variable,
)

if TYPE_CHECKING:
    from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import Authority, Pair

FILES = ("certificate", "key", "ca")
SHORTEST_PASSPHRASE = 20  # characters


@dataclass(frozen=True)
class DesiredCertificate:
    """names: that it has to have, the host's own first. reached_by: those of them by which other hosts come.
    client: whether it is also a client certificate. peer_names: those of them that peers of a cluster demand.

    files: path on the controller by FILES; empty for a certificate of the authority in ca_dir.
    ca_names: what aether_tls_ca_names limits that authority to; None where it is not set.
    inventory: what a new authority is limited to otherwise. It reads the variables of all hosts with TLS.
    """

    host: str
    component: str
    environment: str
    names: list[str]
    reached_by: list[str]
    ca_dir: Path
    passphrase: str
    days: int
    renew_days: int
    inventory: Callable[[], Permitted]
    ca_names: Permitted | None = None
    files: dict[str, Path] = field(default_factory=dict)
    client: bool = False
    peer_names: list[str] = field(default_factory=list)

    def permitted(self) -> Permitted:
        """What a new authority is limited to. Raises ConfigError where it could not issue this very certificate."""
        limits = self.ca_names or self.inventory()
        if outside := limits.outside(self.names):
            raise ConfigError(
                f"The certificate of {self.component} on {self.host} names {outside[0]}, which is outside of what a "
                f"new certificate authority is limited to by the inventory ({limits}): set aether_tls_ca_names to all "
                "domains and networks that it is to issue for, or correct the name."
            )
        return limits


def wanted(component: Component, v: Variables, inventory_dir: str) -> DesiredCertificate | None:
    """None for a component without TLS. Raises ConfigError."""
    if not component.tls:
        return None
    _check(v)
    own = v.host
    address = own_address(own, v.addresses())
    client = component.tls_client
    peer_names = component.tls_names if client else []
    reached_by = [address, *peer_names]  # peers know each other by a name of the cluster
    # With loopback among these where it listens there; nothing else needs a certificate that names loopback.
    listens = [host for a in component.listens.values() if (host := host_of(a)) not in WILDCARDS]
    extra = [*component.tls_names, *v["aether_tls_names"]]
    names = list(dict.fromkeys([own, *reached_by, *listens, *extra]))
    base = Path(inventory_dir)
    files = {name: _path(path, base) for name, path in v["aether_tls_files"].items()}
    permitted = of_variable(v["aether_tls_ca_names"])
    if permitted and not files and (outside := permitted.outside(names)):
        raise ConfigError(
            f"aether_tls_ca_names does not cover {outside[0]}, which the certificate of {component.name} on {own} "
            "names: add it, its domain or its network to the list."
        )
    return DesiredCertificate(
        host=own,
        component=component.name,
        environment=v["aether_env"],
        names=names,
        reached_by=reached_by,
        ca_dir=_path(v["aether_tls_ca_dir"], base),
        passphrase=v["aether_tls_ca_passphrase"],
        days=v["aether_tls_days"],
        renew_days=v["aether_tls_renew_days"],
        inventory=lambda: of_inventory(v.groups, v.hostvars),
        ca_names=permitted,
        files=files,
        client=client,
        peer_names=peer_names,
    )


def _path(text: str, base: Path) -> Path:
    return base / Path(text).expanduser()


def _check(values: Variables) -> None:
    for name in ("aether_tls_days", "aether_tls_renew_days"):
        if not isinstance(values[name], int) or isinstance(values[name], bool) or values[name] < 1:
            raise ConfigError(f"{name} is {values[name]!r}, but must be a whole number of days: set one.")
    if values["aether_tls_renew_days"] >= values["aether_tls_days"]:
        raise ConfigError(
            "aether_tls_renew_days is not below aether_tls_days, so that each run would make new certificates: "
            "shorten the one or lengthen the other."
        )
    names = values["aether_tls_names"]
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ConfigError("aether_tls_names is no list of names and addresses: set one, or take it out.")
    if not isinstance(values["aether_tls_ca_dir"], str):
        raise ConfigError("aether_tls_ca_dir is no text: set it to a directory on the controller, or take it out.")
    files = values["aether_tls_files"]
    if files != {} and not _names_files(files):
        raise ConfigError(
            "aether_tls_files must have certificate, key and ca, each the path of a PEM file on the controller: name "
            "these three, or take it out for certificates of the collection's own authority."
        )
    passphrase = values["aether_tls_ca_passphrase"]
    if not files and (not isinstance(passphrase, str) or len(passphrase) < SHORTEST_PASSPHRASE):
        raise ConfigError(
            f"aether_tls_ca_passphrase is not set, or shorter than {SHORTEST_PASSPHRASE} characters, and the key of "
            "the certificate authority is kept under it: set it, in the environment's vault, or aether_tls_files for "
            "certificates of your own."
        )


def _names_files(files: Any) -> bool:
    named = isinstance(files, dict) and set(files) == set(FILES)
    return named and all(isinstance(path, str) and path for path in files.values())


Read = Callable[[Path], str]
"""The text of a file on the controller, decrypted where it is a vault. Raises ConfigError."""


def judge(found: Mapping[str, str], want: DesiredCertificate, read: Read) -> str:
    """Why the host's certificate has to be replaced; empty when it does not. found: from the release module."""
    from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import PkiError, trouble  # noqa: PLC0415 - cryptography takes a while to load, and a component without TLS needs none

    if want.files:
        texts = _texts(_from_files(want, read))  # also what is on the host already may have ended
        differs = any(texts[name] != found[name] for name in ("certificate", "authority"))
        return found["trouble"] or ("the certificate in aether_tls_files is another" if differs else "")
    if not (want.ca_dir / "ca.pem").exists():
        return "there is no certificate authority yet"
    trusted = read(want.ca_dir / "ca.pem")
    if found["trouble"]:
        return found["trouble"]
    if found["authority"] != trusted:
        return "the certificate is of another authority"
    try:
        return trouble(
            found["certificate"], trusted, want.names, want.renew_days, client=want.client, ca_names=want.ca_names
        )
    except PkiError as error:
        raise ConfigError(str(error)) from error


def make(want: DesiredCertificate, read: Read, by: str) -> dict[str, str]:
    """certificate, key and authority as PEM. Makes the authority where there is none. Raises ConfigError.

    by: who runs this, for the record of what the authority issued.
    """
    from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import PkiError, authority  # noqa: PLC0415 - as above
    from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.issued import record  # noqa: PLC0415 - as above

    if want.files:
        return _texts(_from_files(want, read))
    try:
        pair = _issued_by(authority(want.ca_dir, want.passphrase, want.environment, want.permitted), want)
    except PkiError as error:
        raise ConfigError(str(error)) from error
    record(want.ca_dir, pair.certificate, host=want.host, component=want.component, by=by)
    return _texts(pair)


def rehearse(want: DesiredCertificate, read: Read) -> None:
    """Raise ConfigError where make() would, and make no authority: for check mode."""
    from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import (  # noqa: PLC0415 - as above
        PkiError,
        general_names,
        opened,
    )

    if want.files:
        _from_files(want, read)
        return
    try:
        if any((want.ca_dir / name).exists() for name in ("ca.pem", "ca.key")):
            _issued_by(opened(want.ca_dir, want.passphrase), want)
        else:
            general_names(want.names)
            want.permitted()
    except PkiError as error:
        raise ConfigError(str(error)) from error


def _issued_by(ours: Authority, want: DesiredCertificate) -> Pair:
    ours.check(want.renew_days, want.ca_names)
    return ours.issue(want.names, want.days, want.client)


def _from_files(want: DesiredCertificate, read: Read) -> Pair:
    from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import Pair, PkiError, refuse_pair  # noqa: PLC0415 - as above

    pair = Pair(*(read(want.files[name]) for name in FILES))
    try:
        refuse_pair(pair, want.reached_by, want.client, want.peer_names)
    except PkiError as error:
        raise ConfigError(str(error)) from error
    return pair


def _texts(pair: Pair) -> dict[str, str]:
    return {"certificate": pair.certificate, "key": pair.key, "authority": pair.authority}


def read(path: Path, loader: Any) -> str:
    """The text of a file on the controller; a vault is decrypted in memory, with this run's vault secrets.

    Raises ConfigError.
    """
    try:
        text = str(loader.get_text_file_contents(str(path)))
        text.encode()  # Ansible lets through what is not UTF-8
        return text
    except ValueError as error:
        raise ConfigError(f"{path} cannot be read as text ({error}): put a PEM file there.") from error
    except AnsibleError as error:
        why = "give the run its vault password" if path.exists() else "put a PEM file there, or correct the path"
        raise ConfigError(f"{path} cannot be read ({str(error).rstrip('.')}): {why}.") from error
