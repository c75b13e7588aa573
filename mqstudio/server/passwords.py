"""Passwords: hashed by argon2id, checked in threads, and remembered once they were right.

A check is made to be slow (about 30 ms). It must not hold up the loop, nor keep all processors from it, nor
be paid again at each reconnect: two threads that stand back do the work, the same login asked about by many
at once is worked out once, and what was right is remembered by a keyed digest.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
import secrets
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from mqstudio.model.access import HashKind, User
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import HASH_MEMORY_KIB, LOGINS_REMEMBERED, LOGINS_WAITING

THREADS: Final = 2
_NICENESS: Final = 5
_SALT_BYTES: Final = 4
_DIGESTS = {HashKind.SHA256: hashlib.sha256, HashKind.SHA512: hashlib.sha512}

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with 19 MiB: OWASP's first choice for logins that somebody waits for."""

T = TypeVar("T")


def salted_hash(password: str, kind: HashKind, salt: bytes | None = None) -> str:
    """The quick kinds of hash, as definitions of RabbitMQ carry them: base64 of a salt and the digest."""
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    return base64.b64encode(salt + _DIGESTS[kind](salt + password.encode()).digest()).decode()


def check_hash(text: str, kind: HashKind) -> None:
    """Raises: ValueError with a sentence if this is no hash of that kind, or one too costly to check."""
    if kind is HashKind.ARGON2ID:
        try:
            cost = extract_parameters(text)
        except InvalidHashError:
            raise ValueError("A hash of kind argon2id begins '$argon2id$v=19$m='; this does not.") from None
        if cost.memory_cost > HASH_MEMORY_KIB or cost.time_cost * cost.parallelism > 16:
            raise ValueError(
                f"Checking this hash would take more than {HASH_MEMORY_KIB // 1024} MiB or long."
            )
        return
    try:
        length = len(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise ValueError(f"A hash of kind {kind} is written in base64; this is not.") from None
    wanted = _SALT_BYTES + _DIGESTS[kind]().digest_size
    if length != wanted:
        raise ValueError(f"A hash of kind {kind} has {wanted} bytes, its salt included; this has {length}.")


class Passwords:
    """Checks and makes hashes in threads of its own; belongs to one loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "passwords", _stand_back)
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._asked: dict[bytes, asyncio.Future[bool]] = {}
        self._waiting = 0

    def is_right_at_once(self, user: User, password: str) -> bool:
        """Whether the password is right, and that can be told without work: False may still be right."""
        if not user.has_password or not password:
            return False
        if user.hash_kind is not HashKind.ARGON2ID:
            salt = base64.b64decode(user.password_hash)[:_SALT_BYTES]
            return hmac.compare_digest(salted_hash(password, user.hash_kind, salt), user.password_hash)
        digest = self._digest(user, password)
        if digest not in self._right:
            return False
        self._right.move_to_end(digest)
        return True

    def check(self, user: User | None, password: str) -> "asyncio.Future[bool]":
        """Find out whether the password is right; for a user that there is not it takes as long.

        Shield the answer from being cancelled: others may wait for the same one.
        Raises: RefusedError(TOO_MANY) when too many wait already.
        """
        if user is None or not user.has_password or user.hash_kind is not HashKind.ARGON2ID or not password:
            return self._run(lambda: bool(HASHER.hash(password)) and False)
        digest = self._digest(user, password)
        asked = self._asked.get(digest)
        if asked is None:
            asked = self._asked[digest] = self._run(lambda: _verify(user.password_hash, password))
            asked.add_done_callback(lambda done: self._note(digest, done))
        return asked

    def hash(self, password: str) -> "asyncio.Future[str]":
        """Hash a new password. Raises: RefusedError(TOO_MANY)."""
        return self._run(lambda: HASHER.hash(password))

    def close(self) -> None:
        """Let the threads go; what has not begun is not done any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _digest(self, user: User, password: str) -> bytes:
        """What stands for a login in memory. With the hash in it, a changed password forgets the old one."""
        said = "\0".join((user.name, user.password_hash, password))
        return hmac.digest(self._key, said.encode(), "sha256")

    def _note(self, digest: bytes, done: "asyncio.Future[bool]") -> None:
        del self._asked[digest]
        if not done.cancelled() and done.exception() is None and done.result():
            self._right[digest] = None
            if len(self._right) > LOGINS_REMEMBERED:
                self._right.popitem(last=False)

    def _run(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        if self._waiting >= LOGINS_WAITING:
            raise RefusedError(
                Refusal.TOO_MANY,
                f"{self._waiting} passwords wait to be checked; one more would have to wait too long. "
                "Try again in some seconds.",
            )
        self._waiting += 1
        working = asyncio.get_running_loop().run_in_executor(self._threads, work)
        working.add_done_callback(self._on_done)
        return working

    def _on_done(self, _done: object) -> None:
        self._waiting -= 1


def _verify(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except VerificationError:
        return False


def _stand_back() -> None:
    """Let the loop go first where processors are short; threads have a niceness of their own on Linux."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
