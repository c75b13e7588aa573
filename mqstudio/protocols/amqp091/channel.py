"""A channel of a connection, and what the handlers of its methods need of it."""

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
        "confirmed",
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
        self.confirmed = 0
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

    def confirm(self) -> bytes:
        """What is to be said of everything published and not yet confirmed; empty if there is nothing."""
        last, self.confirmed = self.confirmed, self.published
        parts = []
        for tag in self.refused:
            # Nothing lower is open, so "multiple" says no more; RabbitMQ sets both bits.
            parts += [self._ack(last, tag - 1), methods.encode(self.number, _NACK, tag, True, True)]
            last = tag
        self.refused.clear()
        return b"".join(parts) + self._ack(last, self.published)

    def _ack(self, after: int, up_to: int) -> bytes:
        count = up_to - after
        return methods.encode(self.number, _ACK, up_to, count > 1) if count else b""
