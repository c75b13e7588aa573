"""How long messages wait and are held, by what they belong to; of many events one in n is looked at."""

from mqstudio.model.events import EventBatch, MessageDelivered
from mqstudio.model.limits import LATENCY_LOOKS
from mqstudio.model.message import Message
from mqstudio.model.rates import TOTAL, Scope, ScopeKind
from mqstudio.model.refs import ChannelRef, QueueRef, SubscriptionRef
from mqstudio.server.latencies import Latencies, fitting

QUEUE, CHANNEL = QueueRef("/", "q", 3), ChannelRef(9, 5, 1)
SUBSCRIPTION = SubscriptionRef(8, 5, 1, "tag")


def delivered(published_at_us: int, at_us: int, *, is_redelivered: bool = False) -> MessageDelivered:
    message = Message(1, b"", b"", "", "q", published_at_us, "hub", 0)
    return MessageDelivered(at_us, message, QUEUE, CHANNEL, SUBSCRIPTION, 1, is_redelivered, False)


def test_a_first_hand_over_tells_how_long_it_waited() -> None:
    latencies, batch = Latencies(), EventBatch()
    batch.append(delivered(100, 350))
    batch.append(delivered(100, 900, is_redelivered=True))
    latencies.note(batch)
    found, one_in = latencies.take()
    assert one_in == 1
    scopes = {TOTAL, *(Scope(kind, id) for kind, id in KINDS)}
    assert set(found) == scopes
    assert all(waits.total == 1 and not holds.total for waits, holds in found.values())
    assert latencies.take() == ({}, 1)


KINDS = ((ScopeKind.QUEUE, 3), (ScopeKind.CLIENT, 5), (ScopeKind.CONSUMER, 8))


def test_of_many_one_in_n_is_looked_at() -> None:
    latencies, batch = Latencies(), EventBatch()
    batch.extend([delivered(0, 1)] * (10 * LATENCY_LOOKS))
    latencies.note(batch)
    latencies.tick()
    assert latencies.one_in >= 10
    latencies.take()
    latencies.note(batch)
    found, one_in = latencies.take()
    assert one_in == latencies.one_in
    assert abs(found[TOTAL][0].total - len(batch) / one_in) <= 1


def test_n_is_no_multiple_of_what_repeats_itself() -> None:
    for asked in range(1, 200):
        n = fitting(asked)
        assert n >= asked
        assert n == 1 or (n % 2 and n % 3 and n % 5)
