"""A filter over events as they happen: each is asked as its message stands with it."""

import time
from collections.abc import Callable
from typing import Final

from mqstudio.model import events as e
from mqstudio.model import limits
from mqstudio.model.delivery import Outcome
from mqstudio.model.filters.matching import compile_filter
from mqstudio.model.filters.subject import Waits
from mqstudio.model.filters.syntax import parse
from mqstudio.model.rows import MessageState
from mqstudio.server import describe
from mqstudio.server.describe import Namer
from mqstudio.server.plugins import find_protocols
from mqstudio.server.reading import new_subject

_CLOCK_EVERY: Final = 16
"""After so many events we look at the clock."""


class EventFilter:
    """One watcher's filter. Raises: RefusedError(INVALID_ARGUMENT) for a text that is none."""

    def __init__(self, where: str, now_us: Callable[[], int], name_of: Namer) -> None:
        began_us = now_us()
        self._fits = compile_filter(parse(where), began_us)
        self._subject = new_subject(find_protocols(), began_us, name_of)
        self._name_of = name_of
        self._count = 0
        self._until_ns = 0

    def begin_turn(self) -> None:
        """What a turn's events may take begins anew."""
        self._count = 0
        self._until_ns = time.perf_counter_ns() + limits.FILTER_TURN_US * 1_000

    def is_late(self) -> bool:
        """Whether this turn has had its time: its other events are not asked, and are told as left out."""
        self._count += 1
        if not self._count % _CLOCK_EVERY and time.perf_counter_ns() > self._until_ns:
            self._until_ns = 0
        return not self._until_ns

    def fits(self, event: e.MessageEvent) -> bool:
        """Whether an event's message is meant, as it stands now."""
        self._subject.now_us = event.at_us
        return self._fits(self._subject.take(event.message, self._standing(event)))

    def _standing(self, event: e.MessageEvent) -> Waits:
        queue = getattr(event, "queue", None)
        name = queue.name if queue is not None else ""
        if isinstance(event, e.MessageDelivered):
            return Waits(
                name,
                2 if event.is_redelivered else 1,
                event.is_redelivered,
                MessageState.IN_FLIGHT,
                describe.holder(event, self._name_of),
                event.at_us,
            )
        ending = describe.ENDINGS.get(type(event))
        if ending is None or (isinstance(event, e.MessageSettled) and event.outcome is not Outcome.ACCEPTED):
            return Waits(name)
        state, because = ending
        return Waits(name, state=state, ended_at_us=event.at_us, ended_because=because(event))
