"""A broker as one would explain it: lists that are walked, and no thought of speed.

What waits in a queue, who comes first, what expires, dies and goes on where: the engine has to come to the
same. Messages are known by their body. Nobody subscribes here; messages are taken one by one.
"""

from collections import deque
from dataclasses import dataclass, field, replace

from hypothesis import assume

from mqstudio.model.arguments import queue_rules
from mqstudio.model.delivery import Outcome
from mqstudio.model.rules import Overflow, QueueKind, QueueRules
from mqstudio.model.topology import Arguments


@dataclass(frozen=True)
class NaiveDeath:
    """As `model.message.Death`."""

    queue: str
    reason: str
    count: int
    exchange: str
    key: str


@dataclass(frozen=True)
class NaiveMessage:
    """`order` is the order of arrival, `times` how often it was handed over here."""

    body: bytes
    exchange: str
    key: str
    order: int
    at_us: int
    ttl_us: int | None = None
    priority: int = 0
    deaths: tuple[NaiveDeath, ...] = ()
    times: int = 0


@dataclass
class NaiveQueue:
    """`returned` come first; only quorum queues use it."""

    name: str
    arguments: Arguments
    rules: QueueRules
    used_at_us: int
    fresh: list[NaiveMessage] = field(default_factory=list)
    returned: list[NaiveMessage] = field(default_factory=list)
    is_deleted: bool = False

    def ready(self) -> list[NaiveMessage]:
        most = self.rules.max_priority
        by_priority = sorted(self.fresh, key=lambda each: (-min(each.priority, most), each.order))
        return [*self.returned, *by_priority]

    def take(self) -> NaiveMessage:
        first = self.ready()[0]
        (self.returned if first in self.returned else self.fresh).remove(first)
        return first

    def put_back(self, message: NaiveMessage) -> None:
        (self.returned if self.rules.kind is QueueKind.QUORUM else self.fresh).append(message)

    def is_over(self, *more: NaiveMessage) -> bool:
        waiting = [*self.ready(), *more]
        size = sum(len(each.body) for each in waiting)
        rules = self.rules
        return (rules.max_messages is not None and len(waiting) > rules.max_messages) or (
            rules.max_bytes is not None and size > rules.max_bytes
        )

    def expiry_us(self) -> int | None:
        """When the first message expires; it alone counts."""
        ready = self.ready()
        lives = [ttl for ttl in (ready[0].ttl_us, self.rules.ttl_us) if ttl is not None] if ready else []
        return ready[0].at_us + min(lives) if lives else None


@dataclass(frozen=True)
class NaiveBinding:
    source: str
    key: str
    queue: str = ""
    exchange: str = ""


