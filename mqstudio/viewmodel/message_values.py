"""Values of fields that rows do not carry: asked for where they are looked at, a batch at a time, and kept.

What a message says of itself never changes, so each value is asked for once. Only what is on screen is asked
for: a column of a million values costs what thirty of them cost.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from mqstudio.model.errors import RefusedError
from mqstudio.model.queries import GetValues
from mqstudio.model.rows import MessageValues
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.workspace import Workspace

BATCH: Final = 200
"""Messages of one request."""

VALUES_KEPT: Final = 20_000
"""Messages whose values are kept (about 200 B for each value); those asked for first go first."""


class ValueCache:
    """Values of the messages of one queue. wants(): `fetch` should be run. changed(): there are more."""

    def __init__(self, workspace: Workspace, vhost: str, queue: str) -> None:
        self.wants = Signal()
        self.changed = Signal()
        self._workspace = workspace
        self._vhost, self._queue = vhost, queue
        self._fields: tuple[str, ...] = ()
        self._wheres: tuple[str, ...] = ()
        self._texts: dict[int, list[str]] = {}
        self._answers: dict[int, list[int]] = {}
        self._wanted: dict[int, None] = {}
        self._is_asked = False
        self._is_fetching = False

    def need(self, fields: Iterable[str], wheres: Iterable[str]) -> None:
        """Have values of these fields, and answers to these filters, from now on."""
        needed = (tuple(fields), tuple(wheres))
        if needed != (self._fields, self._wheres):
            self._fields, self._wheres = needed
            self._texts.clear()
            self._answers.clear()

    def text(self, message_id: int, field: str) -> str:
        """What a field holds; "" where that is nothing, or not known yet."""
        found = self._texts.get(message_id)
        if found is None:
            self._want(message_id)
            return ""
        return found[self._fields.index(field)] if field in self._fields else ""

    def answers(self, message_id: int, where: str) -> int | None:
        """What a filter's parts about the message come to; None while that is not known."""
        found = self._answers.get(message_id)
        if found is None:
            self._want(message_id)
            return None
        return found[self._wheres.index(where)] if where in self._wheres else None

    def _want(self, message_id: int) -> None:
        if not (self._fields or self._wheres):
            return
        self._wanted.setdefault(message_id)
        if len(self._wanted) > BATCH:  # scrolled past before it was their turn
            del self._wanted[next(iter(self._wanted))]
        if not self._is_asked:  # also for what was left when the broker had gone
            self._is_asked = True
            self.wants.emit()

    async def fetch(self) -> None:
        """Ask for what was looked at and is not known, until all is."""
        if self._is_fetching:
            return
        self._is_fetching = True
        try:
            while self._wanted and self._workspace.is_live:
                ids, self._wanted = list(self._wanted), {}
                await self._fetch(ids)
        finally:
            self._is_fetching = self._is_asked = False

    async def _fetch(self, ids: Sequence[int]) -> None:
        needed = (self._fields, self._wheres)
        request = GetValues(self._queue, list(ids), list(self._fields), list(self._wheres), self._vhost)
        try:
            found = await self._workspace.client.call(request, MessageValues)
        except (RefusedError, ConnectionError):
            return  # they stay unknown, and are asked for when they are looked at again
        if needed != (self._fields, self._wheres):
            return
        self._texts.update(zip(found.ids, found.texts, strict=False))
        self._answers.update(zip(found.ids, found.answers, strict=False))
        for kept in (self._texts, self._answers):
            while len(kept) > VALUES_KEPT:
                del kept[next(iter(kept))]
        self.changed.emit()


def reader(values: ValueCache, field: str) -> Callable[[int], str]:
    """Reads one field of a message by its id."""
    return lambda message_id: values.text(message_id, field)
