"""What a broker made of lists does by hand: moving, redriving, and back."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mqstudio.model.errors import Refusal, RefusedError
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

    def do(self, call: Any) -> ActedReply:
        """Do what a call asks."""
        if isinstance(call, hand.MoveBack):
            return self._back(call)
        assert isinstance(call, hand.MoveMessages | hand.RedriveMessages), call
        wanted = set(call.ids)
        rows = [row for row in self._broker.queues[call.queue] if row.message_id in wanted]
        rows = [row for row in rows if row.state is MessageState.READY]
        going = [(row, home) for row in rows if (home := self._home(call, row))]
        changed = {each.id: each for each in call.changed}
        successors = [self._go(call.queue, row, home, changed.get(row.message_id)) for row, home in going]
        gone = {row.message_id for row, _ in going}
        left = tuple(each for each in call.ids if each not in gone)
        return ActedReply(
            len(going), left, None, tuple(successors), tuple(dict.fromkeys(home for _, home in going))
        )

    def _home(self, call: Any, row: MessageRow) -> str:
        if isinstance(call, hand.RedriveMessages):
            return row.died_in if row.died_in in self._broker.queues else ""
        if self._broker.is_full:
            raise RefusedError(Refusal.TOO_MANY, f"Queue '{call.to.queue}' has no room for more.")
        return call.to.queue

    def _go(self, queue: str, row: MessageRow, home: str, changed: Any) -> int:
        broker = self._broker
        body = changed.body if changed is not None else broker.bodies[row.message_id]
        said = changed.properties if changed is not None else broker.properties.get(row.message_id)
        broker.queues[queue].remove(row)
        new_id = broker.add_message(home, body)
        if said is not None:
            broker.properties[new_id] = said
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
