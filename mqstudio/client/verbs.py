"""The client's part for what is done by hand to messages: any number of them, in parts, each with its count.

Every method acts on exactly the messages it is given. One that is cancelled has done its parts so far, and
`progress` was told of each: what is undone then is what was told.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from mqstudio.model.delivery import Outcome
from mqstudio.model.limits import VERB_MESSAGES
from mqstudio.model.message import Properties
from mqstudio.model.queries import GetPage
from mqstudio.model.replies import CountReply
from mqstudio.model.rows import MessagePage, MessageState
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.model.verbs import ActedReply, Changed, Destination
from mqstudio.protocols.native import hand, messages

Progress = Callable[[ActedReply], None]
"""Told of every part when it is done."""

R = TypeVar("R")


class Caller(Protocol):
    """Asks a broker, as a client does."""

    async def call(self, request: Any, returns: type[R]) -> R:  # Any: see messages.Request
        """Ask for something. Raises: RefusedError, ConnectionError."""


WAIT_S = 0.05
WAITS_MAX = 100
"""How long, and how often, what is on its way from the disk is waited for."""


class VerbCalls:
    """What a client can do by hand. Refusals are raised as RefusedError, having changed nothing more."""

    def __init__(self, wire: Caller) -> None:
        self._wire = wire

    async def remove(
        self,
        queue: str,
        ids: Sequence[int],
        *,
        needs_bin: bool = False,
        progress: Progress | None = None,
        vhost: str = DEFAULT_VHOST,
    ) -> list[ActedReply]:
        """Take ready messages out of a queue into bins: `undo_purge(reply.bin_id)` brings them back.

        needs_bin: a part that no bin can hold is refused, and what comes after it is not done.
        """
        return await self._in_parts(
            ids, progress, lambda part: hand.RemoveMessages(queue, part, 0, vhost, needs_bin)
        )

    async def remove_first(
        self,
        queue: str,
        count: int,
        *,
        needs_bin: bool = False,
        progress: Progress | None = None,
        vhost: str = DEFAULT_VHOST,
    ) -> list[ActedReply]:
        """Take the first so many messages out of a queue into bins."""
        replies: list[ActedReply] = []
        waits = 0
        while count and waits < WAITS_MAX:
            call = hand.RemoveMessages(queue, (), min(count, VERB_MESSAGES), vhost, needs_bin)
            reply = await self._wire.call(call, ActedReply)
            if reply.count:
                waits = 0
                count -= reply.count
                _tell(replies, reply, progress)
            elif not await self._has_ready(queue, vhost):
                break
            else:  # the next are on their way from the disk
                waits += 1
                await asyncio.sleep(WAIT_S)
        return replies

    async def _has_ready(self, queue: str, vhost: str) -> bool:
        asked = GetPage(queue, vhost, 1, None, True, [MessageState.READY])
        return bool((await self._wire.call(asked, MessagePage)).rows)

    async def move(
        self,
        queue: str,
        ids: Sequence[int],
        to: Destination,
        *,
        keeps_deaths: bool = True,
        changed: Sequence[Changed] = (),
        progress: Progress | None = None,
        vhost: str = DEFAULT_VHOST,
    ) -> list[ActedReply]:
        """Move ready messages, in the order they have; `move_back(reply)` undoes it, changes as well."""
        by_id = {each.id: each for each in changed}
        return await self._in_parts(
            sorted(ids),
            progress,
            lambda part: hand.MoveMessages(
                queue, part, to, keeps_deaths=keeps_deaths, vhost=vhost, changed=_of(by_id, part)
            ),
        )

    async def copy(
        self,
        queue: str,
        ids: Sequence[int],
        to: Destination,
        *,
        keeps_deaths: bool = True,
        progress: Progress | None = None,
        vhost: str = DEFAULT_VHOST,
    ) -> list[ActedReply]:
        """Copy messages, also those that somebody holds; `remove_copies(reply)` undoes it."""
        return await self._in_parts(
            sorted(ids),
            progress,
            lambda part: hand.MoveMessages(queue, part, to, True, keeps_deaths=keeps_deaths, vhost=vhost),
        )

    async def redrive(
        self,
        queue: str,
        ids: Sequence[int],
        *,
        keeps_deaths: bool = True,
        changed: Sequence[Changed] = (),
        progress: Progress | None = None,
        vhost: str = DEFAULT_VHOST,
    ) -> list[ActedReply]:
        """Move dead letters back to the queues where they died; `move_back(reply)` undoes it."""
        by_id = {each.id: each for each in changed}
        return await self._in_parts(
            sorted(ids),
            progress,
            lambda part: hand.RedriveMessages(
                queue, part, keeps_deaths=keeps_deaths, vhost=vhost, changed=_of(by_id, part)
            ),
        )

    async def move_back(self, moved: ActedReply, *, vhost: str = DEFAULT_VHOST) -> int:
        """Undo a move: returns how many messages are back; others were taken meanwhile."""
        count, left = 0, moved.successors
        for queue in moved.queues:
            if left:
                replies = await self._in_parts(left, None, partial(_back, queue, vhost))
                count += sum(reply.count for reply in replies)
                left = tuple(each for reply in replies for each in reply.left)
        return count

    async def remove_copies(self, copied: ActedReply, *, vhost: str = DEFAULT_VHOST) -> int:
        """Undo a copy: returns how many copies are in a bin now; others were taken meanwhile."""
        count = 0
        for queue in copied.queues:
            replies = await self.remove(queue, copied.successors, vhost=vhost)
            count += sum(reply.count for reply in replies)
        return count

    async def force(
        self,
        queue: str,
        ids: Sequence[int],
        outcome: Outcome,
        *,
        deliveries: Sequence[tuple[int, int]] = (),
        progress: Progress | None = None,
        vhost: str = DEFAULT_VHOST,
    ) -> list[ActedReply]:
        """End what consumers hold of these messages; when they settle it later, that is ignored."""
        return await self._in_parts(
            ids,
            progress,
            lambda part: hand.ForceOutcome(queue, part, outcome, tuple(deliveries), vhost),
        )

    async def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        properties: Properties,
        *,
        vhost: str = DEFAULT_VHOST,
    ) -> ActedReply:
        """Publish one message; `remove_copies(reply)` takes it out again. Of 0 messages: no queue took it."""
        call = messages.PublishByHand(exchange, routing_key, body, properties, vhost)
        return await self._wire.call(call, ActedReply)

    async def pause_queue(self, queue: str, *, is_paused: bool = True, vhost: str = DEFAULT_VHOST) -> None:
        """Hand nothing over from a queue, or do so again. Ends with the broker."""
        await self._wire.call(hand.PauseQueue(queue, is_paused, vhost), type(None))

    async def pause_consumer(self, subscription_id: int, *, is_paused: bool = True) -> None:
        """Hand nothing over to a consumer, or do so again."""
        await self._wire.call(hand.PauseSubscription(subscription_id, is_paused), type(None))

    async def pause_all(self, *, is_paused: bool = True) -> None:
        """Hand nothing over to anybody, or do so again."""
        await self._wire.call(hand.PauseAll(is_paused), type(None))

    async def restore(self, bin_id: int, *, vhost: str = DEFAULT_VHOST) -> int:
        """Bring a bin's messages back to their places; returns how many."""
        return (await self._wire.call(messages.UndoPurge(bin_id, vhost), CountReply)).count

    async def _in_parts(
        self,
        ids: Sequence[int],
        progress: Progress | None,
        call: Callable[[tuple[int, ...]], hand.HandCall],
    ) -> list[ActedReply]:
        replies: list[ActedReply] = []
        for part in _parts(ids):
            left = part
            while left:
                reply = await self._wire.call(call(left), ActedReply)
                _tell(replies, reply, progress)
                left = reply.later
        return replies


def _of(changed: dict[int, Changed], ids: tuple[int, ...]) -> tuple[Changed, ...]:
    return tuple(changed[each] for each in ids if each in changed)


def _back(queue: str, vhost: str, ids: tuple[int, ...]) -> hand.MoveBack:
    return hand.MoveBack(queue, ids, vhost)


def _parts(ids: Sequence[int]) -> Iterator[tuple[int, ...]]:
    for start in range(0, len(ids), VERB_MESSAGES):
        yield tuple(ids[start : start + VERB_MESSAGES])


def _tell(replies: list[ActedReply], reply: ActedReply, progress: Progress | None) -> None:
    replies.append(reply)
    if progress is not None:
        progress(reply)
