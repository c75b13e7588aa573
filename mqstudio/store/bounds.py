"""How much of the past a profile keeps; told when a broker starts, and remembered in the profile."""

from typing import Final

import apsw
from msgspec import Struct

from mqstudio.model import limits
from mqstudio.store.spec_text import from_text, to_text
from mqstudio.store.sums import of_definition

SETTING: Final = "setting"
"""The kind of definitions that are about the profile itself."""


KEEP_US: Final = "keep_us"
KEEP_BYTES: Final = "keep_bytes"
"""What these settings are called; each is an Amount."""


class Amount(Struct, frozen=True):
    """A number that is remembered."""

    value: int


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
    sql = "INSERT OR REPLACE INTO definition VALUES (?, '', ?, ?, ?)"
    text = to_text(value)
    connection.execute(sql, (SETTING, name, text, of_definition(SETTING, "", name, text)))


def read_bounds(connection: apsw.Connection) -> Bounds:
    """The bounds as last told, else the usual ones."""
    keep_us, keep_bytes = (read_setting(connection, name) for name in (KEEP_US, KEEP_BYTES))
    usual = Bounds()
    return Bounds(
        usual.keep_us if keep_us is None else from_text(keep_us, Amount).value,
        usual.keep_bytes if keep_bytes is None else from_text(keep_bytes, Amount).value,
    )
