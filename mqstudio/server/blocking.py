"""Why publishers wait: for want of memory, of room on the disk, or since the store has failed.

Each reason comes and goes by itself; publishers go on when none is left. They are told in RabbitMQ's words.
"""

from collections.abc import Container
from typing import TYPE_CHECKING, Final

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import PublishingBlocked, PublishingResumed
from mqstudio.model.rows import Happening
from mqstudio.server import log
from mqstudio.server.link import Link

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker

MEMORY: Final = "memory"
DISK: Final = "disk"
STORE: Final = "store"

REFUSED: Final = frozenset({"native", "sqs"})
"""Protocols whose publishers are told at once that nothing is taken, instead of being kept waiting."""

_WHY: Final = {
    MEMORY: (
        Refusal.OUT_OF_MEMORY,
        "The broker holds as many messages as memory allows. Consume or purge some first.",
    ),
    DISK: (
        Refusal.NOT_STORED,
        "The disk has too little room left for more messages. Free some space, then try again.",
    ),
    STORE: (
        Refusal.NOT_STORED,
        "The profile could not be written. See what happened, then let publishers go on (`mqstudio resume`).",
    ),
}


class Blocking:
    """The reasons that hold now, and those who have been told."""

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker
        self._reasons: set[str] = set()

    def holds(self, reason: str) -> bool:
        """Whether publishers wait for this reason."""
        return reason in self._reasons

    def reasons(self) -> tuple[str, ...]:
        """Why publishers wait."""
        return tuple(reason for reason in _WHY if reason in self._reasons)

    def set(self, reason: str, *, is_on: bool, **facts: object) -> None:
        """A reason holds, or does no more. facts: for the log."""
        if is_on == (reason in self._reasons):
            return
        (self._reasons.add if is_on else self._reasons.discard)(reason)
        what = "blocked" if is_on else "unblocked"
        happening = Happening(self._broker.clock.now_us(), what, reason=reason)
        self._broker.sampler.remembered.add(happening)
        log.warning("publishing_blocked" if is_on else "publishing_goes_on", why=reason, **facts)

    def refusal(self) -> RefusedError:
        """What a publisher that asks is told."""
        why, says = _WHY[next(iter(self.reasons()), MEMORY)]
        return RefusedError(why, says)

    def apply(self, held: Container[Link]) -> None:
        """Stop publishers, also those that have come since, or let all go on. held: who has begun one."""
        broker, is_blocked = self._broker, bool(self._reasons)
        if not (is_blocked or broker.sampler.is_publishing_blocked):
            return
        broker.sampler.is_publishing_blocked = is_blocked
        broker.sampler.blocked_by = self.reasons()
        for connection in broker.engine.connections.values():
            link = broker.links.get(connection.info.id)
            if link is None or not (connection.published or link.is_blocked or link in held):
                continue
            if connection.info.protocol in REFUSED:
                link.is_refused_publishing = is_blocked
            else:
                self._block(link, is_blocked=is_blocked)

    def _block(self, link: Link, *, is_blocked: bool) -> None:
        """Stop, or go on, reading from a publisher, and tell it once."""
        if link.is_blocked == is_blocked:
            return
        link.is_blocked = is_blocked
        self._broker.sampler.note_blocked(link.connection_id, is_blocked=is_blocked)
        if is_blocked:
            says = f"low on {' & '.join(self.reasons())}"
            link.session.notify([PublishingBlocked(link.connection_id, says)])
        else:
            link.session.notify([PublishingResumed(link.connection_id)])
        link.pause_reading("memory", is_paused=is_blocked)
