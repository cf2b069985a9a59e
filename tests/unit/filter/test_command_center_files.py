# SPDX-License-Identifier: GPL-3.0-or-later
"""command_center_files: from command_center_* variables to the file that the program reads."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.masking import Masker
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.command_center.config import (
    files as command_center_files,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.command_center.config import (
    users_files as command_center_users,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.web_files import caller_password
from command_center.config import load

PASSWORD = "correct horse battery"
HOSTS = {
    "crm": [{"name": "crm1", "address": "10.0.0.9", "local": False}],
    "here": [{"name": "mon1", "address": "127.0.0.1", "local": True}],
    "six": [{"name": "six1", "address": "fd00::6", "local": False}],
    "two": [{"name": name, "address": name, "local": False} for name in ("a", "b")],
    "empty": [],
}
MEDIA = {"name": "media", "url": "https://media.example/uploads/stats", "totals": {"uploads": "total_files"}}
EXPOSITION = {"name": "e", "kind": "exposition", "url": "http://e:1/metrics", "totals": {"jobs": "jobs_total"}}


def params(**changes: Any) -> dict[str, Any]:
    return {"env": "dev", "host": "mon1", "hosts": HOSTS, **changes}


def config(**changes: Any) -> Any:
    return json.loads(command_center_files(params(**changes))["command_center.json"])


def error(**changes: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        command_center_files(params(**changes))
    sentence = str(raised.value)
    assert sentence.endswith((".", "?")) and "\n" not in sentence
    return sentence


def vertical(**keys: Any) -> dict[str, Any]:
    return {"verticals": [{"name": "crm", **keys}]}


def test_defaults_are_the_platforms() -> None:
    assert config() == {
        "env": "dev",
        "listen": {"address": "127.0.0.1", "port": 8010},
        "interval_seconds": 15,
        "timeout_seconds": 10,
        "stale_after_seconds": 120,
        "concurrency": 50,
        "max_body_bytes": 1048576,
        "attribution": {"top_keys": 20},
        "state_dir": "/var/lib/aetherlink/command_center",
        "verticals": [],
    }


def test_the_program_takes_what_the_filter_makes(tmp_path: Path) -> None:
    made = command_center_files(
        params(
            interval=30, timeout="500ms", verticals=[MEDIA, EXPOSITION, {"name": "crm", "group": "crm", "port": 8001}]
        )
    )
    path = tmp_path / "command_center.json"
    path.write_text(made["command_center.json"])
    loaded = load(path)
    assert (loaded.interval_seconds, loaded.timeout_seconds) == (30, 0.5)
    assert [entry.url for entry in loaded.verticals] == [MEDIA["url"], EXPOSITION["url"], "http://10.0.0.9:8001/stats"]


def test_a_vertical_is_asked_at_the_one_host_of_its_group() -> None:
    entries = [
        {"name": "a", "group": "crm", "port": 8001},
        {"name": "b", "group": "here", "port": 8002, "path": "/uploads/stats"},
        {"name": "c", "group": "six", "port": 8003, "scheme": "https"},
    ]
    assert [entry["url"] for entry in config(verticals=entries)["verticals"]] == [
        "http://10.0.0.9:8001/stats",
        "http://127.0.0.1:8002/uploads/stats",
        "https://[fd00::6]:8003/stats",
    ]


def test_totals_stay_out_where_none_are_given_so_that_the_programs_defaults_hold() -> None:
    plain, mapped = config(verticals=[{"name": "crm", "url": "http://a/stats"}, MEDIA])["verticals"]
    assert "totals" not in plain
    assert mapped["totals"] == {"uploads": "total_files"}


def test_secrets_are_named_and_never_taken() -> None:
    made = config(secrets=["digest_key", "aliases"])
    assert made["attribution"] == {
        "top_keys": 20,
        "digest_key_file": "secrets/digest_key",
        "aliases_file": "secrets/aliases.json",
    }
    assert error(secrets=["digest"]) == (
        'command_center_secrets.digest is not a secret of Command Center (did you mean "digest_key"?): '
        "use digest_key, aliases."
    )


def test_the_same_input_gives_the_same_bytes_and_stays_as_it_was() -> None:
    given = params(verticals=[MEDIA])
    before = copy.deepcopy(given)
    assert command_center_files(given) == command_center_files(given)
    assert given == before


@pytest.mark.parametrize(("value", "seconds"), [(15, 15), (0.5, 0.5), ("15s", 15), ("1m30s", 90), ("500ms", 0.5)])
def test_times_are_seconds_or_durations(value: Any, seconds: float) -> None:
    assert config(timeout="100ms", interval=value, stale_after=120)["interval_seconds"] == seconds


@pytest.mark.parametrize("value", ["15", 0, -1, True, None, "0s", 4000, "2h"])
def test_times_that_are_none(value: Any) -> None:
    assert error(interval=value).startswith("command_center_interval is ")


def test_times_fit_each_other() -> None:
    assert error(timeout="20s") == (
        'command_center_timeout is "20s", longer than command_center_interval, "15s": '
        "shorten the one or lengthen the other."
    )
    assert "longer than command_center_stale_after" in error(stale_after=10)


def test_two_verticals_of_one_name() -> None:
    assert error(verticals=[MEDIA, MEDIA]).startswith('command_center_verticals[1] is the vertical "media" again')


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (vertical(), "has neither url nor group"),
        (vertical(url="http://a/", group="crm"), "has both url and group"),
        (vertical(group="crm"), "command_center_verticals[0] has a group and no port"),
        (vertical(url="http://a/", port=1), "port goes with group, but here is a url"),
        (vertical(group="crn", port=1), 'names the inventory group "crn", which does not exist (did you mean "crm"?)'),
        (vertical(group="empty", port=1), 'the vertical "crm" names the inventory group "empty", which has no hosts'),
        (vertical(group="two", port=1), "which has 2 hosts"),
        (vertical(url="ftp://a/"), "is not an http or https URL"),
        (vertical(url="a/stats"), "is not an http or https URL"),
        (vertical(url="http://"), "is not an http or https URL"),
        (vertical(url="http://a:99999/"), "is not an http or https URL"),
        (vertical(url="http://a/ b"), "is not an http or https URL"),
        (vertical(url="http://a/#x"), "part after # is never sent"),
        (vertical(url="http://a/", kind="json"), 'kind is "json": write one of stats, exposition'),
        (vertical(url="http://a/", totals={}), "totals is empty: map at least one of contacts"),
        (vertical(url="http://a/", totals={"contact": "x"}), 'did you mean "contacts"?'),
        (vertical(url="http://a/", timestamp_metric="x"), "only goes with kind exposition"),
        ({"verticals": [{"name": "e", "kind": "exposition", "url": "http://a/"}]}, "has no totals"),
        (
            {"verticals": [{**EXPOSITION, "totals": {"jobs": "a-b"}}]},
            'totals.jobs is "a-b", which is not a metric name',
        ),
        ({"verticals": [{**EXPOSITION, "attribution_metric": "x"}]}, "give both or neither"),
        ({"verticals": [{"name": "a b", "url": "http://a/"}]}, "becomes a label's value"),
        ({"verticals": [{"name": "a", "uri": "http://a/"}]}, 'uri is not a key that exists (did you mean "url"?)'),
        ({"verticals": {"a": "b"}}, "command_center_verticals is a mapping, but must be a list"),
        ({"listen_address": "mon1"}, 'command_center_listen_address is "mon1", which is not an IP address'),
        ({"port": "8010"}, 'command_center_port is "8010": write a whole number'),
        ({"concurrency": 0}, "command_center_concurrency is 0: write a whole number from 1 to 1000"),
        ({"top_keys": 501}, "command_center_top_keys is 501"),
        ({"env": "test"}, 'aether_env is "test"'),
        ({"vertical": []}, 'did you mean "verticals"?'),
    ],
)
def test_bad_input(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in error(**changes)


def test_a_url_with_credentials_is_refused_and_not_shown() -> None:
    sentence = error(**vertical(url="http://u:hunter2@a/stats"))
    assert sentence == "command_center_verticals[0].url is a URL with credentials in it: take them out of the URL."


def users(**changes: Any) -> dict[str, str]:
    return command_center_users({"env": "prod", "host": "mon1", "password": PASSWORD, **changes})


def users_error(**changes: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        users(**changes)
    sentence = str(raised.value)
    assert sentence.endswith(".") and "\n" not in sentence
    assert "SECRET" not in sentence
    return sentence


def test_tls_and_basic_auth_are_named() -> None:
    made = config(tls=True, basic_auth=True)
    assert made["listen"] == {
        "address": "127.0.0.1",
        "port": 8010,
        "tls": {
            "certificate_file": "/etc/aetherlink/tls/command_center/certificate.pem",
            "key_file": "/etc/aetherlink/tls/command_center/key.pem",
        },
    }
    assert made["basic_auth"] == {"users_file": "secrets/web_users"}
    assert "command_center_tls" in error(tls="yes")


def test_the_program_takes_the_users_that_the_filter_makes(tmp_path: Path) -> None:
    made = {**command_center_files(params(basic_auth=True, tls=True)), **users(people={"ada": "ada's own word"})}
    (tmp_path / "secrets").mkdir()
    for name, content in made.items():
        (tmp_path / name).write_text(content)
    loaded = load(tmp_path / "command_center.json")
    assert loaded.listen.tls is not None
    assert list(loaded.users) == [b"aetherlink", b"aetherlink-prometheus", b"ada"]
    assert loaded.users[b"aetherlink"].fits(PASSWORD.encode())
    assert loaded.users[b"ada"].fits(b"ada's own word")
    assert not loaded.users[b"ada"].fits(PASSWORD.encode())
    shown = caller_password(PASSWORD, "prometheus", "command_center")
    assert loaded.users[b"aetherlink-prometheus"].fits(shown.encode())
    assert not loaded.users[b"aetherlink"].fits(shown.encode())
    assert made["secrets/web_password"] == PASSWORD
    assert shown not in "".join(made.values()), "it learns the password of its caller from the caller alone"


def test_other_machine_users_are_let_in_too() -> None:
    made = users(also={"next": "SECRET word of 20"})["secrets/web_users"]
    assert [line.partition(":")[0] for line in made.splitlines()] == [
        *("aetherlink", "aetherlink-prometheus", "next", "next-prometheus")
    ]


def test_hashes_stay_put_and_differ_where_anything_does() -> None:
    assert users() == users()

    def hashes(**changes: Any) -> str:
        return users(**changes)["secrets/web_users"].partition(":")[2]

    others = [hashes(env="staging"), hashes(host="mon2"), hashes(user="other"), hashes(password=PASSWORD + "2")]
    assert len({hashes(), *others}) == 5
    # The salt does not depend on the password: it would be a fast hash of it.
    assert hashes().split("$")[3] == hashes(password=PASSWORD + "2").split("$")[3]
    callers = [made.splitlines()[1].split("$")[3] for made in (hashes(), hashes(password=PASSWORD + "2"))]
    assert callers[0] == callers[1]


def test_a_rendering_pays_for_one_stretching_and_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    paid: list[int] = []
    real = hashlib.scrypt

    def counted(*one: Any, n: int, r: int, **more: Any) -> bytes:
        paid.append(n * r)
        return real(*one, n=n, r=r, **more)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    made = users(password="a password that no test has", people={"ada": "a word that no test has"})
    assert sorted(paid) == [2 * 8, 2**12 * 6, 2**14 * 8], "a derived login, the machine user's, a person's"
    costs = ["$".join(line.split("$")[1:3]) for line in made["secrets/web_users"].splitlines()]
    assert costs == ["4096$6", "2$8", "16384$8"]


def test_the_machines_hash_does_not_tell_the_callers_key() -> None:
    known = base64.b64decode(users()["secrets/web_users"].splitlines()[0].rpartition("$")[2])
    pair = hmac.digest(known, b"prometheus\0command_center", "sha256")
    assert base64.urlsafe_b64encode(pair).decode().rstrip("=") != caller_password(
        PASSWORD, "prometheus", "command_center"
    )


def test_without_a_password_there_are_no_users() -> None:
    assert users(password="") == {}
    assert users(password=None) == {}


def test_no_name_of_a_user_is_masked_wherever_it_stands() -> None:
    masker = Masker(list(users(people={"grafana": "SECRET word of 20"}).values()))
    assert masker.mask("/opt/aetherlink/command_center asked by grafana") == (
        "/opt/aetherlink/command_center asked by grafana"
    )
    shown = masker.mask(f"{PASSWORD}\n{users()['secrets/web_users']}")
    assert PASSWORD not in shown
    assert "scrypt" not in shown


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": "SECRET"}, "aether_web_password is shorter than 12 characters, which prod does not take"),
        ({"password": "", "people": {"ada": "SECRET word of 20"}}, "command_center_basic_auth_users makes"),
        ({"people": {"ada": "SECRET"}}, "command_center_basic_auth_users.ada is shorter than 12 characters"),
        (
            {"people": {"aetherlink": "SECRET word of 20"}},
            "is a machine user, whose password comes from aether_web_pass",
        ),
        (
            {"people": {"aetherlink-grafana": "SECRET word of 20"}},
            'users["aetherlink-grafana"] is a machine user',
        ),
        ({"password": "", "also": {"next": "SECRET word of 20"}}, "aether_web_also makes command_center ask"),
        ({"people": {"a:b": "SECRET word of 20"}}, "is not a user's name"),
        ({"people": {"ada": "SECRET word of 20\n"}}, "a character that cannot be typed"),
        ({"people": ["ada"]}, "command_center_basic_auth_users is a list"),
        ({"env": "test"}, 'aether_env is "test"'),
        ({"tls": True}, 'no parameter "tls"'),
    ],
)
def test_bad_users(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in users_error(**changes)
