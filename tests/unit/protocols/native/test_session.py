"""The broker's half of a native connection, byte by byte."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model import commands, limits
from mqstudio.model.commands import PublishMessage
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import ConnectionKicked
from mqstudio.model.message import HUB_FORMAT, Properties, encode_properties, traits
from mqstudio.model.queries import GetInfo, ListBins, WatchEvents, WatchSamples
from mqstudio.model.replies import CountReply, QueueStatus
from mqstudio.model.replies import PublishReply as EngineReply
from mqstudio.model.rows import BinRow, TailItem
from mqstudio.protocols.base import StartWatch, StopWatch, WatchItem
from mqstudio.protocols.native import PROTOCOL, codec, messages
from tests.support.native import FULL_VHOST, INFO, ITS_QUEUE, NOWHERE, TOKEN, ScriptedBroker, result

HELLO = messages.Hello(TOKEN, "tester", "1.0")


def greeted(answer: Any = lambda request: None) -> ScriptedBroker:
    broker = ScriptedBroker(answer)
    broker.greet()
    return broker


# ---- coming in


def test_the_right_token_opens_connection_and_channel_and_is_welcomed() -> None:
    broker = ScriptedBroker()
    broker.now_us = 33
    assert broker.greet() == [messages.Welcome(INFO)]
    opened, channel = broker.requests
    assert opened.info.protocol == PROTOCOL.name == "native"
    assert (opened.info.id, opened.info.vhost, opened.info.opened_at_us) == (7, "/", 33)
    assert (opened.info.name, opened.info.product, opened.info.version) == ("tester", "tester", "1.0")
    assert channel == commands.OpenChannel(channel_id=101, connection_id=7, number=1)
    assert broker.session.is_open()
    assert not broker.session.is_finished()


def test_a_client_without_a_name_is_called_by_its_address() -> None:
    broker = ScriptedBroker()
    broker.say(messages.Hello(TOKEN, "", "1.0"))
    assert broker.requests[0].info.name == "127.0.0.1:54321"


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\n",
        b"AMQP\x00\x00\x09\x01",
        b"\x16\x03\x01\x02\x00\x01\x00",  # TLS hello
        b"\0\0\0\0",
        b"\0\0\x10\x01",  # one byte above NATIVE_HELLO_MAX_BYTES
        b"\0\0\0\x05hello",  # not MessagePack
        codec.frame(messages.Hello("a wrong token", "tester", "1.0")),
        codec.frame(messages.Call(1, codec.raw(GetInfo()))),
    ],
)
def test_whoever_has_no_token_is_hung_up_on_without_a_word(data: bytes) -> None:
    broker = ScriptedBroker()
    assert broker.turn(data) == b""
    assert broker.session.is_finished()
    assert broker.session.close_reason
    assert not broker.session.is_open()
    assert broker.requests == []


def test_nothing_behind_a_wrong_token_is_read() -> None:
    broker = ScriptedBroker()
    assert broker.say(messages.Hello("wrong", "", ""), HELLO) == []
    assert broker.requests == []
    assert broker.greet() == []


def test_a_silent_peer_is_hung_up_on_when_its_time_for_the_token_is_over() -> None:
    broker = ScriptedBroker()
    broker.turn(codec.frame(HELLO)[:10])
    broker.session.advance(limits.NATIVE_TOKEN_US - 1)
    assert not broker.session.is_finished()
    broker.session.advance(limits.NATIVE_TOKEN_US)
    assert broker.session.is_finished()
    assert broker.end_turn() == b""
    assert broker.session.close_reason == "no token within 5 s"


def test_a_peer_that_is_in_may_be_silent_for_ever() -> None:
    broker = greeted()
    broker.session.advance(10**15)
    assert not broker.session.is_finished()


def test_a_frame_begun_must_be_finished_in_time() -> None:
    broker = greeted()
    broker.turn(codec.frame(messages.Call(1, codec.raw(GetInfo())))[:-1])
    broker.session.advance(limits.PARTIAL_FRAME_US - 1)
    assert not broker.session.is_finished()
    broker.session.advance(limits.PARTIAL_FRAME_US)
    assert broker.session.is_finished()
    assert [type(m) for m in broker.read(broker.end_turn())] == [messages.Goodbye]


def test_a_refused_connection_is_told_why_and_never_was_open() -> None:
    def answer(request: object) -> None:
        raise RefusedError(Refusal.NO_SUCH_VHOST, "There is no '/'.")

    broker = ScriptedBroker(answer)
    assert broker.greet() == [messages.Goodbye("There is no '/'.")]
    assert len(broker.requests) == 1
    assert not broker.session.is_open()
    assert broker.session.is_finished()


# ---- calls


def test_a_call_is_answered_with_its_id_and_the_reply() -> None:
    rows = [BinRow(3, "/", "hello", 10, 99)]
    broker = greeted(lambda request: rows if isinstance(request, ListBins) else None)
    (answer,) = broker.call(ListBins(), call_id=42)
    assert answer.id == 42
    assert result(answer, list[BinRow]) == rows


def test_a_call_without_a_reply_of_its_own_is_answered_with_nil() -> None:
    broker = greeted()
    (answer,) = broker.call(messages.Bind("logs", "hello", "k"))
    assert result(answer) is None
    assert broker.requests[-1] == commands.Bind(101, "logs", "hello", "k")


def test_calls_in_one_chunk_are_answered_in_order() -> None:
    broker = greeted(lambda r: CountReply(1) if isinstance(r, commands.DeleteQueue) else None)
    answers = broker.say(
        messages.Call(1, codec.raw(messages.Publish("", "q", b"x"))),
        messages.Call(2, codec.raw(messages.DeleteQueue("q"))),
        messages.Call(3, codec.raw(messages.Publish("", "q", b"x"))),
    )
    assert [answer.id for answer in answers] == [1, 2, 3]


def test_a_refusal_is_told_by_its_name_and_the_connection_lives() -> None:
    def answer(request: object) -> object:
        if isinstance(request, commands.PurgeQueue):
            raise RefusedError(Refusal.NO_SUCH_QUEUE, "There is no queue 'x'.")
        return None

    broker = greeted(answer)
    assert broker.call(messages.PurgeQueue("x"), 5) == [
        messages.Failed(5, "no_such_queue", "There is no queue 'x'.")
    ]
    assert not broker.session.is_finished()
    assert len(broker.call(GetInfo(), 6)) == 1


@pytest.mark.parametrize(
    "request_",
    [
        {"type": "Dance"},
        {"type": "PurgeQueue"},
        {"type": "PurgeQueue", "name": 5},
        {"type": "PurgeQueue", "name": "q", "colour": "red"},
        {"type": "Hello", "token": TOKEN},
        "PurgeQueue",
        None,
    ],
)
def test_a_call_that_makes_no_sense_fails_alone(request_: object) -> None:
    broker = greeted()
    (failed,) = broker.call(request_, 9)
    assert (failed.id, failed.code) == (9, "invalid")
    assert failed.says.endswith(".")
    assert len(broker.requests) == 2
    assert not broker.session.is_finished()


def test_another_virtual_host_is_refused() -> None:
    def answer(request: object) -> None:
        if isinstance(request, commands.OpenChannel) and request.vhost:
            raise RefusedError(Refusal.NO_SUCH_VHOST, "There is no '/elsewhere'.")

    broker = greeted(answer)
    (failed,) = broker.call(messages.PurgeQueue("q", vhost="/elsewhere"))
    assert failed == messages.Failed(1, "no_such_vhost", "There is no '/elsewhere'.")
    assert isinstance(broker.requests[-1], commands.OpenChannel)


@pytest.mark.parametrize(
    "payload",
    [b"\xc1", b"\x90", codec.encode({"type": "Nonsense"}), codec.encode({"type": "Unwatch"}), b"\x91" * 2000],
)
def test_an_envelope_that_makes_no_sense_ends_the_connection_with_a_reason(payload: bytes) -> None:
    broker = greeted()
    (goodbye,) = broker.read(broker.turn(len(payload).to_bytes(4, "big") + payload))
    assert isinstance(goodbye, messages.Goodbye)
    assert broker.session.is_finished()
    assert broker.session.close_reason == goodbye.says


def test_a_frame_above_the_limit_ends_the_connection() -> None:
    broker = greeted()
    (goodbye,) = broker.read(broker.turn(b"GET / HTTP/1.1\r\n\r\n"))
    assert "bytes was announced" in goodbye.says


def test_a_second_hello_ends_the_connection() -> None:
    broker = greeted()
    assert [type(m) for m in broker.greet()] == [messages.Goodbye]


# ---- publishing


def test_a_publish_goes_to_the_engine_in_the_hub_format_and_mandatory() -> None:
    broker = greeted()
    properties = Properties(content_type="text/plain", priority=3)
    (answer,) = broker.call(messages.Publish("logs", "k", b"body", properties))
    assert broker.requests[-1] == commands.PublishMessage(
        101, "logs", "k", encode_properties(properties), b"body", is_mandatory=True, format=HUB_FORMAT,
        traits=traits(priority=3),
    )  # fmt: skip
    assert result(answer, messages.PublishReply) == messages.PublishReply(was_routed=True)


def test_a_publish_whose_message_came_back_was_not_routed() -> None:
    broker = greeted()
    (answer,) = broker.call(messages.Publish("", "nowhere", b"x"))
    assert result(answer, messages.PublishReply) == messages.PublishReply(was_routed=False)


def test_of_several_publishes_in_a_turn_those_that_came_back_are_told_apart() -> None:
    broker = greeted()
    keys = ["here", "nowhere", "here", "nowhere", "nowhere", "here"]
    answers = broker.say(
        *(messages.Call(i, codec.raw(messages.Publish("", key, b"x"))) for i, key in enumerate(keys))
    )
    assert [result(a)["was_routed"] for a in answers] == [key == "here" for key in keys]
    (answer,) = broker.call(messages.Publish("", "here", b"x"))
    assert result(answer)["was_routed"]


def test_a_refused_publish_is_answered_once() -> None:
    def answer(request: object) -> None:
        if isinstance(request, commands.PublishMessage):
            raise RefusedError(Refusal.NO_SUCH_EXCHANGE, "There is no exchange 'x'.")

    assert [m.code for m in greeted(answer).call(messages.Publish("x", "", b""))] == ["no_such_exchange"]


# ---- watching

ITEM = TailItem(1, "enqueued", 5, "hello", "", "hello", 2, "Hi", "")


def test_a_watch_is_confirmed_and_its_items_come_with_its_id() -> None:
    broker = greeted()
    (answer,) = broker.say(messages.Watching(4, codec.raw(WatchEvents("hello"))))
    assert (answer.id, result(answer)) == (4, None)
    assert broker.requests[-1] == StartWatch(4, WatchEvents("hello"))
    broker.mail(WatchItem(4, ITEM))
    broker.mail(WatchItem(4, None, gap=3))
    item, gap = broker.read(broker.end_turn())
    assert codec.decoder(TailItem).decode(item.item) == ITEM
    assert gap == messages.Gap(4, 3)


def test_what_was_left_out_before_an_item_is_told_before_it() -> None:
    broker = greeted()
    broker.say(messages.Watching(4, codec.raw(WatchEvents())))
    broker.mail(WatchItem(4, ITEM, gap=2))
    assert [type(m) for m in broker.read(broker.end_turn())] == [messages.Gap, messages.Item]


def test_nothing_comes_after_unwatch() -> None:
    broker = greeted()
    broker.say(messages.Watching(4, codec.raw(WatchSamples())))
    assert broker.say(messages.Unwatch(4)) == []
    assert broker.requests[-1] == StopWatch(4)
    broker.mail(WatchItem(4, ITEM))
    assert broker.end_turn() == b""
    assert broker.say(messages.Unwatch(4)) == []
    assert [type(r) for r in broker.requests].count(StopWatch) == 1


def test_a_refused_watch_fails_and_sends_nothing() -> None:
    def answer(request: object) -> None:
        if isinstance(request, StartWatch):
            raise RefusedError(Refusal.NOT_SUPPORTED, "No.")

    broker = greeted(answer)
    assert broker.say(messages.Watching(4, codec.raw(WatchSamples()))) == [
        messages.Failed(4, "not_supported", "No.")
    ]
    broker.mail(WatchItem(4, ITEM))
    assert broker.end_turn() == b""


def test_an_id_can_watch_only_once_at_a_time() -> None:
    broker = greeted()
    broker.say(messages.Watching(4, codec.raw(WatchSamples())))
    (failed,) = broker.say(messages.Watching(4, codec.raw(WatchSamples())))
    assert failed.code == "invalid"
    broker.mail(WatchItem(4, ITEM))
    assert broker.end_turn() != b""


def test_watches_of_a_connection_are_bounded() -> None:
    broker = greeted()
    for watch_id in range(limits.NATIVE_WATCHES_MAX):
        assert result(*broker.say(messages.Watching(watch_id, codec.raw(WatchSamples())))) is None
    (failed,) = broker.say(messages.Watching(1000, codec.raw(WatchSamples())))
    assert failed.code == "invalid"
    broker.say(messages.Unwatch(0))
    assert result(*broker.say(messages.Watching(1000, codec.raw(WatchSamples())))) is None


@pytest.mark.parametrize("watch", [{"type": "WatchStars"}, WatchEvents("q" * 256), None])
def test_a_watch_that_makes_no_sense_fails_alone(watch: object) -> None:
    broker = greeted()
    (failed,) = broker.say(messages.Watching(4, codec.raw(watch)))
    assert failed.code in ("invalid", "no_such_vhost")
    assert not broker.session.is_finished()


# ---- going


def test_a_kicked_client_is_told_why() -> None:
    broker = greeted()
    broker.mail(ConnectionKicked(7, "Closed from MQ Studio"))
    assert broker.read(broker.end_turn()) == [messages.Goodbye("Closed from MQ Studio")]
    assert broker.session.is_finished()
    assert broker.session.close_reason == "kicked: Closed from MQ Studio"


def test_when_the_broker_stops_it_says_so_and_needs_no_line_in_the_log() -> None:
    broker = greeted()
    broker.session.shut_down("The broker stops.")
    assert broker.read(broker.end_turn()) == [messages.Goodbye("The broker stops.")]
    assert broker.session.is_finished()
    assert broker.session.close_reason == ""


def test_when_the_broker_stops_strangers_learn_nothing() -> None:
    broker = ScriptedBroker()
    broker.session.shut_down("The broker stops.")
    assert broker.end_turn() == b""
    assert broker.session.is_finished()


# ---- any split of the bytes

CONVERSATION = b"".join(
    map(
        codec.frame,
        [
            HELLO,
            messages.Call(1, codec.raw(messages.DeclareQueue("hello", is_durable=True))),
            messages.Call(2, codec.raw(messages.Publish("", "nowhere", b"x" * 50))),
            messages.Call(3, codec.raw({"type": "Dance"})),
            messages.Watching(4, codec.raw(WatchEvents())),
            messages.Call(5, codec.raw(GetInfo())),
            messages.Unwatch(4),
            HELLO,
            messages.Call(6, codec.raw(GetInfo())),
        ],
    )
)


def _converse(chunks: list[bytes]) -> tuple[bytes, list[Any]]:
    def answer(request: object) -> object:
        if isinstance(request, commands.DeclareQueue):
            return QueueStatus(request.name, 0, 0)
        return INFO if isinstance(request, GetInfo) else None

    broker = ScriptedBroker(answer)
    return b"".join([broker.turn(chunk) for chunk in chunks]), broker.requests


@given(st.lists(st.integers(0, len(CONVERSATION)), max_size=40))
def test_any_split_of_the_bytes_gives_the_same(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(CONVERSATION)]
    chunks = [CONVERSATION[a:b] for a, b in pairwise(edges)]
    assert _converse(chunks) == _converse([CONVERSATION])


def test_the_split_conversation_is_worth_splitting() -> None:
    sent, requests = _converse([CONVERSATION])
    assert len(requests) == 7
    kinds = [type(m).__name__ for m in ScriptedBroker().read(sent)]
    assert kinds == ["Welcome", "Answer", "Answer", "Failed", "Answer", "Answer", "Goodbye"]


@given(st.binary(max_size=200))
def test_hostile_bytes_before_the_token_get_no_answer(data: bytes) -> None:
    assert ScriptedBroker().turn(data) == b""


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=5))
def test_hostile_frames_after_the_token_never_break_the_session(payloads: list[bytes]) -> None:
    broker = greeted()
    data = b"".join(len(p).to_bytes(4, "big") + p for p in payloads)
    for message in broker.read(broker.turn(data)):
        assert isinstance(message, messages.Goodbye | messages.Failed | messages.Answer)


# ---- virtual hosts


def test_each_virtual_host_gets_one_channel_when_it_is_first_asked_for() -> None:
    broker = greeted()
    for vhost in ("shop", "/", "shop"):
        (answer,) = broker.call(messages.PurgeQueue("q", vhost))
        assert isinstance(answer, messages.Answer)
    assert broker.requests[2:] == [
        commands.OpenChannel(102, 7, 2, "shop"),
        commands.PurgeQueue(102, "q"),
        commands.PurgeQueue(101, "q"),
        commands.PurgeQueue(102, "q"),
    ]


def test_the_virtual_host_asked_for_longest_ago_makes_room() -> None:
    broker = greeted()
    for number in range(limits.NATIVE_CHANNELS_MAX):
        broker.call(messages.PurgeQueue("q", f"v{number}"))
    closed = [each for each in broker.requests if isinstance(each, commands.CloseChannel)]
    assert closed == [commands.CloseChannel(101)]
    broker.call(messages.PurgeQueue("q", "/"))
    assert broker.requests[-2].vhost == ""
    assert sum(isinstance(each, commands.CloseChannel) for each in broker.requests) == 2


def test_a_virtual_host_that_was_deleted_and_made_again_is_asked_anew() -> None:
    gone = {102}

    def answer(request: Any) -> None:
        if isinstance(request, commands.PurgeQueue) and request.channel_id in gone:
            raise RefusedError(Refusal.NO_SUCH_CHANNEL, "There is no channel 102.")

    broker = greeted(answer)
    (answered,) = broker.call(messages.PurgeQueue("q", "shop"))
    assert isinstance(answered, messages.Answer)
    assert broker.requests[-2:] == [commands.OpenChannel(103, 7, 3, "shop"), commands.PurgeQueue(103, "q")]


def test_a_virtual_host_may_have_queues_enough() -> None:
    """Then new ones are refused, with a name or without; those that are there can be declared, or asked."""
    broker = greeted(lambda request: QueueStatus("", 0, 0))
    for name in ("new", ""):
        (failed,) = broker.call(messages.DeclareQueue(name, vhost=FULL_VHOST))
        assert failed.code == "too_many_queues_of_vhost"
    for request in (messages.DeclareQueue(ITS_QUEUE), messages.DeclareQueue("new", is_passive=True)):
        (answer,) = broker.call(msgspec.structs.replace(request, vhost=FULL_VHOST))
        assert isinstance(answer, messages.Answer)


def test_a_full_queue_that_refuses_is_told_apart_from_no_queue() -> None:
    broker = greeted(lambda request: EngineReply(True) if isinstance(request, PublishMessage) else None)
    (answer,) = broker.call(messages.Publish("", "q", b""))
    assert result(answer, messages.PublishReply) == messages.PublishReply(True, was_refused=True)
    (answer,) = greeted().call(messages.Publish("", NOWHERE, b""))
    assert result(answer, messages.PublishReply) == messages.PublishReply(False)
