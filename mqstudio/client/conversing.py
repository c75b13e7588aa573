"""Gathers a conversation: the messages that belong together by what they say of each other.

They are looked for around one of them first, where nearly all of a conversation is, then farther away, then
everywhere; what each says of others may lead to more, for a few rounds. Nothing is taken or changed.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct

from mqstudio.model.errors import RefusedError
from mqstudio.model.filters.fields import Operator
from mqstudio.model.filters.literals import Literal, literal_of, text_literal
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.syntax import parse
from mqstudio.model.filters.tree import Ask, Node, write
from mqstudio.model.lifecycle import Lifecycle, LifePart
from mqstudio.model.limits import CONVERSATION_KEYS, CONVERSATION_MESSAGES
from mqstudio.model.message import Properties, plain_headers
from mqstudio.model.queries import GetValues, Search
from mqstudio.model.rows import Found, MessageDetail, MessageRow, MessageValues
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.protocols.native.messages import Gap

R = TypeVar("R")

AUTO: Final = "auto"
CORRELATION, MESSAGE_ID, REPLY_TO, TRACE = "correlation_id", "message_id", "reply_to", "trace"
KINDS: Final = (AUTO, CORRELATION, MESSAGE_ID, REPLY_TO, TRACE)
"""By what messages belong together; anything else is a field, such as headers.order or body.order.id."""

TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")
"""W3C Trace Context, §3.2.2: version, trace id, parent id, flags."""

MINUTE_US: Final = 60_000_000
RINGS_US: Final = (MINUTE_US, 60 * MINUTE_US)
ROUNDS: Final = 3


class Key(Struct, frozen=True):
    """What messages have in common: a kind of KINDS or a field, and its value."""

    by: str
    value: str


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
    return await gathering.gather(_any_of(key.value) if key.by == AUTO else [key], None)


def _any_of(value: str) -> list[Key]:
    """What a bare value may be."""
    keys = [Key(CORRELATION, value), Key(MESSAGE_ID, value)]
    trace = _trace_id(value) or (value if re.fullmatch(r"[0-9a-f]{32}", value) else "")
    return [*keys, Key(TRACE, trace)] if trace else keys


async def _keys_of(client: Source, detail: MessageDetail, vhost: str, queue: str, by: str) -> list[Key]:
    told = _spoken_properties(detail.properties)
    if by == AUTO:
        keys = [key for key in _own_keys(told) if key.by != REPLY_TO]
        return keys or [key for key in _own_keys(told) if key.by == REPLY_TO]
    if by == MESSAGE_ID:
        return [Key(MESSAGE_ID, told["message_id"])] if told["message_id"] else []
    if by in KINDS:
        return [key for key in _own_keys(told) if key.by == by]
    _field(by)
    values = await _values(client, vhost, queue, detail.row.message_id, by)
    return [Key(by, value) for value in values if value]


async def _values(client: Source, vhost: str, queue: str, message_id: int, by: str) -> list[str]:
    told = await client.call(GetValues(queue, [message_id], [by], [], vhost), MessageValues)
    return list(told.texts[0]) if told.texts else []


def _own_keys(told: dict[str, str]) -> list[Key]:
    """What a message can be found with by others that belong to it."""
    keys = []
    for name in (CORRELATION, MESSAGE_ID):
        if told[name]:
            keys.append(Key(CORRELATION, told[name]))
    if told[CORRELATION]:
        keys.append(Key(MESSAGE_ID, told[CORRELATION]))
    if told["trace_id"]:
        keys.append(Key(TRACE, told["trace_id"]))
    if told[REPLY_TO]:
        keys.append(Key(REPLY_TO, told[REPLY_TO]))
    return list(dict.fromkeys(keys))


def _spoken_properties(properties: Properties) -> dict[str, str]:
    parent = plain_headers(properties.headers).get("traceparent")
    return {
        "correlation_id": properties.correlation_id or "",
        "message_id": properties.message_id or "",
        "reply_to": properties.reply_to or "",
        "trace_id": _trace_id(parent) if isinstance(parent, str) else "",
        "type": properties.type or "",
        "app_id": properties.app_id or "",
    }


def _trace_id(parent: str) -> str:
    match = TRACEPARENT.fullmatch(parent)
    return match[1] if match is not None and set(match[1]) != {"0"} else ""


def _field(by: str) -> Ask:
    """A field that somebody chose. Raises: FilterError."""
    node = parse(f"{by} == 1")
    if not isinstance(node, Ask):
        raise FilterError(f"'{by}' is no field. Such as: headers.order, body.order.id, type.", 0, len(by))
    return node


def filters_of(key: Key) -> Iterator[str]:
    """The filters that find what has a key, any of them."""
    literal = (text_literal(key.value),)
    asks: list[Node]
    if key.by == TRACE:
        asks = [Ask("headers", ("traceparent",), Operator.CONTAINS, literal)]
    elif key.by == REPLY_TO:
        asks = [Ask("reply_to", (), Operator.EQUAL, literal), Ask("key", (), Operator.EQUAL, literal)]
    elif key.by in (CORRELATION, MESSAGE_ID):
        asks = [Ask(key.by, (), Operator.EQUAL, literal)]
    else:
        field = _field(key.by)
        asks = [Ask(field.field, field.path, Operator.EQUAL, (_literal(key.value),))]
    return (write(ask) for ask in asks)


def _literal(value: str) -> Literal:
    """A number, yes or no, where it looks like that; else a text."""
    literal = literal_of(value)
    is_plain = literal.number is not None or literal.flag is not None or literal.is_null
    return literal if is_plain else text_literal(value)


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
        says = _spoken_properties(detail.properties)
        for part in told.parts:
            if part.message_id not in self._found:
                self._found[part.message_id] = Spoken(part, **says)


def _keys(spoken: Spoken) -> list[Key]:
    told = {name: getattr(spoken, name) for name in (CORRELATION, MESSAGE_ID, "trace_id")}
    return _own_keys({**told, REPLY_TO: ""})


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
