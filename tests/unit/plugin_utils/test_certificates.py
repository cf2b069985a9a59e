# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate a host is to have, and when what it has is replaced. found: as the host tells it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import Variables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls import authority as pki
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls import certificates
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.authority import authority
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls.certificates import (
    DesiredCertificate,
    judge,
    rehearse,
)
from cryptography import x509

from .certificate_files import Issued, issued
from .described import described

PASSPHRASE = "a passphrase for tests"
COMPONENT = {"tls": True, "listens": {"prometheus_listen_address": "127.0.0.1"}}


INVENTORY = {"mon1": {"aether_address": "192.0.2.7"}, "web7.prod.example": {"ansible_host": "10.1.2.3"}}
BY = "somebody@controller"


def of(**variables: Any) -> DesiredCertificate | None:
    own: dict[str, Any] = {
        "inventory_hostname": "mon1",
        "aether_tls_ca_passphrase": PASSPHRASE,
        "groups": {"prometheus": list(INVENTORY)},
        "hostvars": INVENTORY,
    }
    component = described(**{**COMPONENT, **variables.pop("component", {})})
    v = Variables("prometheus", {**own, "aether_env": "dev", **variables}, lambda value: value)
    return certificates.wanted(component, v, str(variables.get("inventory_dir", "/i")))


def test_no_certificate_is_for_a_network() -> None:
    assert refusal(aether_address="10.0.0.5/8").startswith('aether_address of the host mon1 is "10.0.0.5/8", which is')


def make(want: DesiredCertificate, read: certificates.Read) -> dict[str, str]:
    return certificates.make(want, read, BY)


