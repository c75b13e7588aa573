"""How much of the past a profile keeps; told when a broker starts, and remembered in the profile."""

from typing import Final

import apsw
from msgspec import Struct

from mqstudio.model import limits
from mqstudio.store.spec_text import from_text, to_text

SETTING: Final = "setting"
"""The kind of definitions that are about the profile itself."""


class Bounds(Struct, frozen=True):
    """What has ended is kept for `keep_us`, as long as the ledger takes no more than `keep_bytes`."""

    keep_us: int = limits.LEDGER_KEEP_US
    keep_bytes: int = limits.LEDGER_KEEP_BYTES


class KeptSince(Struct, frozen=True):
    """Up to event `event_id` what has ended is forgotten; what came later, from `at_us` on, is whole."""

    event_id: int = 0
    at_us: int = 0


class BackedUp(Struct, frozen=True):
    """When the last backup was made."""

    at_us: int


def read_setting(connection: apsw.Connection, name: str) -> str | None:
    """What a profile remembers under a name."""
    sql = "SELECT spec FROM definition WHERE kind=? AND vhost='' AND name=?"
    row = connection.execute(sql, (SETTING, name)).fetchone()
    return None if row is None else row[0]


def write_setting(connection: apsw.Connection, name: str, value: Struct) -> None:
    """Remember something under a name."""
    sql = "INSERT OR REPLACE INTO definition(kind, vhost, name, spec) VALUES (?, '', ?, ?)"
    connection.execute(sql, (SETTING, name, to_text(value)))


def settle_bounds(connection: apsw.Connection, keep_us: int | None, keep_bytes: int | None) -> Bounds:
    """The bounds that hold from now on: as told, else as before, else the usual ones."""
    text = read_setting(connection, "bounds")
    before = from_text(text, Bounds) if text is not None else Bounds()
    bounds = Bounds(
        before.keep_us if keep_us is None else keep_us,
        before.keep_bytes if keep_bytes is None else keep_bytes,
    )
    if bounds != before:
        write_setting(connection, "bounds", bounds)
    return bounds
