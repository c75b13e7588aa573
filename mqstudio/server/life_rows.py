"""Steps of lives as rows of the ledger: the opposite of what `record_making` and `describe` make of rows."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from msgspec.structs import replace

from mqstudio.exporters.base import Record
from mqstudio.model.rows import LifeStep, MessageState
from mqstudio.model.topology import ConnectionInfo
from mqstudio.store import spec_text
from mqstudio.store.changes import Section
from mqstudio.store.kinds import Kind

_DELAY: Final = re.compile(r"for ([\d,]+) ms")
_MOVED: Final = re.compile(r"(redriven|moved back|moved) to (.*); goes on as message \d+", re.DOTALL)
_HOW: Final = {"redriven": "redrive", "moved back": "back", "moved": "move"}
_ENDED: Final = {
    MessageState.DONE: "settled",
    MessageState.DROPPED: "dropped",
    MessageState.DEAD_LETTERED: "dead_lettered",
    MessageState.PURGED: "purged",
}

FIRST_ID: Final = 2**40
"""Ids of what a record names and does not number: far from those of the broker it was recorded by."""


class Numbers:
    """Numbers of queues, connections, channels and subscriptions, whose rows go to a section."""

    def __init__(self, section: Section) -> None:
        self.section = section
        self.next_queue = 1
        self.next_subscription = 1
        self.next_id = FIRST_ID
        self._queues: dict[tuple[str, str], int] = {}
        self._connections: dict[int, str] = {}
        self._named: dict[str, int] = {}
        self._channels: dict[tuple[int, int], int] = {}
        self._subscriptions: dict[tuple[int, int, str, int], int] = {}
        self._news: list[tuple[str, str, int]] = []

    def queue(self, vhost: str, name: str) -> int:
        """A queue's number."""
        found = self._queues.get((vhost, name))
        if found is None:
            found = self._queues[vhost, name] = self.next_queue
            self.next_queue += 1
            self.section.queues.append((found, vhost, name, 0))
            self._news.append((vhost, name, found))
        return found

    def new_queues(self) -> list[tuple[str, str, int]]:
        """Queues that were numbered since this was asked last."""
        news, self._news = self._news, []
        return news

    def connection(self, connection_id: int, name: str) -> int:
        """A connection's number: its own, if it has one."""
        if not connection_id and not name:
            return 0
        if not connection_id:
            connection_id = self._named.get(name) or self._new_id()
        if connection_id not in self._connections:
            self._connections[connection_id] = name
            self._named.setdefault(name, connection_id)
            info = spec_text.to_text(ConnectionInfo(connection_id, "", "", name))
            self.section.connections.append((connection_id, name, 0, info))
        return connection_id

    def publisher(self, record: Record) -> int:
        """Who published a record's message."""
        for step in record.life:
            if step.what == "published" and step.message_id in (0, record.row.message_id):
                return self.connection(step.connection_id, step.client)
        return self.connection(0, record.row.publisher)

    def channel(self, connection_id: int, number: int) -> int:
        """A channel's number among all."""
        found = self._channels.get((connection_id, number))
        if found is None:
            found = self._channels[connection_id, number] = self._new_id()
            self.section.channels.append((found, connection_id, number))
        return found

    def subscription(self, connection_id: int, channel: int, tag: str, queue_id: int) -> int:
        """A subscription's number."""
        key = (connection_id, channel, tag, queue_id)
        found = self._subscriptions.get(key)
        if found is None:
            found = self._subscriptions[key] = self.next_subscription
            self.next_subscription += 1
            self.section.subscriptions.append((found, *key))
        return found

    def _new_id(self) -> int:
        self.next_id += 1
        return self.next_id


class LifeRows:
    """Writes lives."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def write(self, record: Record, message_id: int) -> None:
        """What happened to a record's message; where that is not told, what its row tells."""
        own = [step for step in record.life if step.message_id in (0, record.row.message_id)]
        if not any(step.queue == record.row.queue for step in own if step.what in KINDS):
            own += _of_row(record)
        for step in own:
            self._write(record, message_id, step)

    def write_place(self, record: Record, message_id: int) -> None:
        """The message of the record before, in another queue: only what its life does not tell of that."""
        if not any(step.queue == record.row.queue for step in record.life if step.what in KINDS):
            for step in _of_row(record):
                self._write(record, message_id, step)

    def _write(self, record: Record, message_id: int, step: LifeStep) -> None:
        make = KINDS.get(step.what)
        if make is None:
            return  # published and routed are told by the message, and by where it arrives
        kind, told = make(step)
        queue_id = self._numbers.queue(step.vhost or record.vhost, step.queue) if step.queue else None
        if step.queue == record.row.queue and record.row.state in _STAYS:
            kind = _LOGGED.get(kind, kind)
            told = {"stays": True} if kind == Kind.READ_ACCEPTED else told
        channel_id, subscription_id, delivery_tag = self._who(step, queue_id)
        self._numbers.section.events.append(
            (
                message_id,
                step.at_us,
                int(kind),
                queue_id,
                channel_id,
                subscription_id,
                delivery_tag,
                spec_text.to_text(told) if told else None,
            )
        )

    def _who(self, step: LifeStep, queue_id: int | None) -> tuple[int | None, int | None, int | None]:
        if step.what not in ("delivered", "settled"):
            return None, None, None
        connection_id = self._numbers.connection(step.connection_id, step.client)
        channel_id = self._numbers.channel(connection_id, step.channel)
        subscription_id = None
        if step.tag and queue_id is not None:
            subscription_id = self._numbers.subscription(connection_id, step.channel, step.tag, queue_id)
        return channel_id, subscription_id, step.delivery_tag


