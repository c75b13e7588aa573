"""A channel of a connection, and what the handlers of its methods need of it."""

from collections import deque
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, Final

from mqstudio.model.errors import RemoteError
from mqstudio.protocols.amqp091 import methods
from mqstudio.protocols.base import Request

if TYPE_CHECKING:
    from mqstudio.protocols.amqp091.session import AmqpSession

_ACK: Final = methods.CODES["basic.ack"]
_NACK: Final = methods.CODES["basic.nack"]

Work = Iterable[Request]
"""What a handler of a method gives: the requests it makes, one after the other. `()` for none."""


class Channel:
    """An open channel. Its handlers keep here what they need to know from one method to the next."""

    __slots__ = (
        "confirmable",
        "confirmed",
        "counted",
        "credit",
        "has_shared_credit",
        "id",
        "is_confirming",
        "is_transactional",
        "last_queue",
        "number",
        "published",
        "refused",
        "reply_queue",
        "reply_tag",
        "sealed",
        "session",
    )

    def __init__(self, channel_id: int, number: int, session: "AmqpSession") -> None:
        self.id = channel_id
        self.number = number
        self.session = session
        self.last_queue: str | None = None
        """The queue declared last: what an empty queue name means (AMQP 0-9-1 §1.7.2.1.2)."""
        self.credit = 0
        """Prefetch count of consumers to come; 0 is no limit."""
        self.has_shared_credit = False
        self.is_confirming = False
        self.is_transactional = False
        self.published = 0
        """Messages taken in since confirm.select: the tag of the last one."""
        self.confirmable = 0
        """Of these, up to which one they may be confirmed."""
        self.confirmed = 0
        self.counted = 0
        """Of these, how many the tally knows of."""
        self.sealed: deque[tuple[int, int]] = deque()
        """Commits that must be on disk first, and up to which message then all may be confirmed."""
        self.refused: list[int] = []
        """Tags, not yet told, of messages that a full queue did not take."""
        self.reply_queue: str | None = None
        """The queue behind its direct replies, and the tag of who consumes them."""
        self.reply_tag = ""

    def ask(self, request: Request) -> Generator[Request, None, Any]:
        """Make a request; the generator's value is the reply. Raises: RefusedError."""
        return self.session.ask(request)

    def send(self, method: str, *arguments: Any) -> None:  # Any: see methods.Args
        """Write a method."""
        self.session.outbox.write(methods.encode(self.number, methods.CODES[method], *arguments))

    def named_or_last_queue(self, name: str) -> str:
        """The queue a method means. Raises: RemoteError: 404 if it means the last and there is none."""
        if name:
            return name
        if self.last_queue is None:
            raise RemoteError("no previously declared queue", 404)
        return self.last_queue

    def seal(self, commit: int) -> None:
        """Confirm what has been published so far when a commit is on disk (0: as soon as all before is)."""
        self._count()
        if self.sealed:
            commit = max(commit, self.sealed[-1][0])
        if commit:
            self.sealed.append((commit, self.published))
        else:
            self.confirmable = self.published

    def release(self, commit: int) -> None:
        """All up to a commit is on disk."""
        while self.sealed and self.sealed[0][0] <= commit:
            _, self.confirmable = self.sealed.popleft()

    def refuse_sealed(self) -> None:
        """What waits for the disk will never be there."""
        if self.sealed:
            last = self.sealed[-1][1]
            before = [tag for tag in self.refused if tag <= self.confirmable]
            after = [tag for tag in self.refused if tag > last]
            self.refused = [*before, *range(self.confirmable + 1, last + 1), *after]
            self.confirmable = last
            self.sealed.clear()

    def confirm(self) -> bytes:
        """What is to be said of everything that may be confirmed and is not; empty if there is nothing."""
        last, up_to = self.confirmed, self.confirmable
        if last == up_to:
            return b""
        self.confirmed = up_to
        if not self.refused:
            return self._ack(last, up_to)
        parts = []
        told = [tag for tag in self.refused if tag <= up_to]
        del self.refused[: len(told)]
        for tag in told:
            # Nothing lower is open, so "multiple" says no more; RabbitMQ sets both bits.
            parts += [self._ack(last, tag - 1), methods.encode(self.number, _NACK, tag, True, True)]
            last = tag
        return b"".join(parts) + self._ack(last, up_to)

    def last_confirm(self) -> bytes:
        """What is to be said before the channel goes; nothing of what was never known to be on disk."""
        self._count()
        if not self.session.host.is_lasting:
            self.confirmable = self.published
        return self.confirm()

    def _count(self) -> None:
        """Have the tally know of what was published since it last did: not once a message, they are many."""
        self.session.host.tally.awaited += self.published - self.counted
        self.counted = self.published

    def _ack(self, after: int, up_to: int) -> bytes:
        count = up_to - after
        self.session.host.tally.confirmed += count
        return methods.encode(self.number, _ACK, up_to, count > 1) if count else b""
