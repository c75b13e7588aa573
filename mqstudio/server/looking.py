"""A broker that only shows a file: the same window and command line, and nothing in it can be changed.

Its engine has the queues with their counts and no message in hand, so that all are looked for in the file.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

from mqstudio.engine.engine import Engine
from mqstudio.engine.restoring import restore
from mqstudio.model.access import AccessTable
from mqstudio.model.commands import (
    CloseChannel,
    CloseConnection,
    GrantRoom,
    KickConnection,
    OpenChannel,
    OpenConnection,
)
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.replies import PageWanted, Reply
from mqstudio.model.restored import RestoredState
from mqstudio.model.samples import Counters
from mqstudio.server import log
from mqstudio.server.broker import Broker
from mqstudio.server.disk_queries import DiskQueries
from mqstudio.server.reader_link import ReaderLink
from mqstudio.store import reader_state
from mqstudio.store.opened import StoredPage

ALLOWED: Final = frozenset(
    {OpenConnection, CloseConnection, OpenChannel, CloseChannel, GrantRoom, KickConnection}
)
"""What those who look need: to come and to go."""

READ_ONLY: Final = (
    "This file is open for looking only: nothing in it can be changed, nor published to it. "
    "To go on with it, start a broker on it."
)


class LookingEngine(Engine):
    """An engine whose state stays as it is: no command changes it, nor does time."""

    def apply(self, command: Any, now_us: int, events: EventBatch) -> Reply:  # Any: see Engine
        """Let people come and go. Raises: RefusedError(READ_ONLY) for all else."""
        if type(command) not in ALLOWED:
            raise RefusedError(Refusal.READ_ONLY, READ_ONLY)
        return super().apply(command, now_us, events)

    def advance(self, now_us: int, events: EventBatch) -> None:
        """Nothing is handed over, and nothing expires."""

    def next_deadline(self) -> int | None:
        """Nothing is due."""
        return None

    def fill(self, state: RestoredState, now_us: int) -> list[str]:
        """Take what a file has, once; what had to be left out."""
        left_out = restore(self, state, now_us)
        self.wanting.clear()
        return left_out


class LookingStore(DiskQueries):
    """A store that keeps nothing."""

    is_lasting = False

    def __init__(self, reader: ReaderLink) -> None:
        super().__init__(reader)
        self.durable = 0

    def append(self, batch: EventBatch) -> int:
        """Who looks is nobody's business but the samples'."""
        return 0

    def note_access(self, table: AccessTable) -> int:
        """Nothing is kept."""
        return 0

    def note_counters(self, queue_id: int, counters: Counters) -> None:
        """Nothing is kept."""

    def is_full(self) -> bool:
        """Nothing waits for any disk."""
        return False

    def tend(self) -> None:
        """The file is somebody else's to keep in shape."""

    def when_durable(self, number: int, answer: object) -> "asyncio.Future[Any]":
        """Never asked: nothing is written."""
        raise NotImplementedError("nothing gets durable where nothing is written")

    def read_page(self, wanted: PageWanted) -> "asyncio.Future[StoredPage]":
        """Never asked: nothing is handed over."""
        raise NotImplementedError("messages of a file that is only looked at stay in it")


def new_broker(path: Path, *, key: str | None = None) -> tuple[Broker, ReaderLink]:
    """A broker that shows a file, and what reads it. Raises: ProfileError."""
    state, left_out = reader_state.look(path, key=key)
    reader = ReaderLink(path, key=key)
    broker = Broker(store=LookingStore(reader), engine_type=LookingEngine, profile=path.name)
    broker.access.is_fixed = True
    assert isinstance(broker.engine, LookingEngine)
    for problem in left_out + broker.engine.fill(state, broker.clock.now_us()):
        log.warning("not_shown", what=problem)
    return broker, reader
