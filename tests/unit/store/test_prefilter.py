"""What of a filter SQLite is asked."""

import pytest

from mqstudio.model.filters.syntax import parse
from mqstudio.store.prefilter import Condition, necessary


@pytest.mark.parametrize(
    ("where", "sql", "values"),
    [
        (
            "headers.tenant == acme",
            "instr(properties, ?) > 0 AND instr(properties, ?) > 0",
            (b"tenant", b"acme"),
        ),
        ("headers.retry > 5", "instr(properties, ?) > 0", (b"retry",)),
        ("type == order.deleted", "instr(properties, ?) > 0", (b"order.deleted",)),
        ('key startswith "eu."', "instr(CAST(routing_key AS BLOB), ?) > 0", (b"eu.",)),
        ("size > 1KB", "body_size > ?", (1000,)),
        ("priority > 3", "instr(CAST(traits AS BLOB), ?) > 0", (b"priority",)),
        ("body.total > 5", "(instr(body, ?) > 0) OR instr(body, x'5c') > 0", (b"total",)),
        ("state == ready and size < 9", "(body_size < ?)", (9,)),
        ("size < 9 or size > 20", "(body_size < ?) OR (body_size > ?)", (9, 20)),
    ],
)
def test_what_must_be_so_is_asked(where: str, sql: str, values: tuple[object, ...]) -> None:
    """Names and texts that must stand in the bytes, sizes, and what is not as usual."""
    assert necessary(parse(where), 0) == Condition(sql, values)


@pytest.mark.parametrize(
    "where",
    ["state == ready", "nowhere", "not size > 5", "priority < 3", "size > 5 or state == ready",
     "size != 5", "size > 9223372036854775807000"],
)  # fmt: skip
def test_what_could_be_otherwise_is_not_asked(where: str) -> None:
    """Nothing is held back for what the table does not tell, or tells otherwise."""
    assert necessary(parse(where), 0) is None
