# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords: right, wrong and many of them."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_center import passwords
from command_center.config import Config
from command_center.fields import ConfigError
from command_center.passwords import Busy, PasswordHash, Passwords

from tests.unit.command_center.pair import hashed, users_text

FORM = f"scrypt$16384$8${'A' * 22}==${'A' * 43}="  # of no password, in the right form
SECRET = "correct horse battery"
HASH = PasswordHash.parse(hashed(SECRET))


@pytest.fixture
def machine() -> Passwords:
    found = Passwords()
    found.use({b"machine": HASH})
    return found


class Slow:
    """A double of a hash, whose checks end when they are let go; it counts them."""

    def __init__(self) -> None:
        self.checks = 0
        self.go = threading.Event()

    def fits(self, _password: bytes) -> bool:
        self.checks += 1
        return self.go.wait(10) and False


async def test_only_the_right_pair_is_accepted(machine: Passwords) -> None:
    assert await machine.accepts(b"machine", SECRET.encode(), "::1")
    for user, password in (
        (b"machine", b"wrong"),
        (b"machine", b""),
        (b"nobody", SECRET.encode()),
        (b"", b""),
        (b"machine" + SECRET.encode()[:1], SECRET.encode()[1:]),
        (b"\xff\x00", b"\xff" * 8000),
    ):
        assert not await machine.accepts(user, password, "::1")


async def test_without_users_nobody_is_asked(machine: Passwords) -> None:
    assert machine.required
    assert not Passwords().required


async def test_what_was_right_is_remembered_and_what_was_wrong_is_not(
    machine: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bytes] = []
    fits = PasswordHash.fits
    monkeypatch.setattr(PasswordHash, "fits", lambda self, word: checked.append(word) or fits(self, word))
    for _ in range(5):
        assert await machine.accepts(b"machine", SECRET.encode(), "a")
        assert not await machine.accepts(b"machine", b"wrong", "a")
    assert checked == [SECRET.encode(), *[b"wrong"] * 5]
    assert SECRET.encode() not in repr(vars(machine)).encode()


