"""Passwords: hashes of each kind, work in threads, and what is remembered of it."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from mqstudio.model import limits
from mqstudio.model.access import HashKind, User
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.server import passwords
from mqstudio.server.passwords import HASHER, Passwords, check_hash, salted_hash

SLOW = User("anna", (), HASHER.hash("secret"))
QUICK = User("bert", (), salted_hash("secret", HashKind.SHA256), HashKind.SHA256)


@pytest_asyncio.fixture
async def checker() -> AsyncIterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_a_right_password_is_worked_out_once_and_then_known(checker: Passwords) -> None:
    assert not checker.is_right_at_once(SLOW, "secret")
    assert await checker.check(SLOW, "secret") is True
    assert checker.is_right_at_once(SLOW, "secret")
    assert not checker.is_right_at_once(SLOW, "Secret")


async def test_a_changed_password_forgets_the_old_one(checker: Passwords) -> None:
    await checker.check(SLOW, "secret")
    changed = User("anna", (), await checker.hash("other"))
    assert not checker.is_right_at_once(changed, "secret")
    assert await checker.check(changed, "secret") is False
    assert await checker.check(changed, "other") is True


@pytest.mark.parametrize(
    "user", [None, SLOW, QUICK, User("nobody")], ids=["none", "slow", "quick", "without"]
)
@pytest.mark.parametrize("password", ["wrong", ""])
async def test_a_wrong_password_is_wrong_after_work(
    checker: Passwords, user: User | None, password: str
) -> None:
    """Also where there is no such user: how long it takes tells nothing."""
    assert await checker.check(user, password) is False
    assert user is None or not checker.is_right_at_once(user, password)


async def test_equal_logins_at_once_are_worked_out_once(checker: Passwords) -> None:
    first, second = checker.check(SLOW, "secret"), checker.check(SLOW, "secret")
    assert first is second
    assert await first
    assert checker.check(SLOW, "secret") is not first


async def test_too_many_at_once_are_refused(checker: Passwords) -> None:
    """What waits longer than a handshake may take is in vain."""
    waiting = [checker.check(SLOW, f"wrong {number}") for number in range(limits.LOGINS_WAITING)]
    with pytest.raises(RefusedError) as caught:
        checker.hash("another")
    assert caught.value.why is Refusal.TOO_MANY
    for each in waiting[2:]:
        each.cancel()
    await asyncio.wait(waiting)
    assert await checker.hash("another")


async def test_what_is_remembered_is_bounded(checker: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    """The least recently used login goes first."""
    monkeypatch.setattr(passwords, "LOGINS_REMEMBERED", 2)
    one, two, three = [User(name, (), SLOW.password_hash) for name in ("one", "two", "three")]
    for user in (one, two):
        await checker.check(user, "secret")
    assert checker.is_right_at_once(one, "secret")
    await checker.check(three, "secret")
    assert [checker.is_right_at_once(user, "secret") for user in (one, two, three)] == [True, False, True]


def test_the_example_of_rabbitmqs_documentation() -> None:
    """`test12` with the salt 908DC60A (rabbitmq.com/docs/passwords)."""
    made = salted_hash("test12", HashKind.SHA256, bytes.fromhex("908DC60A"))
    assert made == "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"


@pytest.mark.parametrize("kind", [HashKind.SHA256, HashKind.SHA512])
async def test_hashes_of_definitions_are_checked_at_once(checker: Passwords, kind: HashKind) -> None:
    user = User("c", (), salted_hash("test12", kind), kind)
    assert salted_hash("test12", kind) != user.password_hash
    assert checker.is_right_at_once(user, "test12")
    assert not checker.is_right_at_once(user, "test13")


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("!", HashKind.SHA256, "written in base64"),
        ("ü", HashKind.SHA256, "written in base64"),
        ("QUJD", HashKind.SHA256, "has 36 bytes, its salt included; this has 3"),
        (salted_hash("a", HashKind.SHA256), HashKind.SHA512, "has 68 bytes"),
        ("secret", HashKind.ARGON2ID, "this does not"),
        (SLOW.password_hash.replace("m=19456", "m=4000000"), HashKind.ARGON2ID, "more than 64 MiB"),
        (SLOW.password_hash.replace("t=2", "t=1000"), HashKind.ARGON2ID, "or long"),
    ],
    ids=["no base64", "no ASCII", "too short", "another kind", "no argon2", "much memory", "long"],
)
def test_what_is_no_hash_is_refused(text: str, kind: HashKind, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_hash(text, kind)


@pytest.mark.parametrize("user", [SLOW, QUICK])
def test_our_own_hashes_pass(user: User) -> None:
    check_hash(user.password_hash, user.hash_kind)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own there")
async def test_the_threads_stand_back(checker: Passwords) -> None:
    """The loop's thread keeps its priority."""
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    await checker.hash("a")
    (worker, *_) = checker._threads._threads
    assert os.getpriority(os.PRIO_PROCESS, worker.native_id or 0) == 5
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own
