"""Keys of conversations: what a message can be found by, and the filters that do so."""

import pytest

from mqstudio.client.conversation_keys import Key, any_of, filters_of, own_keys, said_by, trace_id_of
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import Header, Properties

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_message_is_found_by_what_it_says_of_others_and_others_of_it() -> None:
    parent = Header("traceparent", "string", f"00-{TRACE}-b7ad6b7169203331-01")
    told = said_by(Properties(correlation_id="c", message_id="m", reply_to="r", headers=[parent]))
    assert own_keys(told) == [
        Key("correlation_id", "c"),
        Key("correlation_id", "m"),
        Key("message_id", "c"),
        Key("trace", TRACE),
        Key("reply_to", "r"),
    ]
    assert own_keys(said_by(Properties())) == []


@pytest.mark.parametrize("parent", ["", "00-zz-b7ad6b7169203331-01", f"00-{'0' * 32}-b7ad6b7169203331-01"])
def test_what_is_no_trace_has_no_id(parent: str) -> None:
    assert trace_id_of(parent) == ""


def test_a_bare_value_may_be_several_things() -> None:
    assert [key.by for key in any_of("77ab")] == ["correlation_id", "message_id"]
    assert any_of(TRACE)[-1] == Key("trace", TRACE)
    assert any_of(f"00-{TRACE}-b7ad6b7169203331-01")[-1] == Key("trace", TRACE)


@pytest.mark.parametrize(
    "key",
    [
        Key("correlation_id", 'quote " and \\ and or not'),
        Key("trace", TRACE),
        Key("reply_to", "amq.gen-1"),
        Key("headers.order", "17"),
        Key("body.order.id", "seventeen and more"),
    ],
)
def test_every_key_becomes_filters_that_can_be_read(key: Key) -> None:
    assert all(parse(where) for where in filters_of(key))
