"""What a broker made of lists does by hand: taking out, moving, redriving, and back; ending, pausing."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Properties
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.model.verbs import ActedReply
from mqstudio.protocols.native import hand

if TYPE_CHECKING:
    from tests.support.list_broker import ListBroker


class ByHand:
    """Remembers what moved messages were."""

    def __init__(self, broker: "ListBroker") -> None:
        self._broker = broker
        self._were: dict[int, tuple[str, MessageRow]] = {}
        self.bins = 100
        self.paused: dict[str, bool] = {}

    def do(self, call: Any) -> ActedReply:
        """Do what a call asks."""
        match call:
            case hand.MoveBack():
                return self._back(call)
            case hand.RemoveMessages():
                return self._remove(call)
            case hand.ForceOutcome():
                return self._force(call)
            case hand.PauseQueue():
                self.paused[call.queue] = call.is_paused
                return ActedReply(0)
            case hand.PauseSubscription():
                self._pause_consumer(call)
                return ActedReply(0)
            case hand.PauseAll():
                self._broker.totals = replace(self._broker.totals, is_paused=call.is_paused)
                return ActedReply(0)
        assert isinstance(call, hand.MoveMessages | hand.RedriveMessages), call
        wanted = set(call.ids)
        rows = [row for row in self._broker.queues[call.queue] if row.message_id in wanted]
        is_copy = isinstance(call, hand.MoveMessages) and call.is_copy
        states = (MessageState.READY, MessageState.IN_FLIGHT) if is_copy else (MessageState.READY,)
        rows = [row for row in rows if row.state in states]
        going = [(row, home) for row in rows if (home := self._home(call, row))]
        changed = {each.id: each for each in call.changed}
        successors = [
            self._go(call.queue, row, home, changed.get(row.message_id), is_copy=is_copy)
            for row, home in going
        ]
        gone = {row.message_id for row, _ in going}
        left = tuple(each for each in call.ids if each not in gone)
        return ActedReply(
            len(going), left, None, tuple(successors), tuple(dict.fromkeys(home for _, home in going))
        )

    def publish(self, exchange: str, key: str, body: bytes, properties: Properties) -> ActedReply:
        """Publish into the queue of that name, if there is one and it has room."""
        broker = self._broker
        broker.published.append((exchange, key, body, properties))
        if key not in broker.queues or broker.is_full:
            return ActedReply(0)
        return ActedReply(1, (), None, (broker.add_message(key, body),), (key,))

    def _home(self, call: Any, row: MessageRow) -> str:
        if isinstance(call, hand.RedriveMessages):
            return row.died_in if row.died_in in self._broker.queues else ""
        if self._broker.is_full:
            raise RefusedError(Refusal.TOO_MANY, f"Queue '{call.to.queue}' has no room for more.")
        if call.to.exchange is None:
            return call.to.queue
        return row.routing_key if call.to.routing_key is None else call.to.routing_key

    def _remove(self, call: hand.RemoveMessages) -> ActedReply:
        broker = self._broker
        rows = [row for row in broker.queues[call.queue] if row.state is MessageState.READY]
        wanted = set(call.ids)
        taken = rows[: call.first] if call.first else [row for row in rows if row.message_id in wanted]
        gone = {row.message_id for row in taken}
        broker.queues[call.queue] = [r for r in broker.queues[call.queue] if r.message_id not in gone]
        left = tuple(each for each in call.ids if each not in gone)
        if not taken:
            return ActedReply(0, left)
        self.bins += 1
        broker.binned[self.bins] = (call.queue, taken)
        return ActedReply(len(taken), left, self.bins)

    def _force(self, call: hand.ForceOutcome) -> ActedReply:
        ends = {"accepted": MessageState.DONE, "rejected": MessageState.DEAD_LETTERED}
        rows, wanted = self._broker.queues[call.queue], set(call.ids)
        held = [r for r in rows if r.message_id in wanted and r.state is MessageState.IN_FLIGHT]
        for row in held:
            state = ends.get(call.outcome.value, MessageState.READY)
            rows[rows.index(row)] = replace(row, state=state, holder="")
        ended = {row.message_id for row in held}
        return ActedReply(len(held), tuple(each for each in call.ids if each not in ended))

    def _pause_consumer(self, call: hand.PauseSubscription) -> None:
        self._broker.subscriptions = [
            replace(row, is_paused=call.is_paused) if row.id == call.subscription_id else row
            for row in self._broker.subscriptions
        ]

    def _go(self, queue: str, row: MessageRow, home: str, changed: Any, *, is_copy: bool) -> int:
        broker = self._broker
        body = changed.body if changed is not None else broker.bodies[row.message_id]
        said = changed.properties if changed is not None else broker.properties.get(row.message_id)
        if not is_copy:
            broker.queues[queue].remove(row)
        new_id = broker.add_message(home, body)
        if said is not None:
            broker.properties[new_id] = said
        if not is_copy:
            self._were[new_id] = (queue, row)
        return new_id

    def _back(self, call: hand.MoveBack) -> ActedReply:
        queue = self._broker.queues[call.queue]
        here = {row.message_id: row for row in queue if row.state is MessageState.READY}
        back = [each for each in call.ids if each in here and each in self._were]
        for each in back:
            queue.remove(here[each])
            home, row = self._were.pop(each)
            rows = [*self._broker.queues[home], replace(row)]
            self._broker.queues[home] = sorted(rows, key=lambda row: row.message_id)
        return ActedReply(len(back), tuple(each for each in call.ids if each not in back))
