"""Watchers with a filter: what passes, and what a filter that costs much does to nobody."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model.errors import RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.queries import WatchEvents
from mqstudio.server import tailing
from tests.unit.server.test_watch import Watched, Watcher, _whats


def test_a_filter_lets_events_pass_as_their_message_stands_then() -> None:
    """The state is that of the event, the holder whoever gets it."""
    watched, link = Watched(), Watcher()
    watched.start(link, WatchEvents("q", where="body.n > 1 and (state == in_flight or state == done)"))
    for number in (1, 2):
        watched.publish(watched.me, "q", b'{"n": %d}' % number)
        watched.do(c.TakeMessage(watched.me, "q", is_auto_settled=True))
    watched.offer()
    mail = link.take()
    assert _whats(mail) == ["delivered", "settled"]
    assert {letter.item.message_id for letter in mail} == {2}


def test_holders_and_publishers_are_known_by_name() -> None:
    watched, link = Watched(), Watcher()
    where = "held_by startswith client or publisher == client and reason == accepted"
    watched.start(link, WatchEvents(where=where))
    watched.publish(watched.me, "q")
    watched.do(c.TakeMessage(watched.me, "q", is_auto_settled=True))
    watched.offer()
    assert _whats(link.take()) == ["delivered", "settled"]


def test_what_a_filter_has_no_time_for_is_told_as_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter that costs much holds up nobody: what it was not asked about is counted."""
    watched, link = Watched(), Watcher()
    watched.start(link, WatchEvents(where="body.n == 1"))
    for _ in range(20):
        watched.publish(watched.me, "q", b'{"n": 2}')
    monkeypatch.setattr(tailing.limits, "FILTER_TURN_US", 0)
    batch = EventBatch()
    for each in watched.batches:
        batch += each
    watched.batches.clear()
    assert watched.watches.offer(batch) == [link]
    (gap,) = link.take()
    assert gap.gap == 60 - 15


def test_a_watch_with_a_text_that_is_no_filter_is_refused() -> None:
    watched, link = Watched(), Watcher()
    with pytest.raises(RefusedError, match="'redy' is no state"):
        watched.start(link, WatchEvents(where="state == redy"))
    watched.publish(watched.me)
    assert watched.offer() == []
