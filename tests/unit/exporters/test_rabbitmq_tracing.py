"""Logs that RabbitMQ 3.10.8's tracing plug-in has written, of the same traffic in both its formats."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.exporters import erlang_terms
from mqstudio.exporters.base import NotReadableError, Record
from mqstudio.exporters.rabbitmq_tracing import IMPORTER
from mqstudio.model.message import Header
from mqstudio.model.rows import MessageState

FILES = Path(__file__).parents[2] / "support" / "files"
FORMATS = ("text", "json")


def data_of(format: str) -> bytes:
    return (FILES / f"rabbitmq-tracing-{format}.log").read_bytes()


def read(data: bytes, size: int = 1 << 20) -> list[Record]:
    chunks: Iterator[bytes] = (data[start : start + size] for start in range(0, len(data), size))
    return list(IMPORTER.read(chunks))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [7, 1_000, 1 << 20])
def test_what_was_published_and_received(format: str, size: int) -> None:
    found = read(data_of(format), size)
    told = [(each.row.message_id, each.row.queue, each.row.state, each.body[:6]) for each in found]
    ready, held = MessageState.READY, MessageState.IN_FLIGHT
    assert told == [
        (1, "audit", held, b'{"tota'),
        (1, "orders", held, b'{"tota'),
        (2, "audit", ready, b"two\nli"),
        (2, "orders", held, b"two\nli"),
        (3, "audit", ready, b"\xc3\xbf\x00"),
        (4, "orders", held, b""),
        (5, "audit", ready, b'{"tota'),
        (5, "orders", held, b'{"tota'),
    ]
    assert found[2].body == b"two\nlines\n\n====\nMessage published\n"
    first = found[1]
    assert (first.row.exchange, first.row.routing_key, first.vhost) == ("orders.ex", "eu.new", "/")
    assert first.properties.message_id == "m-1"
    assert first.properties.delivery_mode == 2
    assert found[2].properties.timestamp_s == 1_700_000_000
    assert [step.what for step in first.life] == [
        "published", "routed", "enqueued", "enqueued", "delivered", "delivered",
    ]  # fmt: skip
    assert first.row.delivered_at_us is not None
    assert 0 <= first.row.delivered_at_us - first.row.published_at_us < 1_000_000


def test_text_has_the_types_of_headers() -> None:
    headers = {each.name: each for each in read(data_of("text"))[0].properties.headers or ()}
    assert headers["tenant"] == Header("tenant", "string", "acme")
    assert headers["n"] == Header("n", "int32", 5)
    inner = [
        Header("", "int32", 1), Header("", "string", "two"), Header("", "null"), Header("", "bool", True),
    ]  # fmt: skip
    assert headers["deep"].value == [Header("x", "list", inner)]


def test_a_delivery_of_a_message_from_before_the_log_is_a_message() -> None:
    lines = [line for line in data_of("json").splitlines() if b'"received"' in line]
    found = read(b"\n".join(lines))
    assert [each.row.queue for each in found] == ["orders"] * 4 + ["audit"]
    assert {each.row.state for each in found} == {MessageState.IN_FLIGHT}


def test_bodies_are_bytes_in_both_formats() -> None:
    for format, told, other in (("text", b"\xc3\xbf\x00", b"\xff\x00\xfe"), ("json", b"w78A", b"/wD+")):
        assert read(data_of(format).replace(told, other))[4].body == b"\xff\x00\xfe"


def test_what_no_queue_took() -> None:
    line = (
        data_of("json").splitlines()[0].replace(b'"routed_queues":["audit","orders"]', b'"routed_queues":[]')
    )
    (found,) = read(line)
    assert (found.row.queue, found.row.ended_because) == ("", "unroutable")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"hello", "none of its entries"),
        (b'{"type":"published"}', "line 1 is no entry"),
        (data_of("json").replace(b'"payload":"eyJ', b'"payload":"?'), "line 1"),
        (data_of("text").split(b"Payload")[0], "cut off"),
        (data_of("text").replace(b"signedint,2}", b"signedint,}"), "entry 1"),
    ],
)
def test_what_is_no_such_log_says_where(data: bytes, says: str) -> None:
    with pytest.raises(NotReadableError, match=says):
        read(data)
    assert read(b"  \n") == []


@settings(deadline=None)
@given(st.binary(max_size=100), st.integers(0, 3_000), st.sampled_from(FORMATS))
def test_a_damaged_log_is_refused_and_no_more(noise: bytes, place: int, format: str) -> None:
    data = data_of(format)
    damaged = data[:place] + noise + data[place + len(noise) :]
    try:
        read(damaged)
    except NotReadableError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ('[{<<"a">>,longstr,<<"b\\"c">>},{x,1}]', [(b"a", "longstr", b'b"c'), ("x", 1)]),
        ("<<255,0>>", b"\xff\x00"),
        ('<<"é"/utf8>>', "é".encode()),
        ('<<"\\x{e9}\\n">>', b"\xe9\n"),
        ("[]", []),
        ("{-1,2.5e3,'A b',\"s\"}", (-1, 2500.0, "A b", "s")),
    ],
)
def test_terms(text: str, term: object) -> None:
    assert erlang_terms.read(text) == term


@pytest.mark.parametrize("text", ["[", "{a,", "<<300>>", "]", "1 2", "[" * 200 + "]" * 200, ""])
def test_what_is_no_term(text: str) -> None:
    with pytest.raises(NotReadableError):
        erlang_terms.read(text)
