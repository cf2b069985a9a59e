# SPDX-License-Identifier: GPL-3.0-or-later
"""A component's certificate on its host: how it is written, and what is found wrong with it later."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import certificate
from ansible_collections.aetherlink.monitoring.plugins.modules import component_certificate
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import Pair, authority
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.ca_names import of_inventory
from cryptography.hazmat.primitives import serialization

from .conftest import GROUP

GID = os.getgid()
PERMITTED = of_inventory({"prometheus": ["mon1"]}, {"mon1": {}})


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return authority(tmp_path_factory.mktemp("ca"), "a passphrase for tests", "dev", lambda: PERMITTED).issue(
        ["mon1"], 90
    )


@pytest.fixture(scope="module")
def texts(pair: Pair) -> dict[str, str]:
    return {"key.pem": pair.key, "certificate.pem": pair.certificate, "ca.pem": pair.authority}


@pytest.fixture
def folder(tmp_path: Path, texts: dict[str, str]) -> Path:
    found = tmp_path / "etc" / "tls" / "app"
    assert certificate.write(found, GID, texts)
    return found


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_service_may_read_it_and_others_may_not(tmp_path: Path, texts: dict[str, str], umask: int) -> None:
    folder, before = tmp_path / "tls" / "app", os.umask(umask)
    try:
        certificate.write(folder, GID, texts)
    finally:
        os.umask(before)

    assert {path.name: path.read_text() for path in folder.iterdir()} == texts
    assert {mode(path) for path in folder.iterdir()} == {0o640}
    assert (mode(folder), mode(folder.parent)) == (0o750, 0o755)
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (folder, *folder.iterdir())} == {(os.geteuid(), GID)}


def test_the_second_time_nothing_is_changed(folder: Path, texts: dict[str, str]) -> None:
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}

    assert certificate.write(folder, GID, texts) is False
    assert {path.name: path.stat().st_ino for path in folder.iterdir()} == before


def test_all_are_on_the_disk_before_the_first_takes_its_name(
    folder: Path, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write, before = certificate.write_durably, (folder / "key.pem").read_text()

    def watched(path: Path, *rest: Any) -> None:
        assert (folder / "key.pem").read_text() == before
        written.append(path.name)
        write(path, *rest)

    monkeypatch.setattr(certificate, "write_durably", watched)

    assert certificate.write(folder, GID, {name: f"{text}\n" for name, text in texts.items()})
    assert written == [".new-previous.pem", ".new-ca.pem", ".new-key.pem", ".new-certificate.pem"]
    assert sorted(path.name for path in folder.iterdir()) == ["ca.pem", "certificate.pem", "key.pem", "previous.pem"]


def test_the_certificate_before_a_renewal_stays_beside_the_new_one(folder: Path, texts: dict[str, str]) -> None:
    """Root goes on trusting it for a while; see Access."""
    for number in (1, 2):
        before = (folder / "certificate.pem").read_text()
        certificate.write(folder, GID, {**texts, "certificate.pem": f"{texts['certificate.pem']}{number}\n"})
        assert (folder / "previous.pem").read_text() == before
    assert mode(folder / "previous.pem") == 0o640
    certificate.write(folder, GID, {**texts, "certificate.pem": f"{texts['certificate.pem']}2\n", "ca.pem": "other\n"})
    assert (folder / "previous.pem").read_text() == before, "the certificate stayed"


def test_what_is_there_is_told_without_its_key(folder: Path, texts: dict[str, str]) -> None:
    assert certificate.read(folder, GID) == {
        "certificate": texts["certificate.pem"],
        "authority": texts["ca.pem"],
        "trouble": "",
    }
    assert certificate.read(folder, None)["trouble"] == ""  # a group that is made later


def test_of_a_new_host_nothing_is_told(tmp_path: Path) -> None:
    assert certificate.read(tmp_path / "tls" / "app", None) == {
        "certificate": "",
        "authority": "",
        "trouble": f"{tmp_path}/tls/app/certificate.pem is missing",
    }


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem", "ca.pem"])
def test_a_file_that_is_gone_or_of_another_mode_is_found_and_mended(
    folder: Path, texts: dict[str, str], name: str
) -> None:
    (folder / name).chmod(0o644)
    assert certificate.read(folder, GID)["trouble"] == f"owner or mode of {folder / name} was changed on the host"
    assert certificate.write(folder, GID, texts)

    (folder / name).unlink()
    assert certificate.read(folder, GID)["trouble"] == f"{folder / name} is missing"
    assert certificate.write(folder, GID, texts)

    assert certificate.read(folder, GID)["trouble"] == ""


def test_another_group_is_found(folder: Path) -> None:
    assert certificate.read(folder, GID + 1)["trouble"] == (
        f"owner or mode of {folder / 'certificate.pem'} was changed on the host"
    )


def test_an_open_folder_is_found_and_mended(folder: Path, texts: dict[str, str]) -> None:
    folder.chmod(0o755)

    assert certificate.read(folder, GID)["trouble"] == f"owner or mode of {folder} was changed on the host"
    assert certificate.write(folder, GID, texts) and mode(folder) == 0o750


def with_passphrase(key: str) -> str:
    return (
        serialization.load_pem_private_key(key.encode(), None)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hunter2-hunter2"),
        )
        .decode()
    )


@pytest.mark.parametrize("kind", ["another", "damaged", "passphrase"])
def test_a_key_that_is_of_no_use_is_found(folder: Path, texts: dict[str, str], tmp_path: Path, kind: str) -> None:
    key = {
        "another": authority(tmp_path / "ca", "a passphrase for tests", "dev", lambda: PERMITTED)
        .issue(["mon1"], 90)
        .key,
        "damaged": texts["key.pem"][:100],
        "passphrase": with_passphrase(texts["key.pem"]),
    }[kind]
    certificate.write(folder, GID, {**texts, "key.pem": key})

    assert certificate.read(folder, GID)["trouble"] == (
        f"{folder / 'key.pem'} does not fit certificate.pem, or one of the two is damaged"
    )


# The module around it


class Ended(Exception):
    """A double of the module's exit."""


def run(monkeypatch: pytest.MonkeyPatch, config_root: Path, pair: Pair, group: str = GROUP) -> dict[str, Any]:
    def end(**result: Any) -> None:
        raise Ended(result)

    params = {"component": "app", "group": group, "config_root": str(config_root), **vars(pair)}
    module = SimpleNamespace(params=params, exit_json=end, fail_json=end)
    monkeypatch.setattr(component_certificate, "AnsibleModule", lambda **_: module)
    with pytest.raises(Ended) as ended:
        component_certificate.main()
    return dict(ended.value.args[0])


def test_the_module_writes_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pair: Pair) -> None:
    assert [run(monkeypatch, tmp_path, pair) for _ in range(2)] == [{"changed": True}, {"changed": False}]
    assert (tmp_path / "tls" / "app" / "key.pem").read_text() == pair.key


def test_the_module_refuses_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pair: Pair) -> None:
    assert run(monkeypatch, tmp_path, pair, group="no-such-group")["msg"] == (
        "the group no-such-group does not exist on this host: deploy the component first."
    )
    (tmp_path / "tls").write_text("a file")
    assert run(monkeypatch, tmp_path, pair)["msg"].startswith("the certificate cannot be written on this host: ")
