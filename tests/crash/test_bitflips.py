"""A flipped bit is noticed or harmless, for all that a broker begins with and for every message it ever had.

Most of the ledger's other rows have no checksum: there a bit may say something else to a reader, and to
nobody more.
"""

import zlib
from pathlib import Path

import apsw
import pytest

from mqstudio.store import messages, restore, sums
from tests.crash import bitflips

TRIALS = 1_500


@pytest.fixture(scope="module")
def content() -> bytes:
    return bitflips.profile()


def test_flipped_bits() -> None:
    counted, silent = bitflips.trials(TRIALS, "ci")
    state = [verdict for verdict in silent if not verdict.what.startswith("ledger")]
    assert not state, state[:3]
    assert counted["noticed"] > TRIALS / 2
    assert counted["harmless"] > 0
    assert counted["message"] == counted["queues"] == counted["ledger: broker_event"] == 0


def test_every_bit_of_one_message_row(content: bytes) -> None:
    """Not by chance: each bit between the first and the last column of a message that waits."""
    before = bitflips.look(content)
    message = next(
        each.message
        for queue in before.opened.state.queues
        for each in queue.entries
        if 5 < len(each.message.body) < 200 and each.message.exchange
    )
    body = content.index(message.body)
    first = content.rindex(message.exchange.encode(), 0, body) - 40
    verdicts = [bitflips.flip(content, bit, before) for bit in range(first * 8, (body + 20) * 8)]
    assert {verdict.what for verdict in verdicts} <= {"noticed", "harmless"}
    assert sum(verdict.what == "noticed" for verdict in verdicts) > 100


CHANGES = (
    "UPDATE message SET body = x'00' || substr(body, 2)",
    "UPDATE message SET routing_key = routing_key || 'a'",
    "UPDATE message SET exchange = 'other'",
    "UPDATE message SET properties = x'01'",
    "UPDATE message SET traits = NULL",
    "UPDATE message SET past = '{}' WHERE past IS NULL",
    "UPDATE message SET published_at_us = published_at_us + 1",
    "UPDATE message SET body_size = body_size + 1",
    "UPDATE message SET id = id + 100000",
    "DELETE FROM message WHERE id = (SELECT max(message_id) FROM place)",
    "UPDATE place SET deliveries = deliveries + 1",
    "UPDATE place SET deliveries = x''",
    "UPDATE place SET priority = 4 WHERE priority = 5",
    "UPDATE place SET log_offset = log_offset + 1000",
    "UPDATE place SET body_size = body_size + 8",
    "UPDATE place SET is_durable = 0",
    "UPDATE place SET queue_id = queue_id + 64",
    "UPDATE definition SET name = name || 'a' WHERE kind = 'queue'",
    "UPDATE definition SET spec = replace(spec, 'plain', 'plaim') WHERE kind = 'queue'",
    "UPDATE definition SET kind = 'setting' WHERE kind = 'binding'",
    "UPDATE definition SET checksum = NULL WHERE kind = 'exchange'",
    "UPDATE progress SET last_commit = last_commit + 1",
    "UPDATE progress SET next_message_id = next_message_id - 1",
    "UPDATE progress SET is_clean = 1 - is_clean",
    "UPDATE progress SET flagged_up_to = flagged_up_to + 4",
    "UPDATE held SET until_us = until_us + 1",
    "DELETE FROM message WHERE id = (SELECT max(message_id) FROM held)",
)


def changed(content: bytes, sql: str, path: Path) -> bytes:
    """A file in which something was changed by hand."""
    path.write_bytes(content)
    connection = apsw.Connection(str(path))
    connection.execute(sql)
    assert connection.changes(), "there was nothing to change"
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize("sql", CHANGES)
def test_a_row_that_was_changed_is_noticed(sql: str, content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        bitflips.look(changed(content, sql, tmp_path / "p.db"))


@pytest.mark.parametrize(
    ("sql", "where", "name"),
    [
        ("UPDATE message SET routing_key = routing_key || 'a'", messages, "checksum"),
        ("UPDATE message SET traits = NULL", messages, "of_facts"),
        ("UPDATE definition SET name = name || 'a' WHERE kind = 'queue'", restore, "of_definition"),
        ("UPDATE held SET until_us = until_us + 1", restore, "of_held"),
    ],
)
def test_a_mutant_that_believes_all_it_reads(  # noqa: PLR0917  # what it is given, and where
    sql: str, where: object, name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the one checksum nobody would notice: so it is the checksum that does."""
    monkeypatch.setattr(where, name, lambda *_: _Anything())
    bitflips.look(changed(content, sql, tmp_path / "p.db"))


class _Anything:
    def __ne__(self, other: object) -> bool:
        return False


def test_a_sum_changes_with_any_bit() -> None:
    """Of places and of progress: whichever number changes by one bit, so does the sum."""
    place = (7, 1_234_567, (3, 17, 2, 1_000, True))
    whole = sums.of_place(*place)
    for bit in range(40):
        flipped = 1_234_567 ^ 1 << bit
        assert sums.of_place(7, flipped, place[2]) != whole
    factors = [*sums.PLACE.values(), *sums.PROGRESS.values()]
    assert all(factor % 2 for factor in factors)
    assert sums.of_definition("queue", "/", "a", "{}") == zlib.crc32(b"queue\0/\0a\0{}")
