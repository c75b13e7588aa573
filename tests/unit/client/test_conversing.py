"""Gathering a conversation: what is asked of the ledger, what leads to more, and bounds."""

from typing import Any

import pytest

from mqstudio.client import conversing
from mqstudio.client.conversation_keys import Key
from mqstudio.client.conversing import conversation_by, conversation_of
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.message import Header, Properties
from mqstudio.model.queries import Search
from tests.support.list_broker import Clock, ListBroker, run_now

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Talking(ListBroker):
    """A broker whose messages say what they belong to; notes which searches it was asked for."""

    def __init__(self) -> None:
        super().__init__(Clock())
        self.searches: list[Search] = []

    def say(self, queue: str = "q", **properties: Any) -> int:
        self.clock.advance(1)
        message_id = self.add_message(queue)
        self.properties[message_id] = Properties(**properties)
        return message_id

    def watch(self, watch: Any) -> Any:
        self.searches.append(watch)
        return super().watch(watch)


def ids(told: conversing.Conversation) -> list[int]:
    return [spoken.part.message_id for spoken in told.messages]


def test_what_answers_it_and_what_it_answers_belong_to_a_message() -> None:
    broker = Talking()
    broker.say(message_id="a")
    broker.say("r", correlation_id="a", message_id="b")
    broker.say("s", correlation_id="b")
    broker.say(correlation_id="x")
    for message_id, queue in ((1, "q"), (2, "r"), (3, "s")):
        told = run_now(conversation_of(broker, "/", queue, message_id))
        assert ids(told) == [1, 2, 3], message_id
        assert (told.of_id, told.is_whole, told.is_cut) == (message_id, True, False)


def test_traces_join_messages_that_say_nothing_else_of_each_other() -> None:
    broker = Talking()
    for span in ("b7ad6b7169203331", "00f067aa0ba902b7"):
        broker.say(headers=[Header("traceparent", "string", f"00-{TRACE}-{span}-01")])
    broker.say(headers=[Header("traceparent", "string", "00-not-a-trace")])
    assert ids(run_now(conversation_of(broker, "/", "q", 1))) == [1, 2]
    assert ids(run_now(conversation_by(broker, Key("auto", TRACE)))) == [1, 2]


def test_a_reply_queue_joins_what_is_asked_and_answered_by_it_where_nothing_else_does() -> None:
    broker = Talking()
    broker.say(reply_to="answers")
    broker.say("answers")
    broker.say(reply_to="others")
    assert ids(run_now(conversation_of(broker, "/", "q", 1))) == [1, 2]


def test_a_chosen_field_is_the_only_key() -> None:
    broker = Talking()
    broker.say(type="Order", correlation_id="1")
    broker.say(type="Order", correlation_id="2")
    broker.say(type="Other", correlation_id="1")
    assert ids(run_now(conversation_by(broker, Key("type", "Order")))) == [1, 2]
    with pytest.raises(FilterError):
        run_now(conversation_by(broker, Key("no.such.field", "1")))


def test_it_looks_near_the_message_first_and_then_everywhere() -> None:
    broker = Talking()
    broker.say(correlation_id="k")
    run_now(conversation_of(broker, "/", "q", 1, by="correlation_id"))
    at_us = broker.queues["q"][0].published_at_us
    first, *others = [(each.since_us, each.until_us) for each in broker.searches]
    assert first == (at_us - conversing.MINUTE_US, at_us + conversing.MINUTE_US)
    assert (None, at_us - 60 * conversing.MINUTE_US - 1) in others
    assert (at_us + 60 * conversing.MINUTE_US + 1, None) in others


def test_a_long_conversation_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversing, "CONVERSATION_MESSAGES", 5)
    broker = Talking()
    for _ in range(9):
        broker.say(correlation_id="k")
    told = run_now(conversation_by(broker, Key("correlation_id", "k")))
    assert (len(told.messages), told.is_cut) == (5, True)


def test_who_is_told_of_progress_can_stop_it() -> None:
    broker = Talking()
    broker.say(correlation_id="k")
    told = run_now(conversation_of(broker, "/", "q", 1, progress=lambda *_: False))
    assert (ids(told), told.is_whole) == ([1], False)
