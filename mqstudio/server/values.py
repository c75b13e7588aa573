"""Values of fields of some messages: for columns of headers, properties and paths into bodies.

What a message says of itself never changes, so who asked once need not ask again. The fields are those of
filters, read by the same readers, so a column shows what a filter compares.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from mqstudio.engine import browse
from mqstudio.engine.engine import Engine
from mqstudio.engine.queue import Queue
from mqstudio.model import limits
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.filters import tree
from mqstudio.model.filters.matching import asks_of
from mqstudio.model.filters.paths import MISSING, follow
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.readers import READERS
from mqstudio.model.filters.splitting import Sieve
from mqstudio.model.filters.subject import Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import Message
from mqstudio.model.queries import GetValues
from mqstudio.model.rows import MessageValues
from mqstudio.protocols.base import WireProtocol
from mqstudio.server.pages import Live
from mqstudio.server.reading import new_subject
from mqstudio.server.steps import Steps
from mqstudio.server.turns import Turn, breath
from mqstudio.store.base import Life, Store

_NO_ANSWERS: Final = 0


class Values:
    """Reads fields of messages, wherever these are."""

    def __init__(self, engine: Engine, store: Store, protocols: Mapping[str, WireProtocol]) -> None:
        self._engine = engine
        self._store = store
        self._protocols = protocols

    def values(
        self, query: GetValues, find_queue: Callable[[], Queue | None], now_us: int
    ) -> Steps[MessageValues]:
        """The values of each message, in the order of their ids. Raises: RefusedError(INVALID_ARGUMENT)."""
        readers = [field_reader(field) for field in query.fields[: limits.VALUE_FIELDS]]
        sieves = [Sieve(_parsed(where), now_us) for where in query.wheres[: limits.VALUE_FIELDS]]
        ids = query.ids[: limits.PAGE_MAX_ROWS]
        subject = new_subject(self._protocols, now_us, _nameless)
        in_hand = self._in_hand(find_queue(), ids)
        texts: list[list[str]] = []
        answers: list[list[int]] = []
        turn = Turn()
        for message_id in ids:
            message = in_hand.get(message_id)
            if message is None:
                message = yield from self._stored(message_id)
            if message is None:
                texts.append(["" for _ in readers])
                answers.append([_NO_ANSWERS for _ in sieves])
                continue
            subject.take(message)
            texts.append([value_text(read(subject)) for read in readers])
            answers.append([sieve.answers(subject) or _NO_ANSWERS for sieve in sieves])
            if turn.is_over():
                yield breath()
                turn = Turn()
        return MessageValues(ids, texts, answers)

    def _in_hand(self, queue: Queue | None, ids: list[int]) -> dict[int, Message]:
        """Those that the engine has, looked for at once: what a message says never changes."""
        if queue is None:
            return {}
        live = Live(self._engine, queue)
        found: dict[int, Message] = {}
        for message_id in ids:
            message = browse.find_ready(queue, message_id)
            if message is None and (held := live.held(message_id)) is not None:
                message = held.event.message
            if message is not None:
                found[message_id] = message
        return found

    def _stored(self, message_id: int) -> Steps[Message | None]:
        life: Life = yield self._store.life(message_id)
        if life.events:
            message = life.events[0].message
        elif life.waiting:
            message = life.waiting[0].message
        else:
            return None
        if life.kept_bytes is not None and life.kept_bytes > len(message.body):
            body: bytes = yield self._store.body(message_id, 0, limits.FILTER_JSON_BYTES)
            message = msgspec.structs.replace(message, body=body)
        return message


def _parsed(where: str) -> tree.Node:
    try:
        return parse(where)
    except FilterError as error:
        raise RefusedError(Refusal.INVALID_ARGUMENT, error.says) from error


def field_reader(field: str) -> Callable[[Subject], Any]:
    """Reads a field as filters name it. Any: what the field holds. Raises: RefusedError(INVALID_ARGUMENT)."""
    node = _parsed(f"{field} exists")
    asks = [ask for ask in asks_of(node) if isinstance(ask, tree.Ask)]
    if len(asks) != 1 or node is not asks[0]:
        raise RefusedError(
            Refusal.INVALID_ARGUMENT,
            f"'{field}' is not one field. Fields are such as message_id, headers.tenant or body.total.",
        )
    ask = asks[0]
    if not ask.path:
        return READERS[ask.field]
    if ask.field == "body":
        return lambda subject: subject.in_body(ask.path)
    return lambda subject: follow(subject.headers, ask.path)


def value_text(value: Any) -> str:  # Any: as above
    """A value in one line: a text as it is, anything else as JSON has it; "" where there is none."""
    if value is MISSING:
        return ""
    if isinstance(value, bytes):
        value = value[: limits.VALUE_CHARACTERS * 4].decode("utf-8", "replace")
    if not isinstance(value, str):
        try:
            value = msgspec.json.encode(value).decode()
        except (TypeError, ValueError, OverflowError):
            value = str(value)
    text: str = value[: limits.VALUE_CHARACTERS]
    return text


def _nameless(_: int) -> str:
    return ""
