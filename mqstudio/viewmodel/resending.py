"""Publishing messages once more: live ones are copied by the broker, ended ones read and published anew.

What no queue takes is no copy: it is counted apart, with the reason.
"""

from collections.abc import AsyncIterator, Sequence

from mqstudio.client.verbs import Progress, VerbCalls
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import PAGE_MAX_ROWS
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.model.verbs import ActedReply, Destination
from mqstudio.viewmodel.broker import BrokerClient
from mqstudio.viewmodel.whole import whole_message
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr

_LIVE = (MessageState.READY, MessageState.IN_FLIGHT)
_NOWHERE = (Refusal.INVALID_ARGUMENT, Refusal.NO_SUCH_EXCHANGE, Refusal.INTERNAL_EXCHANGE, Refusal.TOO_MANY)
"""Refusals that are about where a message goes: others may go elsewhere."""


class Resending:
    """Resends messages of one queue. nowhere: so many no queue took, and why the last of them."""

    def __init__(
        self, client: BrokerClient, vhost: str, queue: str, ids: Sequence[int], to: Destination | None
    ) -> None:  # fmt: skip
        self.nowhere = 0
        self.why = ""
        self._client, self._calls = client, VerbCalls(client)
        self._vhost, self._queue, self._ids, self._to = vhost, queue, ids, to

    async def run(self, told: Progress) -> None:
        """Resend all, oldest first; told of each part."""
        async for rows in self._rows():
            by_exchange: dict[str, list[int]] = {}
            for row in rows:
                if row.state in _LIVE:
                    by_exchange.setdefault(row.exchange, []).append(row.message_id)
            for exchange, ids in by_exchange.items():
                await self._copy(exchange, ids, told)
            for row in rows:
                if row.state not in _LIVE:
                    await self._publish(row, told)

    async def _copy(self, exchange: str, ids: list[int], told: Progress) -> None:
        """Parts are copied in order, each as a whole or not at all: what one is refused for is found out."""
        there, done = self._to or Destination(exchange=exchange), 0

        def note(reply: ActedReply) -> None:
            nonlocal done
            done += reply.count + len(reply.left)
            told(reply)

        try:
            await self._calls.copy(self._queue, ids, there, progress=note, vhost=self._vhost)
        except RefusedError as error:
            if error.why not in _NOWHERE:
                raise
            if len(ids) == 1:
                self._note_nowhere(plain(error.says))
                return
            for message_id in sorted(ids)[done:]:
                await self._copy(exchange, [message_id], told)

    async def _publish(self, row: MessageRow, told: Progress) -> None:
        detail = await whole_message(self._client, self._vhost, self._queue, row.message_id)
        exchange, key, to = row.exchange, row.routing_key, self._to
        if to is not None:
            exchange = to.exchange or ""
            key = to.queue or (row.routing_key if to.routing_key is None else to.routing_key)
        try:
            reply = await self._calls.publish(
                exchange, key, detail.body, detail.properties, vhost=self._vhost
            )
        except RefusedError as error:
            if error.why not in _NOWHERE:
                raise
            self._note_nowhere(plain(error.says))
            return
        if reply.count:
            told(reply)
        else:
            self._note_nowhere(tr("no queue took them. Bind one with their key, or one with room."))

    def _note_nowhere(self, why: str) -> None:
        self.nowhere += 1
        self.why = why

    async def _rows(self) -> AsyncIterator[list[MessageRow]]:
        """The rows of the messages, oldest first, a page at a time."""
        wanted = sorted(self._ids)
        while wanted:
            page = await self._client.page(
                self._queue,
                vhost=self._vhost,
                limit=PAGE_MAX_ROWS,
                after_id=wanted[0] - 1,
                is_oldest_first=True,
            )
            left = set(wanted)
            rows = [row for row in page.rows if row.message_id in left]
            reached = page.rows[-1].message_id if page.rows and page.next_id is not None else wanted[-1]
            wanted = [each for each in wanted if each > reached]
            yield rows