Told = dict[str, object]

_STAYS: Final = frozenset({MessageState.READY, MessageState.IN_FLIGHT})
_LOGGED: Final = {Kind.ACCEPTED: Kind.READ_ACCEPTED}
"""What was accepted and is there still was read from a log."""


def _delivered(step: LifeStep) -> tuple[Kind, Told]:
    is_again = step.detail.endswith("(again)")
    if step.is_auto_settled:
        return (Kind.REDELIVERED_SETTLED if is_again else Kind.DELIVERED_SETTLED), {}
    return (Kind.REDELIVERED if is_again else Kind.DELIVERED), {}


def _settled(step: LifeStep) -> tuple[Kind, Told]:
    outcome = step.outcome or step.detail.partition(" ")[0]
    kind = {"released": Kind.RELEASED, "rejected": Kind.REJECTED}.get(outcome, Kind.ACCEPTED)
    if step.forced_by is not None:
        return kind, {"forced_by": step.forced_by}
    return kind, {"cause": step.reason} if step.reason and kind == Kind.RELEASED else {}


def _dropped(step: LifeStep) -> tuple[Kind, Told]:
    return Kind.DROPPED, {"reason": step.reason or step.detail}


def _dead_lettered(step: LifeStep) -> tuple[Kind, Told]:
    reason = step.reason or step.detail.partition(";")[0]
    return Kind.DEAD_LETTERED, {
        "reason": reason,
        "exchange": step.exchange,
        "successor_id": step.successor_id,
    }


def _delayed(step: LifeStep) -> tuple[Kind, Told]:
    match = _DELAY.fullmatch(step.detail)
    delay_us = int(match[1].replace(",", "")) * 1000 if match is not None else 0
    until_us = step.at_us + delay_us
    return Kind.DELAYED, {"until_us": until_us, "vhost": step.vhost, "exchange": step.exchange}


def _moved(step: LifeStep) -> tuple[Kind, Told]:
    match = _MOVED.fullmatch(step.detail)
    how, to = (_HOW[match[1]], match[2].split(", ")) if match is not None else ("move", [])
    return Kind.PURGED, {"successor_id": step.successor_id, "how": how, "to": to}


def _restored(step: LifeStep) -> tuple[Kind, Told]:
    return Kind.RESTORED, {"bin_id": 1 if step.detail == "from the bin" else 0}


def _unroutable(step: LifeStep) -> tuple[Kind, Told]:
    return (Kind.RETURNED if step.detail == "returned to its publisher" else Kind.UNROUTABLE), {}


def _always(kind: Kind, told: Told | None = None) -> Callable[[LifeStep], tuple[Kind, Told]]:
    return lambda _: (kind, told or {})


KINDS: Final[dict[str, Callable[[LifeStep], tuple[Kind, Told]]]] = {
    "enqueued": _always(Kind.ENQUEUED),
    "delivered": _delivered,
    "settled": _settled,
    "requeued": _always(Kind.REQUEUED),
    "dropped": _dropped,
    "dead_lettered": _dead_lettered,
    "refused": _always(Kind.REFUSED),
    "delayed": _delayed,
    "purged": _always(Kind.PURGED, {"bin_id": 0}),
    "moved": _moved,
    "restored": _restored,
    "unroutable": _unroutable,
}
"""What happened → what makes the kind of its row, and what that tells besides."""


def _of_row(record: Record) -> Iterator[LifeStep]:
    """A life of which only the row tells."""
    row = record.row
    if not row.queue:
        yield LifeStep(row.published_at_us, "unroutable", "", "")
        return
    here = LifeStep(row.published_at_us, "enqueued", row.queue, "", vhost=record.vhost)
    yield here
    if row.delivered_at_us is not None:
        client, _, tag = row.holder.partition(" · ")
        again = " (again)" if row.is_redelivered else ""
        yield replace(
            here,
            at_us=row.delivered_at_us,
            what="delivered",
            detail=f"to {row.holder}{again}",
            client=client,
            connection_id=row.holder_connection_id or 0,
            tag=tag,
        )
    ended = _ENDED.get(row.state)
    if ended is not None:
        ended_at_us = row.ended_at_us or row.delivered_at_us or row.published_at_us
        yield replace(here, at_us=ended_at_us, what=ended, detail=row.ended_because)
