"""One bit of a profile's file is not what was written: is it noticed, harmless, or silent?

Silent is what nobody is told of though it says something else: that must never be so for messages, for where
they wait, and for what exists.
"""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

import apsw
import msgspec

from mqstudio.model.message import Message
from mqstudio.store import reader_rows, restore, sums
from mqstudio.store.messages import COLUMNS, message_of
from mqstudio.store.opened import Opened
from mqstudio.store.problems import ProfileError
from mqstudio.store.profile_file import open_for_writing
from tests.crash.clients import Clients
from tests.crash.disk import Content, Disk
from tests.crash.mutants import Mutant
from tests.crash.vfs import mounted
from tests.crash.world import PATH, made_world

STEPS = 250
LEDGER = ("event", "queue", "connection", "channel", "subscription", "broker_event", "bin", "binned", "held")
"""Tables without checksums: what they tell is for people to read."""


@dataclass
class Seen:
    """All that a file holds, as those who read it get it."""

    opened: Opened
    messages: list[Message]
    ledger: dict[str, list[tuple[Any, ...]]]


def profile() -> bytes:
    """The file of a broker that has worked for a while, and ended as it should."""
    with made_world("bits", Mutant()) as world:
        clients = Clients(world)
        clients.arrive()
        for _ in range(STEPS):
            clients.act()
            world.commit()
        world.stop()
        return bytes(world.disk.files[str(PATH)].now)


def look(content: bytes) -> Seen:
    """Open a file and read it all. Raises: whatever tells that something is wrong with it."""
    disk = Disk(Random(0), {str(PATH): Content(content, is_entered=True)})
    with mounted(disk) as vfs:
        connection = open_for_writing(PATH, vfs=vfs.vfs_name, is_alone=True)
        try:
            opened = restore.opened(connection)
            messages = [message_of(row) for row in connection.execute(f"SELECT {COLUMNS} FROM message")]
            gone = connection.execute(
                "SELECT message_id FROM event WHERE message_id NOT IN (SELECT id FROM message) LIMIT 1"
            ).fetchone()
            if gone is not None:  # a page that it is on says so, as does the doctor
                raise ValueError(reader_rows.told_of(connection, gone[0]).problem)
            ledger = {table: list(connection.execute(f"SELECT * FROM {table}")) for table in LEDGER}
        finally:
            connection.close(True)
    if any(sums.of_broker_event(*row[1:4]) != row[4] for row in ledger["broker_event"]):
        raise ValueError("an event is not what was written")  # the doctor says so
    return Seen(opened, messages, ledger)


@dataclass
class Verdict:
    """What became of one flipped bit. what: noticed, harmless, or where it is silent."""

    bit: int
    what: str
    says: str = ""


def flip(content: bytes, bit: int, before: Seen) -> Verdict:
    """Flip one bit and look what there is."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        after = look(bytes(changed))
    except (ProfileError, apsw.Error, msgspec.MsgspecError, ValueError) as problem:
        return Verdict(bit, "noticed", str(problem))
    return Verdict(bit, *_compare(before, after))


def _compare(before: Seen, after: Seen) -> tuple[str, str]:
    if before.messages != after.messages:
        return "message", _first(before.messages, after.messages)
    old, new = before.opened, after.opened
    for name in ("queues", "held", "exchanges", "bindings", "policies", "vhosts"):
        if getattr(old.state, name) != getattr(new.state, name):
            return name, _first(getattr(old.state, name), getattr(new.state, name))
    if old != new:
        return "progress", f"{old.last_commit} {new.last_commit}"
    for table in LEDGER:
        if before.ledger[table] != after.ledger[table]:
            return f"ledger: {table}", _first(before.ledger[table], after.ledger[table])
    return "harmless", ""


def _first(old: Any, new: Any) -> str:  # Any: two sequences of rows
    for one, other in zip(old, new, strict=False):
        if one != other:
            return f"{one} became {other}"[:500]
    return f"{len(old)} became {len(new)}"


def trials(count: int, seed: str) -> tuple[Counter[str], list[Verdict]]:
    """Flip so many bits, one at a time. Returns: how often each came out; the silent ones."""
    content, rng = profile(), Random(f"bits/{seed}")
    before = look(content)
    counted: Counter[str] = Counter()
    silent = []
    for _ in range(count):
        verdict = flip(content, rng.randrange(len(content) * 8), before)
        counted[verdict.what] += 1
        if verdict.what not in ("noticed", "harmless"):
            silent.append(verdict)
    return counted, silent
