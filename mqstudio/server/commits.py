"""Who waits for the disk: nothing that says "done" leaves before what it promises is on it.

Confirms wait in their session (`seal`, `release`); the answer to a request that made, deleted or emptied
something waits as a future; a redelivery waits until it is counted, so that a message that kills its
consumer, or us, cannot come back for ever. First deliveries wait for nothing: they may overtake their own
commit, and are then handed over once more after a crash. Publishers that are faster than the disk are not
read from until it has caught up.
"""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from mqstudio.model import commands as c
from mqstudio.model.access import AccessVerb
from mqstudio.model.events import Mail
from mqstudio.model.replies import TakeReply
from mqstudio.server.link import Link
from mqstudio.store.base import Store

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker

SAYS_DONE: Final = frozenset(
    {
        c.DeclareExchange,
        c.DeleteExchange,
        c.DeclareQueue,
        c.DeleteQueue,
        c.Bind,
        c.Unbind,
        c.PutVhost,
        c.DeleteVhost,
        c.PutPolicy,
        c.DeletePolicy,
        c.PublishByHand,
        c.PurgeQueue,
        c.UndoPurge,
        c.CommitTransaction,
        c.TakeMessage,
    }
)
"""Requests whose answer promises something. Of what is taken only a redelivery does: it must be counted."""


_DECLARES: Final = (c.DeclareExchange, c.DeclareQueue)


def promises(request: Any, reply: object) -> bool:  # Any: any request
    """Whether the answer to a request may be given only when what it has done is on disk."""
    if type(request) is c.TakeMessage:
        return isinstance(reply, TakeReply) and reply.is_redelivered
    return type(request) in SAYS_DONE or isinstance(request, AccessVerb)


class Commits:
    """Links with something that waits for a commit, and publishers that are ahead of the disk."""

    def __init__(self, broker: "Broker", store: Store) -> None:
        self._broker = broker
        self._store = store
        self._waiting: dict[Link, None] = {}
        self._ahead: dict[Link, None] = {}
        self._number = 0
        """What this turn has changed must be on disk with this commit; 0: nothing need be."""
        self._latest = 0
        """And what any turn has changed."""

    def note(self, number: int) -> None:
        """Something that this turn has changed gets to the disk with this commit."""
        if number:
            self._number = self._latest = number

    def take(self) -> int:
        """The commit that this turn must wait for; 0 if all of it is on disk. The next turn begins."""
        number, self._number = self._number, 0
        return number if number > self._store.durable else 0

    def answer(self, reply: object, request: Any = None) -> "asyncio.Future[object] | None":
        """The answer when it may be given; None if that is now. Any: the request, where it matters.

        Who declares what somebody else has just declared waits for that: it is said to be there.
        """
        number = self._number
        if not number and type(request) in _DECLARES and request.is_durable:
            number = self._latest
        if number <= self._store.durable:
            return None
        return self._store.when_durable(number, reply)

    def hold(self, link: Link, mail: list[Mail], commit: int) -> bool:
        """Keep mail back that must be counted first, and all that comes after it; whether it was."""
        has_redelivery = self._has_redelivery(link)
        if not link.held_mail and not (commit and has_redelivery):
            return False
        link.held_mail.append((commit or link.held_mail[-1][0], mail))
        self._waiting[link] = None
        return True

    def _has_redelivery(self, link: Link) -> bool:
        connection = self._broker.engine.connections.get(link.connection_id)
        if connection is None or not connection.has_redelivery:
            return False
        connection.has_redelivery = False
        return True

    def seal(self, link: Link, commit: int) -> None:
        """What a link was to be told of this turn waits for a commit; one that is too fast is slowed down."""
        if commit:
            link.session.seal(commit)
            self._waiting[link] = None
        if self._store.is_full():
            connection = self._broker.engine.connections.get(link.connection_id)
            if connection is not None and connection.published:
                self._ahead[link] = None
                link.pause_reading("disk", is_paused=True)

    def forget(self, link: Link) -> None:
        """A link is gone."""
        self._waiting.pop(link, None)
        self._ahead.pop(link, None)

    def on_durable(self) -> None:
        """More is on disk: whoever waited for it hears of it."""
        if self._ahead and not self._store.is_full():
            ahead, self._ahead = self._ahead, {}
            for link in ahead:
                link.pause_reading("disk", is_paused=False)
        durable = self._store.durable
        for link in list(self._waiting):
            has_mail = bool(link.held_mail)
            if not link.release(durable):
                self._waiting.pop(link, None)
            self._broker.flush(link)
            if has_mail and not link.held_mail:  # while it was held, no room was given for more
                self._broker.on_drained(link)

    def on_failure(self, says: str) -> None:
        """What was to be on disk will not be: refuse whoever waits for it."""
        waiting, self._waiting = self._waiting, {}
        for link in waiting:
            link.session.refuse_sealed(says)
            while link.held_mail:
                link.notify(link.held_mail.popleft()[1])
            self._broker.flush(link)
