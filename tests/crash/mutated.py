"""A broker with one thing wrong, as a program: `python -m tests.crash.mutated NAME serve …`."""

import sys
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from mqstudio.model import events as e
from mqstudio.server import journal
from mqstudio.server.commits import Commits
from mqstudio.store import changes, paging
from mqstudio.store.process import main as run_store
from mqstudio.store.projection import Projection

STORE = "tests.crash.mutated"
BACKWARDS = "wrong order"


def _forgets_requeues(self: Projection, batch: e.EventBatch) -> None:
    for event in batch:
        if isinstance(event, e.MessageRequeued):
            self.give_up_place(event.queue, event.message)
    _note(self, batch)


_note = Projection.note
_plain = changes.Section.plain


def _without(name: str, nothing: object) -> Any:  # Any: stands for Section.plain
    def plain(self: changes.Section) -> changes.Row:
        fields = changes.FIELDS
        return tuple(
            nothing if field == name else value for field, value in zip(fields, _plain(self), strict=True)
        )

    return plain


MUTANTS: dict[str, list[Any]] = {  # Any: patches
    "confirm before commit": [patch.object(Commits, "take", lambda self: 0)],
    "requeue forgotten": [patch.object(Projection, "note", _forgets_requeues)],
    "place not removed on ack": [patch.object(changes.Section, "plain", _without("gone_places", {}))],
    "what leaves is not written": [patch.object(Projection, "give_up_place", lambda *_: None)],
    BACKWARDS: [patch.object(journal, "STORE_MODULE", STORE)],
}


def _serve() -> None:
    from mqstudio.cli import main  # what is wrong comes first

    name = sys.argv.pop(1)
    with ExitStack() as wrong:
        for each in MUTANTS[name]:
            wrong.enter_context(each)
        main()


def _store() -> int:
    """The store process of a broker that pages backwards."""
    backwards = paging._BY_ARRIVAL.replace("ORDER BY message_id", "ORDER BY message_id DESC")
    with patch.object(paging, "_BY_ARRIVAL", backwards):
        return run_store()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _serve()
    else:
        sys.exit(_store())
