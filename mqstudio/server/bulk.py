"""Answers GetRecords: checks what is asked, and has the reader of a profile do it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import msgspec

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.filters.syntax import parse
from mqstudio.model.records import GetRecords, Records
from mqstudio.server.steps import Steps
from mqstudio.server.thinning import Change
from mqstudio.store.base import Store
from mqstudio.store.memory import MemoryStore

if TYPE_CHECKING:
    from mqstudio.server.disk_queries import DiskQueries

NOBODY_BEGAN_US = 2**62
"""When nobody has anything that is not in the file."""


class Bulk:
    """Hands out records. began_us: when this broker did. ids_of: of a queue, which must be known."""

    def __init__(
        self, store: Store, began_us: Callable[[], int], ids_of: Callable[[str, str], Steps[list[int]]]
    ) -> None:
        self._store, self._began_us, self._ids_of = store, began_us, ids_of

    def records(self, wanted: GetRecords) -> Steps[Records]:
        """The next part of what is wanted. Raises: RefusedError(INVALID_ARGUMENT, NO_SUCH_QUEUE)."""
        store = self._store
        _check(wanted)
        if isinstance(store, MemoryStore):
            return Records(is_kept=False)
        disk = cast("DiskQueries", store)  # all other stores are, and are loaded only where they are used
        if not wanted.after_id:
            for vhost, queue in wanted.queues:
                yield from self._ids_of(vhost, queue)
        is_live = store.is_lasting
        found: Records = yield disk.records(wanted, self._began_us() if is_live else NOBODY_BEGAN_US)
        changes: list[Change] = yield disk.thinned()
        return msgspec.structs.replace(found, is_thinned=True) if changes else found


def _check(wanted: GetRecords) -> None:
    """Refuse what would end the reader's question, before it is asked."""
    if wanted.format not in ("jsonl", "msgpack"):
        says = f"Records come as jsonl or msgpack, not as {wanted.format}."
        raise RefusedError(Refusal.INVALID_ARGUMENT, says)
    if wanted.where:
        parse(wanted.where)
    if wanted.redaction:
        from mqstudio.exporters.redacting import Redactor  # noqa: PLC0415  # not for brokers that start
        from mqstudio.exporters.redaction import NotRedactionError, read_profile  # noqa: PLC0415

        try:
            Redactor(read_profile(wanted.redaction, "that was sent"))
        except NotRedactionError as error:
            raise RefusedError(Refusal.INVALID_ARGUMENT, str(error)) from error
