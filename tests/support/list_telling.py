"""What a broker made of lists tells of what happened: lifecycles, counts over time, searches."""

from typing import Any

from mqstudio.model import volume as v
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.filters.matching import compile_filter
from mqstudio.model.filters.subject import Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.lifecycle import Lifecycle, LifePart
from mqstudio.model.message import Message, Properties, decode_properties, encode_properties
from mqstudio.model.queries import GetVolume, Search
from mqstudio.model.rows import Found, LifeStep, MessageRow, MessageState
from mqstudio.model.volume import Volume


class Telling:
    """The half of that broker which looks back."""

    clock: Any  # Any: a clock that tests move
    queues: dict[str, list[MessageRow]]
    bodies: dict[int, bytes]
    properties: dict[int, Properties]
    lives: dict[int, list[LifeStep]]
    lifecycles: dict[int, Lifecycle]

    async def lifecycle(self, message_id: int) -> Lifecycle:
        """Of what tests have put into `lifecycles`, or else of the rows and steps there are."""
        if message_id in self.lifecycles:
            return self.lifecycles[message_id]
        rows = [row for each in self.queues.values() for row in each if row.message_id == message_id]
        if not rows:
            raise RefusedError(Refusal.NO_SUCH_MESSAGE, f"No queue has message {message_id}.")
        row, steps = rows[0], tuple(self.lives.get(message_id, ()))
        part = LifePart(
            message_id, "/", row.exchange, row.routing_key, row.published_at_us, row.size_bytes,
            steps=steps, rows=tuple(rows), is_unrecorded=not steps,
        )  # fmt: skip
        return Lifecycle(message_id, self.clock(), (part,))

    async def volume(self, wanted: GetVolume) -> Volume:
        """All rows of a queue at once, as they stand."""
        bins: v.Bins = {}
        rows = [row for row in self.queues.get(wanted.queue, []) if row.message_id >= wanted.down_to_id]
        for row in rows:
            v.count(bins, row.published_at_us // wanted.step_us, _outcome(row))
        live = [row.message_id for row in rows if row.state in (MessageState.READY, MessageState.IN_FLIGHT)]
        return Volume(wanted.step_us, bins, None, 1.0, min(live, default=None))

    def search(self, wanted: Search) -> Found:
        """All that a search finds, newest first."""
        fits = compile_filter(parse(wanted.where), self.clock())
        rows = [row for each in self.queues.values() for row in each]
        found = [
            row for row in reversed(sorted(rows, key=lambda row: row.message_id))
            if (wanted.since_us is None or row.published_at_us >= wanted.since_us)
            and (wanted.until_us is None or row.published_at_us <= wanted.until_us)
            and fits(self.subject(row))
        ]  # fmt: skip
        return Found(found[: wanted.limit], len(rows), len(rows), True)

    def subject(self, row: MessageRow) -> Subject:
        """What a filter is asked about."""
        said = self.properties.get(row.message_id, Properties())
        message = Message(
            row.message_id, self.bodies[row.message_id], encode_properties(said), row.exchange,
            row.routing_key, row.published_at_us, "hub", 0,
        )  # fmt: skip
        return Subject(self.clock(), lambda each: decode_properties(each.properties)).take(message, row)


def _outcome(row: MessageRow) -> int:
    """What became of it, as a place among the outcomes of a volume."""
    dropped = {"rejected": v.REJECTED, "expired": v.EXPIRED}.get(row.ended_because, v.DROPPED)
    return {
        MessageState.READY: v.READY, MessageState.IN_FLIGHT: v.IN_FLIGHT, MessageState.DONE: v.DONE,
        MessageState.DEAD_LETTERED: v.DEAD, MessageState.PURGED: v.REMOVED,
    }.get(row.state, dropped)  # fmt: skip
