"""Calls become requests; what another protocol could not carry is refused here."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model import commands, limits
from mqstudio.model.access import GetAccess, PutPermission, PutUser, PutUserLimits
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Header, Message, Properties, decode_properties, encode_properties
from mqstudio.model.policies import AppliesTo, Policy
from mqstudio.model.queries import (
    GetClients,
    GetHistory,
    GetInfo,
    GetMessage,
    GetPage,
    GetTopology,
    ListBins,
    PreviewRoute,
)
from mqstudio.model.topology import DestinationKind, VhostSpec
from mqstudio.protocols.native import PROTOCOL, codec, messages
from mqstudio.protocols.native.convert import read_request, to_command, vhost_of


def read(request: object) -> Any:
    return to_command(read_request(codec.raw(request)), 12)


def refused(request: object) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        read(request)
    return caught.value


def publish(**properties: Any) -> messages.Publish:
    return messages.Publish("", "q", b"", Properties(**properties))


@pytest.mark.parametrize(
    ("verb", "command"),
    [
        (
            messages.DeclareQueue("q", True, True, True, True, {"x": 1}),
            commands.DeclareQueue(12, "q", True, True, True, True, {"x": 1}),
        ),
        (messages.DeleteQueue("q", True, True), commands.DeleteQueue(12, "q", True, True)),
        (messages.PurgeQueue("q"), commands.PurgeQueue(12, "q")),
        (
            messages.DeclareExchange("e", "fanout", True, True, True, True, {"x": [b"y", 2.5]}),
            commands.DeclareExchange(12, "e", "fanout", True, True, True, True, {"x": [b"y", 2.5]}),
        ),
        (messages.DeleteExchange("e", True), commands.DeleteExchange(12, "e", True)),
        (messages.Bind("e", "q", "k", {"a": "b"}), commands.Bind(12, "e", "q", "k", {"a": "b"})),
        (
            messages.Unbind("e", "q", "k", {"a": "b"}),
            commands.Unbind(12, "e", "q", "k", {"a": "b"}),
        ),
        (messages.UndoPurge(4), commands.UndoPurge(12, 4)),
        (messages.KickConnection(4, "why"), commands.KickConnection(4, "why")),
        (
            messages.Bind("e", "f", "k", destination_kind=DestinationKind.EXCHANGE),
            commands.Bind(12, "e", "f", "k", destination_kind=DestinationKind.EXCHANGE),
        ),
        (
            messages.PutVhost("shop", "The shop", ("eu",), "quorum", True),
            commands.PutVhost(VhostSpec("shop", "The shop", ("eu",), "quorum", True)),
        ),
        (messages.DeleteVhost("shop"), commands.DeleteVhost("shop")),
        (
            messages.PutPolicy("p", "^o", {"max-length": 5}, 7, AppliesTo.QUEUES, True, "shop"),
            commands.PutPolicy(Policy("shop", "p", "^o", {"max-length": 5}, 7, AppliesTo.QUEUES, True)),
        ),
        (messages.DeletePolicy("p", True, "shop"), commands.DeletePolicy("shop", "p", True)),
    ],
)
def test_every_verb_becomes_its_command_on_the_connections_channel(verb: object, command: object) -> None:
    assert read(verb) == command


def test_every_verb_is_covered_above() -> None:
    """A verb added without a conversion would be taken for a query."""
    for verb in msgspec.inspect.type_info(messages.Request).types:  # type: ignore[attr-defined]
        request = msgspec.convert(
            {"type": verb.cls.__name__, **{f.name: _example(f) for f in verb.fields if f.required}}, verb.cls
        )
        passes = verb.cls.__module__ in (
            "mqstudio.model.queries",
            "mqstudio.model.records",
            "mqstudio.model.access",
            "mqstudio.model.disk",
            "mqstudio.model.records",
        )
        assert (type(read(request)) is verb.cls) == passes


def _example(field: Any) -> object:
    examples: dict[str, object] = {
        "IntType": 1, "StrType": "x", "BytesType": b"", "VarTupleType": [1], "ListType": [1],
    }  # fmt: skip
    kind = type(field.type).__name__
    if kind == "StructType":
        return {each.name: _example(each) for each in field.type.fields if each.required}
    return examples[kind] if kind in examples else next(iter(field.type.cls))  # an enumeration's first


@pytest.mark.parametrize(
    ("request_", "vhost"),
    [
        (messages.Publish("", "q", b"", vhost="shop"), "shop"),
        (messages.Bind("e", "q", vhost="shop"), "shop"),
        (messages.UndoPurge(4, "shop"), "shop"),
        (messages.PurgeQueue("q"), "/"),
        (messages.PutVhost("shop"), None),
        (messages.PutPolicy("p", ".", vhost="shop"), None),
        (GetPage("q", "shop"), None),
    ],
)
def test_what_works_on_a_virtual_host_needs_a_channel_there(request_: Any, vhost: str | None) -> None:
    assert vhost_of(request_) == vhost


@pytest.mark.parametrize(
    "query",
    [
        GetInfo(),
        GetTopology(),
        GetPage("q", limit=5, after_id=3, is_oldest_first=True),
        GetMessage("q", 4, body_offset=5, body_limit=6),
        PreviewRoute("e", "k", headers=[Header("a", "table", [Header("b", "int8", 1)])]),
        GetHistory(None),
        GetClients(),
        ListBins(),
        GetAccess(),
        PutUser("anna", ("management",), "secret"),
        PutPermission("anna", "/", ".*", "", "^a"),
        PutUserLimits("anna", None, 5),
    ],
)
def test_queries_pass_as_they_are(query: object) -> None:
    assert read(query) == query


def test_a_body_above_the_limit_is_refused() -> None:
    error = refused(messages.Publish("", "q", bytes(limits.MESSAGE_MAX_BYTES + 1)))
    assert error.why is Refusal.TOO_LARGE


@pytest.mark.parametrize(
    "request_",
    [
        messages.PurgeQueue("n" * 256),
        messages.PurgeQueue("ü" * 128),
        messages.Publish("e" * 256, "", b""),
        messages.Publish("", "k" * 256, b""),
        publish(correlation_id="c" * 256),
        publish(headers=[Header("h" * 256, "null")]),
        publish(priority=256),
        publish(priority=-1),
        publish(delivery_mode=0),
        publish(timestamp_s=-1),
    ],
)
def test_what_an_amqp_short_string_or_number_cannot_hold_is_invalid(request_: object) -> None:
    assert refused(request_).why is Refusal.INVALID_ARGUMENT


def test_255_bytes_are_fine() -> None:
    assert read(messages.PurgeQueue("n" * 255)).name == "n" * 255


@pytest.mark.parametrize(
    "header",
    [
        Header("h", "int8", 128),
        Header("h", "uint8", -1),
        Header("h", "int32", True),
        Header("h", "int64", "5"),
        Header("h", "bool", 1),
        Header("h", "string", b"x"),
        Header("h", "bytes", "x"),
        Header("h", "double", "1.5"),
        Header("h", "decimal", "12,50"),
        Header("h", "decimal", "9999999999"),
        Header("h", "decimal", "99999.99999"),
        Header("h", "null", 0),
        Header("h", "colour", "red"),
        Header("h", "table", "x"),
        Header("h", "list", [5]),
        Header("h", "table", [Header("i", "int8", 1000)]),
    ],
)
def test_a_header_whose_value_is_not_of_its_kind_is_invalid(header: Header) -> None:
    assert refused(publish(headers=[header])).why is Refusal.INVALID_ARGUMENT


def test_headers_of_every_kind_arrive_whole() -> None:
    headers = [
        Header("string", "string", "ü"),
        Header("bool", "bool", False),
        Header("int8", "int8", -128),
        Header("uint32", "uint32", 2**32 - 1),
        Header("int64", "int64", -(2**63)),
        Header("float", "float", 1.5),
        Header("double", "double", 2),
        Header("decimal", "decimal", "-12.50"),
        Header("timestamp", "timestamp", 2**33),
        Header("bytes", "bytes", b"\xff"),
        Header("null", "null"),
        Header("table", "table", [Header("in", "list", [Header("", "int8", 1), Header("", "string", "x")])]),
    ]
    command = read(publish(headers=headers))
    assert decode_properties(command.properties).headers == headers


def nested(kind: str, levels: int) -> Header:
    header = Header("", "null")
    for _ in range(levels):
        header = Header("", kind, [header])
    return header


@pytest.mark.parametrize("levels", [limits.TABLE_DEPTH + 1, 300])
def test_headers_nested_too_deep_are_invalid(levels: int) -> None:
    assert refused(publish(headers=[nested("list", levels)])).why is Refusal.INVALID_ARGUMENT


def test_headers_nested_as_deep_as_allowed_pass() -> None:
    headers = [nested("table", limits.TABLE_DEPTH)]
    assert decode_properties(read(publish(headers=headers)).properties).headers == headers


@pytest.mark.parametrize("depth", [limits.TABLE_DEPTH + 1, 50_000])
def test_arguments_nested_too_deep_are_invalid(depth: int) -> None:
    whole = codec.encode({"type": "DeclareQueue", "name": "q", "arguments": {"a": 7}})
    value = b"\x91" * depth + b"\xc0"
    with pytest.raises(RefusedError) as caught:
        read_request(msgspec.Raw(whole[:-1] + value))
    assert caught.value.why is Refusal.INVALID_ARGUMENT


def test_properties_that_fill_more_than_a_frame_are_refused() -> None:
    error = refused(publish(headers=[Header(f"h{i}", "string", "x" * 200) for i in range(400)]))
    assert error.why is Refusal.TOO_LARGE


@given(st.binary(max_size=100))
def test_foreign_property_bytes_are_a_value_error(data: bytes) -> None:
    try:
        PROTOCOL.read_properties(message_with(data))
    except ValueError as error:
        assert "hub" in str(error)


def test_our_own_property_bytes_are_read() -> None:
    properties = Properties(type="order", headers=[Header("a", "table", [Header("b", "bool", True)])])
    assert PROTOCOL.read_properties(message_with(encode_properties(properties))) == properties


def test_broken_property_bytes_are_a_value_error() -> None:
    with pytest.raises(ValueError, match="format 'hub'"):
        PROTOCOL.read_properties(message_with(b"\xc1"))


def message_with(properties: bytes) -> Message:
    return Message(1, b"", properties, "", "", 0, "native", 1)
