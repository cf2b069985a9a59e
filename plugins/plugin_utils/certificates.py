# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which certificate a component's host is to have, by the inventory: of our own authority, or from files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.targets import (
    ADDRESS_VARIABLES,
    WILDCARDS,
    own_address,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.config.validation import ConfigError

from .listening import host_of

DEFAULTS: dict[str, Any] = {
    "aether_tls_ca_dir": "",
    "aether_tls_ca_passphrase": "",
    "aether_tls_days": 90,
    "aether_tls_renew_days": 30,
    "aether_tls_names": [],
    "aether_tls_files": {},
}
FILES = ("certificate", "key", "ca")
SHORTEST_PASSPHRASE = 12  # characters


@dataclass(frozen=True)
class Wanted:
    """names: that it has to have, the host's own first. reached_by: those of them by which other hosts come.
    client: whether it is shown by who asks, too.

    files: path on the controller by FILES; empty for a certificate of the authority in ca_dir.
    """

    environment: str
    names: list[str]
    reached_by: list[str]
    ca_dir: Path
    passphrase: str
    days: int
    renew_days: int
    files: dict[str, Path] = field(default_factory=dict)
    client: bool = False


def wanted(
    component: Mapping[str, Any], environment: str, task_vars: Mapping[str, Any], template: Callable[[Any], Any]
) -> Wanted | None:
    """None for a component without TLS. Raises ConfigError."""
    if not component.get("tls"):
        return None
    values = {name: template(task_vars.get(name, default)) for name, default in DEFAULTS.items()}
    _check(values)
    own = str(task_vars["inventory_hostname"])
    address = own_address(own, {name: template(task_vars[name]) for name in ADDRESS_VARIABLES if name in task_vars})
    client = bool(component.get("tls_client", False))
    # Peers know each other by a name of the cluster.
    reached_by = [address, *(component.get("tls_names", []) if client else [])]
    listens = [host for a in component.get("listens", {}).values() if (host := host_of(a)) not in WILDCARDS]
    extra = [*component.get("tls_names", []), *values["aether_tls_names"]]
    names = [own, *reached_by, "localhost", "127.0.0.1", "::1", *listens, *extra]
    base = Path(str(template(task_vars.get("inventory_dir") or ".")))
    files = {name: _path(path, base) for name, path in values["aether_tls_files"].items()}
    return Wanted(
        environment=environment,
        names=list(dict.fromkeys(names)),
        reached_by=reached_by,
        ca_dir=_path(values["aether_tls_ca_dir"] or ".ca", base),
        passphrase=str(values["aether_tls_ca_passphrase"]),
        days=values["aether_tls_days"],
        renew_days=values["aether_tls_renew_days"],
        files=files,
        client=client,
    )


def _path(text: str, base: Path) -> Path:
    return base / Path(text).expanduser()


def _check(values: dict[str, Any]) -> None:
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


def judge(found: Mapping[str, str], want: Wanted, read: Read) -> str:
    """Why the host's certificate has to be replaced; empty when it does not. found: as the release module tells it."""
    from .pki import PkiError, trouble  # noqa: PLC0415 - cryptography takes a while to load, and a component without TLS needs none

    if want.files:
        texts = make(want, read)  # also what is on the host already may have ended
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
        return trouble(found["certificate"], trusted, want.names, want.renew_days, want.client)
    except PkiError as error:
        raise ConfigError(str(error)) from error


def make(want: Wanted, read: Read) -> dict[str, str]:
    """certificate, key and authority as PEM. Makes the authority where there is none. Raises ConfigError."""
    from .pki import Pair, PkiError, authority, refuse_pair  # noqa: PLC0415 - as above

    try:
        if want.files:
            pair = Pair(*(read(want.files[name]) for name in FILES))
            refuse_pair(pair, want.reached_by, want.client)
        else:
            ours = authority(want.ca_dir, want.passphrase, want.environment)
            pair = ours.issue(want.names, want.days, want.client)
    except PkiError as error:
        raise ConfigError(str(error)) from error
    return {"certificate": pair.certificate, "key": pair.key, "authority": pair.authority}


def rehearse(want: Wanted, read: Read) -> None:
    """Raise ConfigError where make() would, and make no authority: for check mode."""
    from .pki import PkiError, opened  # noqa: PLC0415 - as above

    if want.files:
        make(want, read)
    elif any((want.ca_dir / name).exists() for name in ("ca.pem", "ca.key")):
        try:
            opened(want.ca_dir, want.passphrase).issue(want.names, want.days)
        except PkiError as error:
            raise ConfigError(str(error)) from error


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
