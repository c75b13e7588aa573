"""Rates in a profile: as rows, read again, and forgotten when they are too old or too many."""

from collections.abc import Collection, Iterator
from typing import Any, Final

import apsw
from msgspec.structs import astuple

from mqstudio.model.limits import RATE_ANSWER_STEPS, RATE_ROWS_MAX
from mqstudio.model.rates import TIERS, RateStep, Scope
from mqstudio.store.changes import Row
from mqstudio.store.ledger import Ledger

ROWS: Final = 500
"""Rows that one transaction takes away."""

_COLUMNS: Final = (
    "at_us, length_us, published, delivered, settled, redelivered, unroutable, depth, in_flight, waits, "
    "holds, one_in"
)
_OLDEST: Final = (
    "SELECT kind, scope_id, step_us, at_us FROM rate WHERE step_us=? AND at_us<? ORDER BY at_us LIMIT ?"
)
_FORGET: Final = "DELETE FROM rate WHERE kind=? AND scope_id=? AND step_us=? AND at_us=?"


def rate_row(scope: Scope, step_us: int, step: RateStep) -> Row:
    """A row of the table: whose step it is, of which length, and the step."""
    return str(scope.kind), scope.id, step_us, *astuple(step)


def read(  # noqa: PLR0917  # as they come over the pipe
    connection: apsw.Connection, kind: str, ids: Collection[int], step_us: int, since_us: int, until_us: int
) -> list[RateStep]:
    """Steps of one length that ended within a time, oldest first; the newest of too many.

    A file of an older version, which is only looked at, has none.
    """
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name='rate'").fetchone():
        return []
    which = ",".join(str(int(each)) for each in ids)
    sql = (
        f"SELECT {_COLUMNS} FROM rate WHERE kind=? AND scope_id IN ({which}) AND step_us=? "
        "AND at_us>? AND at_us<=? ORDER BY at_us DESC LIMIT ?"
    )
    rows: list[Any] = connection.execute(  # Any: as the table has them
        sql, (kind, step_us, since_us, until_us, RATE_ANSWER_STEPS)
    ).fetchall()
    return [RateStep(*row) for row in reversed(rows)]


def forget_rates(ledger: Ledger, now_us: int) -> Iterator[bool]:
    """Take away what is too old for its length, then the oldest of too many."""
    for tier in TIERS[1:]:
        yield from _forget(ledger, tier.step_us, now_us - tier.keep_us, None)
    too_many = (ledger.value("SELECT count(*) FROM rate") or 0) - RATE_ROWS_MAX
    for tier in TIERS[1:]:
        if too_many > 0:
            share = min(
                too_many, ledger.value("SELECT count(*) FROM rate WHERE step_us=?", tier.step_us) // 2
            )
            yield from _forget(ledger, tier.step_us, now_us, share)
            too_many -= share


def _forget(ledger: Ledger, step_us: int, before_us: int, most: int | None) -> Iterator[bool]:
    while most is None or most > 0:
        rows = ledger.rows(_OLDEST, step_us, before_us, ROWS if most is None else min(ROWS, most))
        if not rows:
            return
        with ledger.connection:
            ledger.delete(_FORGET, rows)
        if most is not None:
            most -= len(rows)
        yield True