@pytest.mark.parametrize(("n", "r"), [(2, 8), (2**12, 6), (2**14, 7), (2**14, 8)])
def test_a_quick_hash_is_quick_for_the_right_password_alone(n: int, r: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = PasswordHash.parse(hashed(SECRET, n, r))
    tried: list[tuple[int, int]] = []
    real = hashlib.scrypt

    def counted(*one: Any, n: int, r: int, **more: Any) -> bytes:
        tried.append((n, r))
        return real(*one, n=n, r=r, **more)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    assert parsed.fits(SECRET.encode())
    assert tried == [(n, r)]
    assert not parsed.fits(b"wrong")
    assert tried[-1] == (2**14, 8)


async def test_a_wrong_password_and_an_unknown_user_cost_the_same(machine: Passwords) -> None:
    async def seconds(user: bytes) -> float:
        times = []
        for number in range(5):
            started = time.process_time()  # so that a busy machine does not count
            assert not await machine.accepts(user, b"wrong %d" % number, "a")
            times.append(time.process_time() - started)
        return min(times)

    known, unknown = await seconds(b"machine"), await seconds(b"nobody")
    assert 0.5 < known / unknown < 2
    assert min(known, unknown) > 0.005, "the slow hash was left out"


async def test_after_a_change_only_the_new_password_is_right_and_others_stay_remembered(machine: Passwords) -> None:
    ada = PasswordHash.parse(hashed("ada's"))
    machine.use({b"machine": HASH, b"ada": ada})
    assert await machine.accepts(b"machine", SECRET.encode(), "a")
    assert await machine.accepts(b"ada", b"ada's", "a")
    machine.use({b"machine": PasswordHash.parse(hashed("another")), b"ada": ada})
    assert not await machine.accepts(b"machine", SECRET.encode(), "a")
    assert await machine.accepts(b"machine", b"another", "a")
    assert set(machine._right) == {b"machine", b"ada"}
    machine.use({})
    assert not machine._right


async def test_a_password_that_is_changed_during_its_check_is_wrong(
    machine: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    fits = PasswordHash.fits
    monkeypatch.setattr(PasswordHash, "fits", lambda self, word: go.wait(5) and fits(self, word))
    asked = asyncio.create_task(machine.accepts(b"machine", SECRET.encode(), "a"))
    await asyncio.sleep(0.01)
    machine.use({b"machine": PasswordHash.parse(hashed("another"))})
    go.set()
    assert not await asked


async def test_a_flood_from_one_source_leaves_room_for_others(machine: Passwords) -> None:
    machine._nobody = slow = Slow()  # type: ignore[assignment]
    flood = [asyncio.create_task(machine.accepts(b"x", b"%d" % n, f"2001:db8::{n:x}")) for n in range(200)]
    await asyncio.sleep(0.05)
    busy = [task for task in flood if task.done() and isinstance(task.exception(), Busy)]
    assert len(busy) == 200 - passwords.MAX_CHECKS_OF_ONE
    other = asyncio.create_task(machine.accepts(b"machine", SECRET.encode(), "192.0.2.1"))
    slow.go.set()
    assert await other
    await asyncio.gather(*flood, return_exceptions=True)
    await asyncio.sleep(0)
    assert slow.checks == passwords.MAX_CHECKS_OF_ONE
    assert not machine._running
    assert not machine._sources


async def test_a_flood_from_everywhere_is_bounded_and_what_is_remembered_passes(machine: Passwords) -> None:
    assert await machine.accepts(b"machine", SECRET.encode(), "a")
    machine._nobody = slow = Slow()  # type: ignore[assignment]
    flood = [asyncio.create_task(machine.accepts(b"x", b"%d" % n, f"192.0.2.{n}")) for n in range(200)]
    await asyncio.sleep(0.05)
    assert len(machine._running) == passwords.MAX_CHECKS
    started = time.perf_counter()
    assert await machine.accepts(b"machine", SECRET.encode(), "b")
    assert time.perf_counter() - started < 5  # a check of the flood ends when it is told to, below
    slow.go.set()
    await asyncio.gather(*flood, return_exceptions=True)
    assert slow.checks == passwords.MAX_CHECKS


async def test_the_same_pair_at_the_same_time_is_checked_once(
    machine: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bytes] = []
    fits = PasswordHash.fits
    monkeypatch.setattr(PasswordHash, "fits", lambda self, word: checked.append(word) or fits(self, word))
    assert await asyncio.gather(*(machine.accepts(b"machine", SECRET.encode(), "a") for _ in range(20))) == [True] * 20
    assert len(checked) == 1


def test_the_configuration_brings_the_users(make_config: Callable[..., Config], tmp_path: Path) -> None:
    (tmp_path / "users").write_text(users_text(machine="m" * 12, ada="ada's"))
    config = make_config(basic_auth={"users_file": "users"})
    assert list(config.users) == [b"machine", b"ada"]
    assert config.users[b"ada"].fits(b"ada's")
    assert not config.users[b"ada"].fits(b"m" * 12)
    assert "ada" not in repr(config)
    assert make_config().users == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "basic_auth.users_file holds no user;"),
        ("machine\n", "basic_auth.users_file: line 1 has no hash of a password;"),
        ("machine:SECRET\n", "basic_auth.users_file: line 1 has no hash of a password;"),
        ("machine:$2b$10$SECRET\n", "basic_auth.users_file: line 1 has no hash of a password;"),
        ("machine:scrypt$$\n", "basic_auth.users_file: line 1 has no hash of a password;"),
        (f"machine:{FORM[:-8]}\n", "basic_auth.users_file: line 1 has no hash of a password;"),
        (f"machine:{FORM}$\n", "basic_auth.users_file: line 1 has no hash of a password;"),
        *(
            (f"machine:{FORM.replace('$8$', f'${r}$')}\n", "basic_auth.users_file: line 1 has no hash of a password;")
            for r in ("", "0", "-1", "9", "+8", "SECRET")
        ),
        *(
            (f"machine:{FORM.replace('16384', n)}\n", "basic_auth.users_file: line 1 has no hash of a password;")
            for n in ("", "1", "0", "-2", "3", "32768", "1e3", " 2", "SECRET")
        ),
        (f":{FORM}\n", "basic_auth.users_file: line 1 has no user of its own;"),
        (f"\x07:{FORM}\n", "basic_auth.users_file: line 1 has no user of its own;"),
        (f"a:{FORM}\na:{FORM}\n", "basic_auth.users_file: line 2 has no user of its own;"),
        (f"a:{FORM}\n\n", "basic_auth.users_file: line 2 has no user of its own;"),
    ],
)
def test_a_bad_file_of_users_is_told_and_not_quoted(
    make_config: Callable[..., Any], tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "users").write_text(text)
    with pytest.raises(ConfigError) as caught:
        make_config(basic_auth={"users_file": "users"})
    assert str(caught.value).startswith(sentence)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"basic_auth": {}}, "basic_auth.users_file is missing; add it."),
        ({"basic_auth": {"users_file": "nowhere"}}, "basic_auth.users_file cannot be read"),
        ({"basic_auth": {"user": "a"}}, "basic_auth.users_file is missing; add it."),
        ({"listen": {"tls": {}}}, "listen.tls.certificate_file is missing; add it."),
        ({"listen": {"tls": {"certificate_file": "a"}}}, "listen.tls.key_file is missing; add it."),
        (
            {"listen": {"tls": {"certificate_file": "a", "key_file": "b", "min": 1}}},
            "listen.tls.min is not a known key",
        ),
        ({"listen": {"tls": None}}, "listen.tls is not an object;"),
    ],
)
def test_halves_are_told(make_config: Callable[..., Any], changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_config(**changes)
    assert str(caught.value).startswith(sentence)
