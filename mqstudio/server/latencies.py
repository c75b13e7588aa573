"""How long messages wait and consumers take, from the events of each turn.

Time in queue is from the publish to the first hand-over, time to accept from a hand-over to its acceptance.
On the hot path this costs a look at no more than LATENCY_LOOKS events in each sample: of more, every n-th is
looked at, and n is told. What is found is sorted by queue, client and consumer once a second.
"""

from collections.abc import Iterable

from mqstudio.model.events import EventBatch, MessageDelivered
from mqstudio.model.histogram import Histogram
from mqstudio.model.limits import LATENCY_LOOKS
from mqstudio.model.rates import TOTAL, Scope, ScopeKind

_BURST = 4
"""Within one sample, this many times the usual looks are taken before n grows at once."""

Found = tuple[int, int, int, int]
"""Queue, connection, subscription (0: none), µs."""


class Latencies:
    """`one_in`: of the latest events, one in so many is looked at. `take` gives what was found."""

    def __init__(self) -> None:
        self.one_in = 1
        self._most_one_in = 1
        self._seen = self._looked = 0
        self._skip = self._skip_answered = 0
        self._waits: list[Found] = []
        self._holds: list[Found] = []

    def note(self, batch: EventBatch) -> None:
        """Look at the events of one turn. Hot: once a turn, which mostly has nothing to be looked at."""
        count = len(batch)
        self._seen += count
        skip = self._skip
        if skip >= count:
            self._skip = skip - count
        else:
            self._look(batch, skip, count)
        answered = batch.answered
        if answered:
            skip, count = self._skip_answered, len(answered)
            if skip >= count:
                self._skip_answered = skip - count
            else:
                self._look_at_answered(answered, skip, batch[-1].at_us)

    def _look(self, batch: EventBatch, skip: int, count: int) -> None:
        looked_at = batch[skip :: self.one_in]
        self._skip = skip + len(looked_at) * self.one_in - count
        self._looked += len(looked_at)
        for event in looked_at:
            if type(event) is MessageDelivered and not event.is_redelivered:
                self._waits.append(_found(event, event.at_us - event.message.published_at_us))
        if self._looked > _BURST * LATENCY_LOOKS:
            self.one_in, self._looked = fitting(self.one_in * 2), 0

    def _look_at_answered(self, answered: list[MessageDelivered], skip: int, now_us: int) -> None:
        looked_at = answered[skip :: self.one_in]
        self._skip_answered = skip + len(looked_at) * self.one_in - len(answered)
        self._looked += len(looked_at)
        self._holds += [_found(event, now_us - event.at_us) for event in looked_at]

    def tick(self) -> None:
        """A sample is taken: from now on look at as many as there is time for."""
        self._most_one_in = max(self._most_one_in, self.one_in)
        self.one_in = fitting(-(-self._seen // LATENCY_LOOKS))
        self._skip = min(self._skip, self.one_in)
        self._skip_answered = min(self._skip_answered, self.one_in)
        self._seen = self._looked = 0

    def take(self) -> tuple[dict[Scope, tuple[Histogram, Histogram]], int]:
        """Histograms of waits and of holds by scope, and of how many one was looked at; begin anew."""
        sorted_out: dict[Scope, tuple[Histogram, Histogram]] = {}
        for place, found in enumerate((self._waits, self._holds)):
            for scope, value_us in _by_scope(found):
                if scope not in sorted_out:
                    sorted_out[scope] = (Histogram(), Histogram())
                sorted_out[scope][place].add(value_us)
        one_in, self._most_one_in = self._most_one_in, self.one_in
        self._waits, self._holds = [], []
        return sorted_out, one_in


def fitting(one_in: int) -> int:
    """At least so many, and no multiple of 2, 3 or 5: what a turn has repeats itself by these."""
    while one_in > 1 and not (one_in % 2 and one_in % 3 and one_in % 5):
        one_in += 1
    return max(1, one_in)


def _found(event: MessageDelivered, took_us: int) -> Found:
    subscription = event.subscription
    return event.queue.id, event.channel.connection_id, subscription.id if subscription else 0, took_us


def _by_scope(found: Iterable[Found]) -> Iterable[tuple[Scope, int]]:
    for queue_id, connection_id, subscription_id, took_us in found:
        yield TOTAL, took_us
        yield Scope(ScopeKind.QUEUE, queue_id), took_us
        yield Scope(ScopeKind.CLIENT, connection_id), took_us
        if subscription_id:
            yield Scope(ScopeKind.CONSUMER, subscription_id), took_us
