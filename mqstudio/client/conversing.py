"""Gathers a conversation: the messages that belong together by what they say of each other.

They are looked for around one of them first, where nearly all of a conversation is, then farther away, then
everywhere; what each says of others may lead to more, for a few rounds. Nothing is taken or changed.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct

from mqstudio.client.conversation_keys import (
    AUTO,
    CORRELATION,
    KINDS,
    MESSAGE_ID,
    REPLY_TO,
    Key,
    any_of,
    field_of,
    filters_of,
    own_keys,
    said_by,
)
from mqstudio.model.errors import RefusedError
from mqstudio.model.lifecycle import Lifecycle, LifePart
from mqstudio.model.limits import CONVERSATION_KEYS, CONVERSATION_MESSAGES
from mqstudio.model.queries import GetValues, Search
from mqstudio.model.rows import Found, MessageDetail, MessageRow, MessageValues
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.protocols.native.messages import Gap

R = TypeVar("R")

MINUTE_US: Final = 60_000_000
RINGS_US: Final = (MINUTE_US, 60 * MINUTE_US)
ROUNDS: Final = 3


class Spoken(Struct, frozen=True, omit_defaults=True):
    """A message of a conversation, with what it says of others."""

    part: LifePart
    correlation_id: str = ""
    message_id: str = ""
    reply_to: str = ""
    trace_id: str = ""
    type: str = ""
    app_id: str = ""


class Conversation(Struct, frozen=True, omit_defaults=True):
    """Messages that belong together, oldest first.

    keys: what was looked for. is_cut: there are more than CONVERSATION_MESSAGES. is_whole: everything that is
    kept was looked through. of_id: the message that was asked about, 0 if none was.
    """

    keys: tuple[Key, ...]
    messages: tuple[Spoken, ...]
    now_us: int
    vhost: str = DEFAULT_VHOST
    of_id: int = 0
    is_cut: bool = False
    is_whole: bool = True
    recorded_one_in: int = 1


class Source(Protocol):
    """What is asked of a client."""

    async def message(
        self,
        queue: str,
        message_id: int,
        *,
        vhost: str = ...,
        body_offset: int = ...,
        body_limit: int | None = ...,
    ) -> MessageDetail:
        """One message."""

    async def lifecycle(self, message_id: int) -> Lifecycle:
        """What a message was, is and became."""

    async def call(self, request: Any, reply: type[R]) -> R:  # Any: a query
        """Ask anything."""

    def watch(self, watch: Any) -> Any:  # Any: as the client's; here always a search
        """The items of a search."""


Progress = Callable[[int, int, int], bool]
"""Told how many were found, and looked at, of how many in this round; whether to go on."""


OnFound = Callable[[Conversation], None]
"""Told what there is each time that a part of the time was looked through."""


async def conversation_of(
    client: Source,
    vhost: str,
    queue: str,
    message_id: int,
    *,
    by: str = AUTO,
    progress: Progress | None = None,
    on_found: OnFound | None = None,
) -> Conversation:
    """The conversation that a message belongs to. Raises: RefusedError, FilterError, ConnectionError."""
    detail = await client.message(queue, message_id, vhost=vhost, body_limit=0)
    keys = await _keys_of(client, detail, vhost, queue, by)
    gathering = _Gathering(client, vhost, progress, on_found, is_growing=by == AUTO)
    gathering.of_id = message_id
    await gathering.take_message(vhost, queue, message_id)
    return await gathering.gather(keys, detail.row.published_at_us)


async def conversation_by(
    client: Source, key: Key, vhost: str = DEFAULT_VHOST, progress: Progress | None = None
) -> Conversation:
    """The messages that have a value. Raises: RefusedError, FilterError, ConnectionError."""
    gathering = _Gathering(client, vhost, progress, None, is_growing=key.by == AUTO)
    return await gathering.gather(any_of(key.value) if key.by == AUTO else [key], None)


async def _keys_of(client: Source, detail: MessageDetail, vhost: str, queue: str, by: str) -> list[Key]:
    told = said_by(detail.properties)
    if by == AUTO:
        keys = [key for key in own_keys(told) if key.by != REPLY_TO]
        return keys or [key for key in own_keys(told) if key.by == REPLY_TO]
    if by == MESSAGE_ID:
        told_id = told[MESSAGE_ID]
        return [Key(MESSAGE_ID, told_id), Key(CORRELATION, told_id)] if told_id else []
    if by in KINDS:
        return [key for key in own_keys(told) if key.by == by]
    field_of(by)
    values = await _values(client, vhost, queue, detail.row.message_id, by)
    return [Key(by, value) for value in values if value]


async def _values(client: Source, vhost: str, queue: str, message_id: int, by: str) -> list[str]:
    told = await client.call(GetValues(queue, [message_id], [by], [], vhost), MessageValues)
    return list(told.texts[0]) if told.texts else []


class _Gathering:
    """A conversation being put together."""

    def __init__(
        self,
        client: Source,
        vhost: str,
        progress: Progress | None,
        on_found: OnFound | None,
        *,
        is_growing: bool,
    ) -> None:
        self._client, self._vhost, self._progress, self._on_found = client, vhost, progress, on_found
        self._is_growing = is_growing
        self._found: dict[int, Spoken] = {}
        self._asked: dict[Key, None] = {}
        self._one_in = 1
        self._now_us = 0
        self._is_cut = self._is_stopped = False
        self.of_id = 0

    async def gather(self, keys: list[Key], around_us: int | None) -> Conversation:
        """Look for these keys, and for those that what is found leads to."""
        todo = keys
        for _ in range(ROUNDS):
            todo = [key for key in dict.fromkeys(todo) if key not in self._asked][: self._keys_left()]
            if not todo or self._is_over:
                break
            self._asked.update(dict.fromkeys(todo))
            for since_us, until_us in _rings(around_us):
                if self._is_over:
                    break
                await self._look(todo, since_us, until_us)
                if self._on_found is not None:
                    self._on_found(self._told())
            todo = (
                [key for spoken in self._found.values() for key in _keys(spoken)] if self._is_growing else []
            )
        return self._told()

    def _told(self) -> Conversation:
        """What is found so far."""
        spoken = sorted(
            self._found.values(), key=lambda each: (each.part.published_at_us, each.part.message_id)
        )
        return Conversation(
            tuple(self._asked),
            tuple(spoken),
            self._now_us,
            self._vhost,
            self.of_id,
            self._is_cut,
            not self._is_stopped,
            self._one_in,
        )

    @property
    def _is_over(self) -> bool:
        return self._is_cut or self._is_stopped

    def _keys_left(self) -> int:
        return max(0, CONVERSATION_KEYS - len(self._asked))

    async def _look(self, keys: list[Key], since_us: int | None, until_us: int | None) -> None:
        """Look for all keys at once: the ledger is walked along but once."""
        where = " or ".join(each for key in keys for each in filters_of(key))
        wanted = Search(
            vhost=self._vhost, where=where, since_us=since_us, until_us=until_us,
            limit=4 * CONVERSATION_MESSAGES,
        )  # fmt: skip
        async for row in self._rows(wanted):
            if row.message_id in self._found:
                continue
            if len(self._found) >= CONVERSATION_MESSAGES:
                self._is_cut = True
                return
            await self.take_message(self._vhost, row.queue, row.message_id)

    async def _rows(self, wanted: Search) -> AsyncIterator[MessageRow]:
        async with self._client.watch(wanted) as items:
            async for item in items:
                if isinstance(item, Gap):
                    continue
                found: Found = item
                for row in found.rows:
                    yield row
                if self._progress is not None:
                    self._is_stopped |= not self._progress(len(self._found), found.looked_at, found.of)
                if found.is_over or self._is_over:
                    return

    async def take_message(self, vhost: str, queue: str, message_id: int) -> None:
        """A message, with those it was before and became."""
        try:
            told = await self._client.lifecycle(message_id)
            detail = await self._client.message(queue, message_id, vhost=vhost, body_limit=0)
        except RefusedError:
            return  # the ledger has forgotten it meanwhile
        self._one_in, self._now_us = told.recorded_one_in, told.now_us
        says = said_by(detail.properties)
        for part in told.parts:
            if part.message_id not in self._found:
                self._found[part.message_id] = Spoken(part, **says)


def _keys(spoken: Spoken) -> list[Key]:
    told = {name: getattr(spoken, name) for name in (CORRELATION, MESSAGE_ID, "trace_id")}
    return own_keys({**told, REPLY_TO: ""})


def _rings(around_us: int | None) -> list[tuple[int | None, int | None]]:
    """Times to look at, one after the other: near first, in the end all."""
    if around_us is None:
        return [(None, None)]
    rings: list[tuple[int | None, int | None]] = []
    inner = 0
    for outer in RINGS_US:
        if inner:
            rings.append((around_us + inner + 1, around_us + outer))
            rings.append((around_us - outer, around_us - inner - 1))
        else:
            rings.append((around_us - outer, around_us + outer))
        inner = outer
    return [*rings, (around_us + inner + 1, None), (None, around_us - inner - 1)]
