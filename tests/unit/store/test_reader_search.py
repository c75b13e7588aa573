"""Searching a profile's file: a slice at a time, newest first, nothing twice and nothing left out."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import HUB_FORMAT, Header, Properties, Traits, encode_properties
from mqstudio.model.queries import Search
from mqstudio.model.rows import MessageState
from mqstudio.store import reader_search
from mqstudio.store.reader import Reader
from tests.support.profile import Profile


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    made = Profile(tmp_path / "p.mqs")
    made.me = made.channel(made.connect("Ada"))
    made.queue(made.me, is_durable=True)
    return made


def found(reader: Reader, queue_ids: list[int] | None = None, **wanted: Any) -> list[int]:
    """All ids a search finds, slice by slice to its end; the slices add up."""
    asked, seen, before_id, looked_at, of = msgspec.msgpack.encode(Search(**wanted)), [], None, 0, None
    while True:
        page = reader.search(asked, queue_ids, before_id)
        of = page.of if of is None else of
        looked_at += page.looked_at
        seen += [told.message.id for told in page.told]
        assert page.next_id is None or before_id is None or page.next_id < before_id
        before_id = page.next_id
        if before_id is None:
            assert looked_at == of
            return seen


def test_text_is_found_newest_first(profile: Profile) -> None:
    for body in (b"an apple", b"a pear", b"two apples \xff\0", b"Apple"):
        profile.publish(profile.me, body=body)
    reader = profile.reader()
    assert found(reader, text="apple") == [3, 1]
    assert found(reader, text="plum") == []
    assert found(reader) == [4, 3, 2, 1]


def test_what_columns_tell_is_found(profile: Profile) -> None:
    profile.do(c.DeclareExchange(profile.me, "x", "topic"))
    profile.do(c.Bind(profile.me, "x", "q", "#"))
    for key in ("eu.orders", "us.orders", "eu.bills"):
        profile.publish(profile.me, key, exchange="x")
    reader = profile.reader()
    assert found(reader, key_part="eu.") == [3, 1]
    assert found(reader, exchange="x", key_part="orders") == [2, 1]
    assert found(reader, exchange="") == []


def test_times_bound_what_is_looked_at(profile: Profile) -> None:
    times = []
    for _ in range(9):
        profile.wait(1)
        profile.publish(profile.me)
        times.append(profile.now_us)
    reader = profile.reader()
    assert found(reader, since_us=times[3]) == [9, 8, 7, 6, 5, 4]
    assert found(reader, until_us=times[3]) == [4, 3, 2, 1]
    assert found(reader, since_us=times[3], until_us=times[5]) == [6, 5, 4]
    assert found(reader, since_us=times[8] + 1) == []
    assert reader.search(msgspec.msgpack.encode(Search(since_us=times[7])), None, None).of == 2


def test_a_time_is_found_among_ids_with_gaps(profile: Profile) -> None:
    for _ in range(40):
        profile.publish(profile.me)
    profile.save()
    profile.damage("DELETE FROM message WHERE id % 7 != 3 OR id = 17")
    rows = profile.connection.execute("SELECT published_at_us, id FROM message ORDER BY id").fetchall()
    searcher = profile.reader()._searcher
    before = 0
    for at_us, message_id in rows:
        assert before <= searcher.id_at(at_us) <= message_id
        assert searcher.id_at(at_us + 1) > message_id
        before = message_id + 1


def test_headers_are_read_as_their_protocol_has_them(profile: Profile) -> None:
    for tenant, number in (("acme", 1), ("acme", 2), ("other", 2)):
        headers = [Header("tenant", "string", tenant), Header("n", "int32", number)]
        properties = encode_properties(Properties(headers=headers))
        profile.do(c.PublishMessage(profile.me, "", "q", properties, b"", format=HUB_FORMAT))
    reader = profile.reader()
    assert found(reader, headers={"tenant": "acme"}) == [2, 1]
    assert found(reader, headers={"tenant": "acme", "n": "2"}) == [2]
    assert found(reader, headers={"acme": "tenant"}) == []


def test_values_in_bodies_of_json_are_found(profile: Profile) -> None:
    for body in (b'{"a": {"b": [1, "x"]}}', b'{"a": {"b": [1, "y"]}}', b"not json", b'{"a": 1}'):
        profile.publish(profile.me, body=body)
    reader = profile.reader()
    assert found(reader, json={"a.b.0": "1"}) == [2, 1]
    assert found(reader, json={"a.b.1": "x"}) == [1]


def test_a_queue_bounds_what_is_found_also_if_only_a_place_tells(profile: Profile) -> None:
    profile.queue(profile.me, "r", is_durable=True)
    profile.publish(profile.me, "q")
    profile.publish(profile.me, "r", traits=Traits(is_persistent=True))
    profile.publish(profile.me, "nowhere")
    profile.save()
    profile.damage("DELETE FROM event WHERE message_id=2")
    reader = profile.reader()
    assert found(reader, profile.queue_ids("q")) == [1]
    assert found(reader, profile.queue_ids("r")) == [2]


def test_states_that_an_event_leads_to_are_looked_for(profile: Profile) -> None:
    profile.publish(profile.me)
    profile.do(c.TakeMessage(profile.me, "q", is_auto_settled=True))
    profile.publish(profile.me)
    profile.do(c.PurgeQueue(profile.me, "q"))
    profile.publish(profile.me)
    reader = profile.reader()
    assert found(reader, states=[MessageState.DONE]) == [1]
    assert found(reader, states=[MessageState.PURGED, MessageState.DONE]) == [2, 1]
    assert found(reader, states=[MessageState.READY]) == [3, 2, 1]  # the engine knows which


def test_a_slice_ends_when_it_has_found_much(profile: Profile) -> None:
    count = 2 * limits.SEARCH_SLICE_ROWS + 7
    for _ in range(count):
        profile.publish(profile.me)
    reader = profile.reader()
    page = reader.search(msgspec.msgpack.encode(Search()), None, None)
    assert len(page.told) == limits.SEARCH_SLICE_ROWS
    assert found(reader) == list(range(count, 0, -1))


@pytest.mark.parametrize("slice_us", [0, 1, 50])
def test_slices_cut_short_lose_and_double_nothing(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, slice_us: int
) -> None:
    """Whenever time is over, the search goes on where it had come to."""
    for number in range(300):
        profile.publish(profile.me, body=b"x" * (number % 50))
    reader = profile.reader()
    monkeypatch.setattr(reader_search, "TRANSACTION_US", 2_000_000)
    monkeypatch.setattr(limits, "SEARCH_SLICE_US", slice_us)
    monkeypatch.setattr(reader_search, "FIRST_SLICE", 16)
    assert found(reader, text="xxx") == [n + 1 for n in range(299, -1, -1) if n % 50 >= 3]


def test_a_slice_that_takes_too_long_is_begun_anew_with_less(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(50):
        profile.publish(profile.me, body=b"needle" + bytes(10_000))
    reader = profile.reader()
    looks: list[int] = []
    whole = reader._searcher._slice

    def late(*asked: Any) -> int:
        lower, upper = asked[3:5]
        looks.append(upper - lower)
        reached = whole(*asked)
        if upper - lower > 4:
            raise reader_search.apsw.InterruptError("late")
        return reached

    monkeypatch.setattr(reader._searcher, "_slice", late)
    assert found(reader, text="needle") == list(range(50, 0, -1))
    assert looks[0] == 50
    assert min(looks) <= 4


def test_an_empty_profile_has_nothing(profile: Profile) -> None:
    assert found(profile.reader(), text="x") == []


def test_damaged_messages_are_found_by_what_is_left_of_them(profile: Profile) -> None:
    profile.publish(profile.me, body=b"needle")
    profile.publish(profile.me, body=b"needle")
    profile.save()
    profile.damage("UPDATE message SET routing_key = CAST(x'ff' AS TEXT) WHERE id=2")
    page = profile.reader().search(msgspec.msgpack.encode(Search(text="needle")), None, None)
    assert [(told.message.id, bool(told.problem)) for told in page.told] == [(2, True), (1, False)]


def test_a_filter_finds_what_is_in_columns_and_what_is_inside(profile: Profile) -> None:
    """What SQLite is asked first changes nothing."""
    profile.do(c.DeclareExchange(profile.me, "x", "topic"))
    profile.do(c.Bind(profile.me, "x", "q", "#"))
    for number, key in enumerate(("eu.orders", "us.orders", "eu.bills")):
        properties = encode_properties(Properties(headers=[Header("n", "int32", number)], type=f"t{number}"))
        body = b'{"n": %d, "\\u0061": "\\u0062"}' % number
        command = c.PublishMessage(profile.me, "x", key, properties, body, format=HUB_FORMAT)
        profile.do(command)
    reader = profile.reader()
    for where, ids in {
        'key contains "eu." and exchange == x': [3, 1],
        'exchange == ""': [],
        "body.n > 0 and headers.n < 2": [2],
        "body.a == b": [3, 2, 1],
        "type == t1 or body.n == 2": [3, 2],
        'body contains "0" and type startswith t': [3, 2, 1],
        "not headers.n == 1": [3, 1],
        "headers.absent != 1": [],
        "state == ready and key endswith orders": [2, 1],
        "size > 1KB": [],
    }.items():
        assert found(reader, where=where) == ids, where


@pytest.mark.parametrize(
    ("where", "demanded"),
    [
        ("key == 'a' or correlation_id == 'b'", 1),
        ("key == 'a' or size > 1", 0),
        ("(key == 'a' or key == 'b') and exchange == 'x'", 2),
        ("not (key == 'a' or key == 'b')", 0),
    ],
)
def test_of_several_ways_one_is_demanded_if_each_demands_something(where: str, demanded: int) -> None:
    found = list(reader_search._demanded(parse(where)))
    assert len(found) == demanded
    assert all(condition.count("?") == len(values) for condition, values in found)