def refusal(**variables: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        of(**variables)
    return str(caught.value)


def plain(path: Path) -> str:
    return certificates.read(path, DataLoader())


# What the inventory wants


@pytest.mark.parametrize("tls", [False, None, ""])
def test_a_component_without_tls_wants_none_and_nothing_is_asked_of_it(tls: Any) -> None:
    assert of(component={"tls": tls}, aether_tls_ca_passphrase="") is None


def test_a_component_that_listens_beyond_loopback_does_not_name_loopback() -> None:
    """On loopback it answers there alone. On its own host one with a wildcard is asked at its address."""
    wide, own, ours = (
        of(component={"listens": {"prometheus_listen_address": listen}}) for listen in ("0.0.0.0", "192.0.2.7", "::1")
    )

    assert wide and own and ours
    assert (wide.names, own.names, ours.names) == (["mon1"], ["mon1", "192.0.2.7"], ["mon1", "::1"])


def test_the_names_are_all_by_which_it_is_asked() -> None:
    component = {
        "listens": {
            "a": "192.0.2.9",
            "b": "2001:db8::1",
            "c": "0.0.0.0:9094",
            "d": "192.0.2.10:9094",
            "e": "",
            "f": "::",
        },
        "tls_names": ["alertmanager-cluster"],
    }

    want = of(component=component, ansible_host="192.0.2.7", aether_tls_names=["mon1.example.org", "localhost"])

    assert want and want.names == [
        "mon1",
        "192.0.2.7",
        "192.0.2.9",
        "2001:db8::1",
        "192.0.2.10",
        "alertmanager-cluster",
        "mon1.example.org",
        "localhost",
    ]
    assert want.reached_by == ["192.0.2.7"]


def test_the_address_for_others_goes_before_the_one_of_ansible() -> None:
    want = of(aether_address="10.0.0.7", ansible_host="192.0.2.7")
    alone = of()

    assert want and want.reached_by == ["10.0.0.7"] and "192.0.2.7" not in want.names
    assert alone and alone.reached_by == ["mon1"]


def test_paths_are_below_the_inventory() -> None:
    files = {"certificate": "tls/mon1.pem", "key": "/etc/keys/mon1.pem", "ca": "ca.pem"}
    usual, other, theirs = of(), of(aether_tls_ca_dir="../ca"), of(aether_tls_files=files)

    assert usual and other and (str(usual.ca_dir), str(other.ca_dir)) == ("/i/.ca", "/i/../ca")
    assert theirs and [str(path) for path in theirs.files.values()] == [
        "/i/tls/mon1.pem",
        "/etc/keys/mon1.pem",
        "/i/ca.pem",
    ]


@pytest.mark.parametrize("passphrase", ["", "nineteen characters", 12345678901234567890, None])
def test_without_a_passphrase_no_authority_is_made(passphrase: Any) -> None:
    assert refusal(aether_tls_ca_passphrase=passphrase) == (
        "aether_tls_ca_passphrase is not set, or shorter than 20 characters, and the key of the certificate authority "
        "is kept under it: set it, in the environment's vault, or aether_tls_files for certificates of your own."
    )


def test_files_need_no_passphrase() -> None:
    assert of(aether_tls_ca_passphrase="", aether_tls_files={"certificate": "a", "key": "b", "ca": "c"})


@pytest.mark.parametrize(
    "files",
    [
        {"certificate": "a", "ca": "c"},
        {"certificate": "a", "key": 5, "ca": "c"},
        {"certificate": "a", "key": "", "ca": "c"},
        {"certificate": "a", "key": "b", "ca": "c", "chain": "d"},
        ["a", "b", "c"],
        "a.pem",
        "",
        [],
        None,
    ],
)
def test_files_are_three_paths(files: Any) -> None:
    assert refusal(aether_tls_files=files) == (
        "aether_tls_files must have certificate, key and ca, each the path of a PEM file on the controller: name these "
        "three, or take it out for certificates of the collection's own authority."
    )


@pytest.mark.parametrize("name", ["aether_tls_days", "aether_tls_renew_days"])
@pytest.mark.parametrize(("days", "shown"), [("90", "'90'"), (0, "0"), (True, "True"), (1.5, "1.5")])
def test_days_are_a_whole_number(name: str, days: Any, shown: str) -> None:
    assert refusal(**{name: days}) == f"{name} is {shown}, but must be a whole number of days: set one."


def test_a_certificate_lives_longer_than_it_is_renewed_before() -> None:
    assert refusal(aether_tls_days=30) == (
        "aether_tls_renew_days is not below aether_tls_days, so that each run would make new certificates: shorten the "
        "one or lengthen the other."
    )


@pytest.mark.parametrize("names", ["mon1.example.org", [""], [5], {}])
def test_more_names_are_a_list(names: Any) -> None:
    assert refusal(aether_tls_names=names) == (
        "aether_tls_names is no list of names and addresses: set one, or take it out."
    )


def test_the_directory_of_the_authority_is_a_text() -> None:
    assert refusal(aether_tls_ca_dir=["ca"]) == (
        "aether_tls_ca_dir is no text: set it to a directory on the controller, or take it out."
    )


# Of the own authority


@pytest.fixture
def want(tmp_path: Path) -> DesiredCertificate:
    found = of(inventory_dir=str(tmp_path), aether_address="192.0.2.7")
    assert found
    return found


def found_of(texts: dict[str, str], **changes: str) -> dict[str, str]:
    return {"certificate": texts["certificate"], "authority": texts["authority"], "trouble": "", **changes}


NOTHING = {"certificate": "", "authority": "", "trouble": "/etc/aetherlink/tls/prometheus/certificate.pem is missing"}


def test_the_first_certificate_and_then_no_other(want: DesiredCertificate) -> None:
    assert judge(NOTHING, want, plain) == "there is no certificate authority yet"
    assert not want.ca_dir.exists()  # to judge makes nothing

    texts = make(want, plain)

    assert judge(NOTHING, want, plain) == NOTHING["trouble"]
    assert judge(found_of(texts), want, plain) == ""


@pytest.mark.parametrize("trouble", ["key.pem does not fit certificate.pem", "owner or mode of key.pem was changed"])
def test_what_the_host_finds_is_mended(want: DesiredCertificate, trouble: str) -> None:
    assert judge(found_of(make(want, plain), trouble=trouble), want, plain) == trouble


def test_a_host_with_another_name_gets_another(want: DesiredCertificate) -> None:
    texts = make(want, plain)

    moved = replace(want, names=[*want.names, "192.0.2.8"])
    renamed = replace(want, names=want.names[1:])

    assert judge(found_of(texts), moved, plain) == "the certificate does not name 192.0.2.8"
    assert judge(found_of(texts), renamed, plain) == "the certificate also names mon1"


def test_what_was_issued_is_on_record(want: DesiredCertificate) -> None:
    pair = make(want, plain)
    make(replace(want, host="mon2", component="grafana", names=["mon1", "prod.example"]), plain)

    first, second = (json.loads(line) for line in (want.ca_dir / "issued.jsonl").read_text().splitlines())
    certificate = x509.load_pem_x509_certificate(pair["certificate"].encode())
    assert (first["serial"], first["host"], first["component"]) == (
        f"{certificate.serial_number:x}",
        "mon1",
        "prometheus",
    )
    assert (first["names"], first["by"]) == (["mon1", "192.0.2.7", "127.0.0.1"], BY)
    assert (second["host"], second["component"], second["names"]) == ("mon2", "grafana", ["mon1", "prod.example"])


def test_what_cannot_be_put_on_record_is_not_brought_to_a_host(want: DesiredCertificate) -> None:
    make(want, plain)
    (want.ca_dir / "issued.jsonl").unlink()
    (want.ca_dir / "issued.jsonl").mkdir()

    with pytest.raises(ConfigError) as caught:
        make(want, plain)

    assert str(caught.value) == (
        f"{want.ca_dir}/issued.jsonl, the record of the certificates that were issued, cannot be written (Is a "
        "directory): make the file writable."
    )


def test_a_rehearsal_and_a_refusal_leave_no_record(want: DesiredCertificate) -> None:
    make(want, plain)
    rehearse(want, plain)
    with pytest.raises(ConfigError, match=r"cannot issue for mon1\.example\.com"):
        make(replace(want, names=["mon1.example.com"]), plain)

    assert len((want.ca_dir / "issued.jsonl").read_text().splitlines()) == 1


def test_the_first_run_limits_the_authority_to_the_inventory(want: DesiredCertificate) -> None:
    make(want, plain)

    for names in (["mon1", "192.0.2.99"], ["web8.prod.example", "10.1.2.200"], ["127.0.0.1", "::1"]):
        rehearse(replace(want, names=names), plain)
    for name in ("web1.staging.example", "192.0.3.1", "mon2"):
        with pytest.raises(ConfigError) as caught:
            rehearse(replace(want, names=["mon1", name]), plain)
        assert str(caught.value).startswith(
            f"the certificate authority cannot issue for {name}, since it is limited to "
        )


def test_or_to_what_a_variable_says_whatever_hosts_there_are(tmp_path: Path) -> None:
    limits: dict[str, Any] = {"aether_tls_ca_names": ["mon1", "prod.example", "192.0.2.0/24"]}
    found = of(inventory_dir=str(tmp_path), groups={}, hostvars={}, **limits)
    assert found
    texts = make(found, plain)

    rehearse(replace(found, names=["mon7.prod.example", "192.0.2.99"]), plain)
    assert judge(found_of(texts), found, plain) == ""
    changed = of(inventory_dir=str(tmp_path), aether_tls_ca_names=["mon1"])
    assert changed
    for ask in (
        lambda: judge(found_of(texts), changed, plain),
        lambda: make(changed, plain),
        lambda: rehearse(changed, plain),
    ):
        with pytest.raises(ConfigError, match=r"^aether_tls_ca_names limits the certificate authority to "):
            ask()


def test_a_host_outside_of_the_variable_is_refused_before_there_is_an_authority() -> None:
    assert refusal(aether_tls_ca_names=["prod.example"], aether_address="192.0.2.7") == (
        "aether_tls_ca_names does not cover mon1, which the certificate of prometheus on mon1 names: add it, its "
        "domain or its network to the list."
    )
    files = {"certificate": "a", "key": "b", "ca": "c"}
    assert of(aether_tls_ca_names=["prod.example"], aether_tls_files=files)


def test_a_name_outside_of_the_inventory_is_refused_before_there_is_an_authority(tmp_path: Path) -> None:
    """Such as one that only a play sets."""
    want = of(inventory_dir=str(tmp_path), aether_tls_names=["proxy.prod.example", "proxy.example.org"])
    assert want

    for ask in (rehearse, make):
        with pytest.raises(ConfigError) as caught:
            ask(want, plain)
        assert str(caught.value) == (
            "The certificate of prometheus on mon1 names proxy.example.org, which is outside of what a new certificate "
            "authority is limited to by the inventory (alertmanager-cluster, localhost, mon1, prod.example, "
            "10.1.2.0/24, 127.0.0.0/8, 192.0.2.0/24, ::1/128): set aether_tls_ca_names to all domains and networks "
            "that it is to issue for, or correct the name."
        )
    assert not list(tmp_path.glob(".ca/ca.*"))


def test_what_is_wrong_on_another_host_is_refused_before_there_is_an_authority(tmp_path: Path) -> None:
    want = of(inventory_dir=str(tmp_path), hostvars={**INVENTORY, "mon1": {"aether_tls_names": "mon1.example"}})
    assert want

    with pytest.raises(ConfigError, match=r"^aether_tls_names of the host mon1 is not a list"):
        rehearse(want, plain)


def test_an_authority_that_ends_soon_issues_nothing(want: DesiredCertificate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pki, "AUTHORITY_DAYS", 20)
    authority(want.ca_dir, PASSPHRASE, "dev", want.permitted)

    for ask in (lambda: rehearse(want, plain), lambda: make(want, plain)):
        with pytest.raises(ConfigError, match=r"^the certificate authority ends on .*, within aether_tls_renew_days"):
            ask()


def test_it_is_renewed_before_it_ends(want: DesiredCertificate) -> None:
    texts = make(replace(want, days=29), plain)

    assert judge(found_of(texts), want, plain).startswith("the certificate ends on 2")
    assert judge(found_of(texts), replace(want, renew_days=28), plain) == ""


def test_after_a_new_authority_every_host_gets_another(want: DesiredCertificate) -> None:
    texts = make(want, plain)
    for name in ("ca.pem", "ca.key"):
        (want.ca_dir / name).unlink()
    new = make(want, plain)

    assert judge(found_of(texts), want, plain) == "the certificate is of another authority"
    assert judge(found_of(texts, authority=new["authority"]), want, plain) == "the certificate is of another authority"
    assert judge(found_of(new), want, plain) == ""


def test_a_rehearsal_makes_no_authority(want: DesiredCertificate) -> None:
    rehearse(want, plain)

    assert not want.ca_dir.exists()


def test_a_rehearsal_opens_the_one_that_is_there(want: DesiredCertificate) -> None:
    make(want, plain)
    rehearse(want, plain)

    with pytest.raises(ConfigError, match=r"ca\.key does not open with aether_tls_ca_passphrase: "):
        rehearse(replace(want, passphrase="another passphrase"), plain)
    with pytest.raises(ConfigError, match="a certificate cannot name ü: "):
        rehearse(replace(want, names=["ü"]), plain)


# From files


@pytest.fixture
def theirs(want: DesiredCertificate, tmp_path: Path) -> DesiredCertificate:
    """A certificate with an intermediate, of an authority that this collection does not have."""
    root = issued("Corporate Root")
    between = issued("Corporate Intermediate", root)
    leaf = issued("mon1", between, names=(x509.IPAddress(ip_address("192.0.2.7")),))
    texts = {"certificate": leaf.pem + between.pem, "key": leaf.key_pem(), "ca": root.pem}
    for name, text in texts.items():
        (tmp_path / f"{name}.pem").write_text(text)
    return replace(want, files={name: tmp_path / f"{name}.pem" for name in texts})


def test_files_are_brought_as_they_are_and_make_no_authority(theirs: DesiredCertificate) -> None:
    texts = make(theirs, plain)

    assert texts == {
        "certificate": theirs.files["certificate"].read_text(),
        "key": theirs.files["key"].read_text(),
        "authority": theirs.files["ca"].read_text(),
    }
    assert judge(found_of(texts), theirs, plain) == ""
    assert judge(NOTHING, theirs, plain) == NOTHING["trouble"]
    rehearse(theirs, plain)
    assert not theirs.ca_dir.exists()


def replace_leaf(theirs: DesiredCertificate, leaf: Issued) -> None:
    theirs.files["certificate"].write_text(leaf.pem)
    theirs.files["key"].write_text(leaf.key_pem())


def test_other_files_are_brought(theirs: DesiredCertificate) -> None:
    before = make(theirs, plain)
    root = issued("New Root")
    theirs.files["ca"].write_text(theirs.files["ca"].read_text() + root.pem)

    assert judge(found_of(before), theirs, plain) == "the certificate in aether_tls_files is another"

    replace_leaf(theirs, issued("mon1", root, names=(x509.IPAddress(ip_address("192.0.2.7")),)))

    assert judge(found_of(before), theirs, plain) == "the certificate in aether_tls_files is another"
    assert judge(found_of(make(theirs, plain)), theirs, plain) == ""


MISTAKES: dict[str, Callable[[DesiredCertificate], None]] = {
    "the key is not the certificate's": lambda w: w.files["key"].write_text(issued("x").key_pem()) and None,
    "the certificate ended on": lambda w: replace_leaf(
        w, issued("mon1", names=(x509.DNSName("mon1"),), days=-1, since=-9)
    ),
    "the certificate does not name 192.0.2.7, by which other hosts reach": lambda w: replace_leaf(
        w, issued("mon1", names=(x509.DNSName("mon1"),))
    ),
    "was not issued by what ca holds": lambda w: w.files["ca"].write_text(issued("x").pem) and None,
    "the files must be PEM": lambda w: w.files["ca"].write_text("x") and None,
}


@pytest.mark.parametrize("phrase", MISTAKES)
def test_files_of_no_use_are_refused_also_where_the_host_has_them_already(
    theirs: DesiredCertificate, phrase: str
) -> None:
    MISTAKES[phrase](theirs)
    has = {name: theirs.files[file].read_text() for name, file in [("certificate", "certificate"), ("authority", "ca")]}

    for ask in (
        lambda: make(theirs, plain),
        lambda: rehearse(theirs, plain),
        lambda: judge(found_of(has), theirs, plain),
    ):
        with pytest.raises(ConfigError) as caught:
            ask()
        assert str(caught.value).startswith("aether_tls_files: ") and phrase in str(caught.value)


def test_the_name_of_the_cluster_is_asked_of_files_to_the_letter(theirs: DesiredCertificate) -> None:
    member = replace(theirs, client=True, peer_names=["alertmanager-cluster"])

    with pytest.raises(
        ConfigError, match=r"^aether_tls_files: the certificate does not name alertmanager-cluster itself"
    ):
        make(member, plain)


def test_the_names_that_peers_demand_are_those_of_the_cluster() -> None:
    tls_names = {"tls_names": ["alertmanager-cluster"]}
    member, alone = of(component={**tls_names, "tls_client": True}), of(component=tls_names)

    assert member and alone and (member.peer_names, alone.peer_names) == (["alertmanager-cluster"], [])


# Reading them


def loader_with(password: bytes) -> DataLoader:
    loader = DataLoader()
    loader.set_vault_secrets([("default", VaultSecret(password))])
    return loader


def encrypt(path: Path, password: bytes) -> str:
    """The text that it had."""
    text = path.read_text()
    path.write_bytes(VaultLib([("default", VaultSecret(password))]).encrypt(text))
    return text


def test_a_key_in_a_vault_is_opened_with_the_secrets_of_the_run_and_in_memory(
    theirs: DesiredCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    text = encrypt(theirs.files["key"], b"vault password")
    loader = loader_with(b"vault password")

    assert make(theirs, lambda path: certificates.read(path, loader))["key"] == text


def test_a_file_that_is_no_text_is_a_sentence_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "key.der").write_bytes(b"\x30\x82\xff\xfe")

    with pytest.raises(ConfigError) as caught:
        plain(tmp_path / "key.der")

    sentence = str(caught.value)
    assert sentence.startswith(f"{tmp_path}/key.der cannot be read as text (")
    assert sentence.endswith("): put a PEM file there.")


@pytest.mark.parametrize("password", [b"another password", b""])
def test_a_vault_that_does_not_open_is_a_sentence_with_the_file(theirs: DesiredCertificate, password: bytes) -> None:
    encrypt(theirs.files["key"], b"vault password")

    with pytest.raises(ConfigError) as caught:
        certificates.read(theirs.files["key"], loader_with(password) if password else DataLoader())

    sentence = str(caught.value)
    assert sentence.startswith(f"{theirs.files['key']} cannot be read (") and "\n" not in sentence
    assert sentence.endswith("): give the run its vault password.")


def test_a_file_that_is_not_there_is_a_sentence_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        plain(tmp_path / "nowhere.pem")

    assert str(caught.value).startswith(f"{tmp_path}/nowhere.pem cannot be read (")
    assert str(caught.value).endswith("): put a PEM file there, or correct the path.")


def test_a_file_that_is_no_text_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "mon1.der").write_bytes(b"\x30\x82\xff\xfe")

    with pytest.raises(ConfigError, match=r"mon1\.der cannot be read as text \(.*\): put a PEM file there\.$"):
        plain(tmp_path / "mon1.der")
