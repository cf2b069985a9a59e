# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A component's certificate on the host: no part of a release, since going back must not bring an ended one back."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from ..access import PREVIOUS
from .durable import fsync_dir, write_durably
from .store import DIR_MODE, FILE_MODE

CERTIFICATE, KEY, AUTHORITY = "certificate.pem", "key.pem", "ca.pem"
NEW = ".new-"


def read(folder: Path, gid: int | None) -> dict[str, str]:
    """certificate, authority: what others may read of it. trouble: why the files are of no use as they are."""
    texts = {name: _text(folder / name) for name in (CERTIFICATE, AUTHORITY)}
    return {
        "certificate": texts[CERTIFICATE],
        "authority": texts[AUTHORITY],
        "trouble": _trouble(folder, gid),
    }


def write(folder: Path, gid: int, texts: dict[str, str]) -> bool:
    """texts: by file name. Whether anything was changed. All are on the disk before the first takes its name: between
    a new key and the certificate that fits, a server can make no new connection, so that has to be short."""
    changed = _make_folder(folder, gid)
    names = [name for name in (AUTHORITY, KEY, CERTIFICATE) if _differs(folder / name, texts[name], gid)]
    if _text(folder / CERTIFICATE) not in ("", texts[CERTIFICATE]):  # the service shows it for a while: see Access
        write_durably(folder / f"{NEW}{PREVIOUS}", _text(folder / CERTIFICATE).encode(), FILE_MODE, gid)
        (folder / f"{NEW}{PREVIOUS}").replace(folder / PREVIOUS)
    for name in names:
        write_durably(folder / f"{NEW}{name}", texts[name].encode(), FILE_MODE, gid)
    for name in names:
        (folder / f"{NEW}{name}").replace(folder / name)
    fsync_dir(folder)
    return changed or bool(names)


def _differs(path: Path, text: str, gid: int) -> bool:
    return _text(path) != text or not _is_ours(path, FILE_MODE, gid)


def _make_folder(folder: Path, gid: int) -> bool:
    if not folder.parent.is_dir():
        folder.parent.mkdir(parents=True)
        folder.parent.chmod(0o755)  # whatever the umask: the services go through it
    if folder.is_dir() and _is_ours(folder, DIR_MODE, gid):
        return False
    folder.mkdir(exist_ok=True)
    folder.chmod(DIR_MODE)
    if os.geteuid() == 0:
        os.chown(folder, 0, gid)
    return True


def _trouble(folder: Path, gid: int | None) -> str:
    for name in (CERTIFICATE, KEY, AUTHORITY):
        if not (folder / name).is_file():
            return f"{folder / name} is missing"
        if gid is not None and not _is_ours(folder / name, FILE_MODE, gid):
            return f"owner or mode of {folder / name} was changed on the host"
    if gid is not None and not _is_ours(folder, DIR_MODE, gid):
        return f"owner or mode of {folder} was changed on the host"
    try:
        # A password, since without one a key that has a passphrase asks for it at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(folder / CERTIFICATE, folder / KEY, password="")
    except (ssl.SSLError, OSError):
        return f"{folder / KEY} does not fit {CERTIFICATE}, or one of the two is damaged"
    return ""


def _is_ours(path: Path, mode: int, gid: int) -> bool:
    status = path.stat()
    return (status.st_mode & 0o777, status.st_uid, status.st_gid) == (mode, os.geteuid(), gid)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""
