"""Sifting a file finds what asking every message finds, whatever of the filter SQLite was asked."""

from contextlib import nullcontext
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mqstudio.model.filters import tree
from mqstudio.model.filters.splitting import Sieve
from mqstudio.model.filters.subject import Subject
from mqstudio.model.message import PLAIN, Message
from mqstudio.model.refs import QueueRef
from mqstudio.store.base import Sift
from mqstudio.store.matching import read_hub
from mqstudio.store.reader_sift import Sifter
from mqstudio.store.spec_text import traits_text
from mqstudio.store.told import ToldPage
from tests.support import filters as made

SCHEMA = Path(__file__).parents[2] / "mqstudio" / "store" / "schema" / "0001.sql"
QUEUE = QueueRef("/", "orders", 1)
OTHER_ID = 2
ACCEPTED = 6


def new_file(messages: list[Message]) -> apsw.Connection:
    """A file in memory in which these messages wait in one queue, and have ended in two."""
    connection = apsw.Connection(":memory:")
    connection.execute(SCHEMA.read_text())
    for each in messages:
        connection.execute(
            "INSERT INTO message VALUES (?,?,0,?,?,?,?,?,NULL,?,?,0,0)",
            (each.id, each.published_at_us, each.exchange, each.routing_key, each.format, each.properties,
             traits_text(each.traits), each.body, len(each.body)),
        )  # fmt: skip
        connection.execute("INSERT INTO place VALUES (1,?,0,NULL,0,?,1,0)", (each.id, len(each.body)))
        for queue_id in (QUEUE.id, OTHER_ID):
            connection.execute(
                "INSERT INTO event (message_id, at_us, kind, queue_id) VALUES (?,0,?,?)",
                (each.id, ACCEPTED, queue_id),
            )
    return connection


def sifted(connection: apsw.Connection, wanted: Sift) -> tuple[list[int], list[int], int]:
    """All that is found, from slice to slice: ids, answers, and how many were looked at."""
    sifter = Sifter(connection, lambda _: nullcontext(), read_hub, None)
    found: list[int] = []
    answers: list[int] = []
    after_id, looked_at = None, 0
    while True:
        page: ToldPage = sifter.sift(wanted, after_id)
        found += [each.message.id for each in page.told]
        answers += page.answers
        looked_at += page.looked_at
        after_id = page.next_id
        if after_id is None:
            return found, answers, looked_at


def asked(node: tree.Node, messages: list[Message]) -> dict[int, int]:
    """What asking each message says: its answers, by its id."""
    sieve, subject = Sieve(node, made.NOW_US), Subject(made.NOW_US, read_hub)
    said = {each.id: sieve.answers(subject.take(each)) for each in messages}
    return {id_: answers for id_, answers in said.items() if answers is not None}


some_messages = st.lists(made.messages(), max_size=12, unique_by=lambda each: each.id)


@given(made.nodes, some_messages, st.booleans(), st.booleans())
@settings(max_examples=400, deadline=None)
def test_sifting_finds_what_asking_each_finds(
    node: tree.Node, messages: list[Message], is_oldest_first: bool, is_waiting: bool
) -> None:
    """Waiting or ended, upwards or downwards: the same messages in order, the same answers, all looked at."""
    wanted = Sift(
        tree.write(node),
        made.NOW_US,
        [] if is_waiting else [QUEUE.id, OTHER_ID],
        is_oldest_first,
        QUEUE if is_waiting else None,
    )
    found, answers, looked_at = sifted(new_file(messages), wanted)
    expected = asked(node, messages)
    assert found == sorted(expected, reverse=not is_oldest_first)
    assert answers == [expected[each] for each in found]
    assert looked_at == len(messages)


@given(made.nodes, some_messages, st.sampled_from(["properties", "body", "traits", "exchange"]))
@settings(max_examples=200, deadline=None)
@pytest.mark.parametrize("strange", ["typeless", 7])
def test_what_is_damaged_reads_as_nothing(
    strange: object, node: tree.Node, messages: list[Message], column: str
) -> None:
    """A column of a type that a flipped bit gave it ends no search, and hides no more than itself."""
    connection = new_file(messages)
    connection.execute(f"UPDATE message SET {column}=?", (strange,))
    found, _, looked_at = sifted(connection, Sift(tree.write(node), made.NOW_US, [], False, QUEUE))
    read_as = {"properties": b"", "body": b"", "traits": PLAIN, "exchange": str(strange)}
    sieve, subject = Sieve(node, made.NOW_US), Subject(made.NOW_US, read_hub)
    expected = []
    for each in messages:
        damaged = replace(each, **{column: read_as[column]})
        if sieve.answers(subject.take(damaged, body_size=len(each.body))) is not None:
            expected.append(each.id)
    assert set(found) == set(expected)
    assert looked_at == len(messages)


def test_a_long_queue_is_gone_through_in_slices() -> None:
    """Each says where it came to; together they leave nothing out and nothing twice."""
    messages = [
        Message(number, b"m" * (number % 7), b"", "", f"key.{number % 10}", 0, "", 0)
        for number in range(1, 3_001)
    ]
    connection = new_file(messages)
    wanted = Sift("key endswith .7 or size > 5", made.NOW_US, [], True, QUEUE)
    found, _, looked_at = sifted(connection, wanted)
    assert found == [each.id for each in messages if each.routing_key[-1] == "7" or len(each.body) > 5]
    assert looked_at == len(messages)