class NaiveBroker:
    """Exchanges are fanout or direct. `lost` are bodies, in the order in which they were lost for good."""

    def __init__(self, exchanges: dict[str, tuple[str, str | None]]) -> None:
        self.exchanges = exchanges
        self.bindings: list[NaiveBinding] = []
        self.queues: dict[str, NaiveQueue] = {}
        self.policies: dict[str, Arguments] = {}
        self.dying: deque[tuple[NaiveQueue, NaiveMessage, str]] = deque()
        self.held: dict[int, tuple[NaiveQueue, NaiveMessage]] = {}
        self.lost: list[tuple[str, bytes, str]] = []
        self.now_us = 0
        self._order = 0

    # ---- routing

    def route(self, exchange: str, key: str) -> list[str]:
        found: dict[str, None] = {}
        seen = [exchange]
        for each in seen:
            if not each:
                found.update({key: None} if key in self.queues else {})
                continue
            kind, alternate = self.exchanges[each]
            matching = [b for b in self.bindings if b.source == each and (kind == "fanout" or b.key == key)]
            if not matching and alternate in self.exchanges:
                matching = [NaiveBinding(each, "", exchange=alternate)]
            found.update({b.queue: None for b in matching if b.queue})
            seen += dict.fromkeys(b.exchange for b in matching if b.exchange and b.exchange not in seen)
        return list(found)

    def publish(self, exchange: str, message: NaiveMessage, *, is_dead: bool = False) -> bool:
        """True if a queue refuses it."""
        self._order += 1
        message = replace(message, order=self._order, at_us=self.now_us, exchange=exchange)
        is_refused = False
        for name in self.route(exchange, message.key):
            if is_dead and _is_cycle(message, name):
                self.lost.append((name, message.body, "cycle"))
            else:
                is_refused |= self._arrive(self.queues[name], message)
        return is_refused

    def _arrive(self, queue: NaiveQueue, message: NaiveMessage) -> bool:
        overflow = queue.rules.overflow
        if queue.is_over(message):
            self._expire(queue, self.now_us - 1)  # what has expired takes no room
        if overflow is not Overflow.DROP_HEAD and queue.is_over(message):
            if overflow is Overflow.REFUSE_AND_DEAD_LETTER:
                self._die(queue, message, "maxlen")
            return True
        queue.fresh.append(message)
        self._enforce(queue)
        return False

    def _enforce(self, queue: NaiveQueue) -> None:
        while queue.ready() and queue.is_over():
            self._die(queue, queue.take(), "maxlen")

    # ---- dying

    def _expire(self, queue: NaiveQueue, until_us: int) -> None:
        """Everything that has expired at the head goes, whatever other queues have that is due as well."""
        while (expiry_us := queue.expiry_us()) is not None and expiry_us <= until_us:
            self._die(queue, queue.take(), "expired")

    def _die(self, queue: NaiveQueue, message: NaiveMessage, reason: str) -> None:
        if queue.rules.dead_letter_exchange is None:
            self.lost.append((queue.name, message.body, reason))
        else:
            self.dying.append((queue, message, reason))

    def go_on(self) -> None:
        while self.dying:
            queue, old, reason = self.dying.popleft()
            exchange = queue.rules.dead_letter_exchange
            if exchange is None or (exchange and exchange not in self.exchanges):
                self.lost.append((queue.name, old.body, reason))
                continue
            key = old.key if queue.rules.dead_letter_key is None else queue.rules.dead_letter_key
            deaths = _one_more(old, queue.name, reason)
            self.publish(exchange, replace(old, key=key, ttl_us=None, deaths=deaths, times=0), is_dead=True)

    # ---- time

    def advance(self, now_us: int) -> None:
        """Let everything happen at its time, the first things first."""
        while True:
            due = [(q.expiry_us(), q) for q in self.queues.values()]
            due += [
                (q.used_at_us + q.rules.expires_us, q)
                for q in self.queues.values()
                if q.rules.expires_us is not None
            ]
            times = sorted(at for at, _ in due if at is not None and at <= now_us)
            if self.dying and not (times and times[0] <= self.now_us):
                self.go_on()  # when all that is due at this moment has happened
                continue
            if not times:
                break
            self.now_us = max(self.now_us, times[0])
            first = [(at, queue) for at, queue in due if at is not None and at <= self.now_us]
            assume(len(first) == 1)  # what is due in several queues by now may happen in any order
            queue = first[0][1]
            if queue.expiry_us() == times[0]:
                self._expire(queue, self.now_us)
            else:
                self.delete(queue.name)
        self.now_us = now_us

    # ---- what clients ask for

    def declare(self, name: str, arguments: Arguments) -> None:
        rules = queue_rules(arguments, self.policies.get(name))
        self.queues[name] = NaiveQueue(name, arguments, rules, self.now_us)

    def delete(self, name: str) -> None:
        queue = self.queues.pop(name)
        queue.is_deleted = True
        held = [message for holder, message in self.held.values() if holder is queue]
        self.lost += [(name, each.body, "queue_deleted") for each in [*queue.ready(), *held]]
        self.bindings = [b for b in self.bindings if b.queue != name]

    def restart(self) -> None:
        """All that was held is back at its place, and nothing is returned any more."""
        for queue, message in self.held.values():
            if not queue.is_deleted:
                queue.fresh.append(message)
        self.held.clear()
        for queue in self.queues.values():
            queue.fresh += queue.returned
            queue.returned = []
            queue.fresh.sort(key=lambda each: each.order)
            queue.used_at_us = self.now_us
            for message in [each for each in queue.ready() if self.is_worn_out(queue, each)]:
                queue.fresh.remove(message)
                self._die(queue, message, "delivery_limit")
            if queue.rules.overflow is Overflow.DROP_HEAD:
                self._enforce(queue)

    @staticmethod
    def is_worn_out(queue: NaiveQueue, message: NaiveMessage) -> bool:
        limit = queue.rules.delivery_limit
        return limit is not None and message.times > limit

    def set_policy(self, name: str, definition: Arguments | None) -> None:
        self.policies.pop(name, None)
        if definition:
            self.policies[name] = definition
        queue = self.queues.get(name)
        if queue is None:
            return
        rules = queue_rules(queue.arguments, definition)
        if rules == queue.rules:
            return
        queue.rules = rules
        queue.used_at_us = self.now_us
        if rules.overflow is Overflow.DROP_HEAD:
            self._enforce(queue)

    def take(self, name: str, tag: int) -> NaiveMessage | None:
        queue = self.queues[name]
        queue.used_at_us = self.now_us
        if not queue.ready():
            return None
        message = queue.take()
        self.held[tag] = (queue, replace(message, times=message.times + 1))
        self._expire(queue, self.now_us)
        return message

    def settle(self, tag: int, outcome: Outcome) -> None:
        queue, message = self.held.pop(tag)
        limit = queue.rules.delivery_limit
        if queue.is_deleted or outcome is Outcome.ACCEPTED:
            return
        if outcome is Outcome.REJECTED:
            self._die(queue, message, "rejected")
        elif limit is not None and message.times > limit:
            self._die(queue, message, "delivery_limit")
        else:
            queue.put_back(message)
            if queue.rules.overflow is Overflow.DROP_HEAD:
                self._enforce(queue)


def _is_cycle(message: NaiveMessage, queue: str) -> bool:
    names = [death.queue for death in message.deaths]
    if queue not in names:
        return False
    return "rejected" not in [death.reason for death in message.deaths[: names.index(queue) + 1]]


def _one_more(message: NaiveMessage, queue: str, reason: str) -> tuple[NaiveDeath, ...]:
    same = [d for d in message.deaths if (d.queue, d.reason) == (queue, reason)]
    others = tuple(d for d in message.deaths if d not in same)
    if same:
        return (replace(same[0], count=same[0].count + 1), *others)
    return (NaiveDeath(queue, reason, 1, message.exchange, message.key), *others)
