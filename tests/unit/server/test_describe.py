"""Events and messages in few words."""

from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.limits import PREVIEW_BYTES
from mqstudio.server import describe
from mqstudio.store.base import Life
from mqstudio.store.segment import MESSAGE_EVENTS
from tests.support.driver import Driver

NAMES = {2: "Ada"}


def _name_of(connection_id: int) -> str:
    return NAMES.get(connection_id, "")


def _driver() -> tuple[Driver, int]:
    driver = Driver()
    channel = driver.channel(driver.connect("Ada"))
    driver.queue(channel)
    driver.all_events.clear()
    return driver, channel


def _message_events(driver: Driver) -> list[Any]:
    return [event for event in driver.all_events if type(event) in MESSAGE_EVENTS]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"Hello!", "Hello!"),
        (b"", ""),
        (b"two\nlines\tand\rmore", "two lines and more"),
        (b"\x00\x1b[2J", "··[2J"),
        ("grüße 日本".encode(), "grüße 日本"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("\u202etxt".encode(), "·txt"),
        ("a\u2028b".encode(), "a b"),
    ],
)
def test_a_preview_is_one_line_that_can_be_shown(body: bytes, text: str) -> None:
    assert describe.preview(body) == text


def test_a_preview_is_short_and_may_cut_a_character() -> None:
    assert describe.preview(b"x" * 10_000) == "x" * PREVIEW_BYTES
    cut = describe.preview(b"x" * (PREVIEW_BYTES - 1) + "ü".encode())
    assert cut == "x" * (PREVIEW_BYTES - 1) + "\ufffd"


def test_every_message_event_has_words() -> None:
    assert set(describe.DETAILS) == set(MESSAGE_EVENTS)


def test_a_tail_item_is_flat() -> None:
    driver, channel = _driver()
    driver.publish(channel, body=b"Hi\n")
    item = describe.tail_item(_message_events(driver)[2])
    assert (item.what, item.queue, item.routing_key, item.size_bytes) == ("enqueued", "q", "q", 3)
    assert item.preview == "Hi "


def test_whoever_took_a_message_alone_is_named_without_a_tag() -> None:
    driver, channel = _driver()
    driver.publish(channel)
    driver.do(c.TakeMessage(channel, "q"))
    (event,) = driver.delivered() or driver.of(e.MessageDelivered)
    assert describe.holder(event, _name_of) == "Ada"
    assert describe.holder(event, lambda _: "") == "connection 2"


def test_unroutable_messages_say_what_became_of_them() -> None:
    driver, channel = _driver()
    for is_mandatory in (False, True):
        driver.publish(channel, "nowhere", is_mandatory=is_mandatory)
    details = [describe.life_step(event, _name_of).detail for event in _message_events(driver)]
    assert details == ["by Ada", "no binding matched", "by Ada", "returned to its publisher"]


def test_a_row_of_an_ended_message_counts_its_deliveries() -> None:
    driver, channel = _driver()
    driver.publish(channel)
    driver.subscribe(channel)
    driver.settle(channel, 1, Outcome.RELEASED)
    driver.accept(channel, 2)
    row = describe.ended_row("q", Life(1, _message_events(driver)), [1], _name_of)
    assert row is not None
    assert (row.state, row.ended_because, row.delivery_count, row.is_redelivered) == (
        "done",
        "accepted",
        2,
        True,
    )
    assert (row.holder, row.holder_connection_id) == ("Ada · t", 2)
    assert row.published_at_us < (row.delivered_at_us or 0) < (row.ended_at_us or 0)


def test_a_message_that_has_not_ended_has_no_ended_row() -> None:
    driver, channel = _driver()
    driver.publish(channel)
    driver.subscribe(channel)
    driver.settle(channel, 1, Outcome.RELEASED)
    assert describe.ended_row("q", Life(1, _message_events(driver)), [1], _name_of) is None


def test_a_rejected_message_is_dropped_and_not_done() -> None:
    driver, channel = _driver()
    driver.publish(channel)
    driver.subscribe(channel)
    driver.settle(channel, 1, Outcome.REJECTED)
    row = describe.ended_row("q", Life(1, _message_events(driver)), [1], _name_of)
    assert row is not None
    assert (row.state, row.ended_because) == ("dropped", "rejected")
