"""Messages of a draft: bodies, properties, holes, keys in turn; what is wrong and where."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.client.fakes import LibraryFakes
from mqstudio.model.errors import RefusedError
from mqstudio.model.limits import COMPOSED_BYTES, MESSAGE_MAX_BYTES
from mqstudio.model.message import Header
from mqstudio.viewmodel.publish_draft import BodyKind, Draft, HeaderDraft
from mqstudio.viewmodel.publish_making import Making

FAKES = LibraryFakes()
START = 1_700_000_000_000_000


def parcel(draft: Draft, number: int = 1, body: bytes | None = None) -> object:
    making = Making(draft, FAKES, body)
    assert making.problems == []
    return making.parcel(making.turn(number, START, 7))


@pytest.mark.parametrize(
    ("kind", "text", "body"),
    [
        (BodyKind.TEXT, "héllo {{seq}}", "héllo {{seq}}".encode()),
        (BodyKind.JSON, '{"a": 1}', b'{"a": 1}'),
        (BodyKind.HEX, "00 ff\n0A", b"\x00\xff\n"),
        (BodyKind.BASE64, "AAE\nC", b"\x00\x01\x02"),
    ],
)
def test_bodies(kind: BodyKind, text: str, body: bytes) -> None:
    """As typed, each in its way; without template, braces are braces."""
    assert parcel(Draft(body=text, body_kind=kind)).body == body


@given(st.binary(max_size=100))
def test_gzip(body: bytes) -> None:
    """The body is compressed, always alike, and the property says so."""
    draft = Draft(body=body.hex(), body_kind=BodyKind.HEX, is_gzip=True)
    made = parcel(draft)
    assert gzip.decompress(made.body) == body
    assert made.properties.content_encoding == "gzip"
    assert parcel(draft) == made


def test_a_file_s_bytes() -> None:
    assert parcel(Draft(file="x", body_kind=BodyKind.FILE), body=b"\xff{{seq}}").body == b"\xff{{seq}}"


def test_all_properties() -> None:
    """With their types; a time may be a date; set and empty is not the same as not set."""
    texts = {
        "content_type": "a", "content_encoding": "b", "delivery_mode": "2", "priority": "5",
        "correlation_id": "c",
        "reply_to": "d", "expiration": "100", "message_id": "e",
        "timestamp_s": "2023-11-14T22:13:20Z", "type": "f",
        "user_id": "g", "app_id": "h",
    }  # fmt: skip
    said = parcel(Draft(properties=texts, empties=("cluster_id", "headers"))).properties
    assert (said.delivery_mode, said.priority, said.timestamp_s) == (2, 5, 1_700_000_000)
    assert (said.cluster_id, said.headers) == ("", [])
    assert all(getattr(said, name) is not None for name in texts)


def test_holes_in_every_field() -> None:
    """Key, body, properties and headers, nested ones too; numbers are read after they are filled."""
    nested = (HeaderDraft("u", "string", "{{uuid #id}}"),)
    draft = Draft(
        "x", "k.{{seq}}", {"priority": "{{seq}}", "message_id": "{{uuid #id}}"},
        [HeaderDraft("n", "int32", "{{seq 100}}"), HeaderDraft("t", "table", "", nested)],
        '{"u": "{{uuid #id}}", "name": {{faker.name | json}}}',
        body_kind=BodyKind.JSON, is_template=True, count="9",
    )  # fmt: skip
    made = parcel(draft, 3)
    said = made.properties
    assert (made.routing_key, said.priority) == ("k.3", 3)
    assert said.headers[0] == Header("n", "int32", 102)
    assert said.headers[1].value[0].value == said.message_id
    assert said.message_id.encode() in made.body
    assert parcel(draft, 3) == made
    assert parcel(draft, 4) != made


def test_keys_in_turn() -> None:
    """They replace the routing key, unless it says where they belong."""
    draft = Draft(routing_key="x", keys="eu, us asia", count="5")
    assert [parcel(draft, n).routing_key for n in range(1, 6)] == ["eu", "us", "asia", "eu", "us"]
    placed = Draft(routing_key="order.{{key}}", keys="eu us", count="5", is_template=True)
    assert [parcel(placed, n).routing_key for n in (1, 2, 3)] == ["order.eu", "order.us", "order.eu"]


def test_the_time_is_that_at_which_a_message_is_due() -> None:
    draft = Draft(body="{{now ms}}", is_template=True, count="100", rate="10")
    assert parcel(draft, 11).body == b"1700000001000"


@pytest.mark.parametrize(
    ("fields", "field", "place", "says"),
    [
        ({"is_template": True, "body": "ab {{sek}}"}, "body", (5, 3), "Did you mean seq?"),
        ({"is_template": True, "routing_key": "{{"}, "routing_key", (0, 2), "never closed"),
        (
            {"is_template": True, "headers": [HeaderDraft("h", "int8", "{{x}}")]},
            "headers.0",
            (2, 1),
            "no value",
        ),
        (
            {"is_template": True, "headers": [HeaderDraft("h", "int8", "{{uuid}}")]},
            "headers.0",
            (-1, 0),
            "-128",
        ),
        ({"body_kind": BodyKind.JSON, "body": '{"a": x}'}, "body", (6, 1), "not the JSON"),
        ({"body_kind": BodyKind.JSON, "body": ""}, "body", (0, 1), "not the JSON"),
        ({"body_kind": BodyKind.HEX, "body": "00 xx"}, "body", (3, 1), "pairs of hex digits"),
        ({"body_kind": BodyKind.HEX, "body": "000"}, "body", (-1, 0), "pairs of hex digits"),
        ({"body_kind": BodyKind.BASE64, "body": "a"}, "body", (-1, 0), "not base64"),
        ({"body_kind": BodyKind.FILE}, "body", (-1, 0), "Choose a file"),
        ({"body": "x" * (COMPOSED_BYTES + 1)}, "body", (-1, 0), "from a file"),
        ({"body": "\ud800"}, "body", (-1, 0), "half a character"),
        ({"routing_key": "\ud800"}, "routing_key", (-1, 0), "half a character"),
        ({"count": "0"}, "count", (-1, 0), "from 1 to"),
        ({"count": "many"}, "count", (-1, 0), "from 1 to"),
        ({"rate": "-1"}, "rate", (-1, 0), "a second"),
        ({"rate": "nan"}, "rate", (-1, 0), "a second"),
        ({"seed": "x"}, "seed", (-1, 0), "whole number"),
        ({"keys": "k " * 2_000}, "keys", (-1, 0), "at most 1,000"),
        ({"properties": {"timestamp_s": "soon"}}, "timestamp_s", (-1, 0), "seconds since 1970"),
        (
            {"is_gzip": True, "properties": {"content_encoding": "br"}},
            "content_encoding",
            (-1, 0),
            "gzip is on",
        ),
    ],
)
def test_problems_have_places(
    fields: dict[str, object], field: str, place: tuple[int, int], says: str
) -> None:
    """Which field, which characters, and what would be right."""
    problem = Making(Draft(**fields), FAKES).problems[0]
    assert (problem.field, (problem.position, problem.length)) == (field, place or (0, 1))
    assert says in problem.says


def test_a_file_that_is_too_large() -> None:
    body = bytes(MESSAGE_MAX_BYTES + 1)
    assert (
        "Send it in parts" in Making(Draft(file="x", body_kind=BodyKind.FILE), FAKES, body).problems[0].says
    )


def test_what_only_a_later_message_has_wrong() -> None:
    """It says which message."""
    draft = Draft(headers=[HeaderDraft("n", "int8", "{{seq 126}}")], is_template=True, count="9")
    making = Making(draft, FAKES)
    assert making.problems == []
    making.parcel(making.turn(2, START, 1))
    with pytest.raises(RefusedError, match="Message 3: Header n is a whole number from -128 to 127"):
        making.parcel(making.turn(3, START, 1))
