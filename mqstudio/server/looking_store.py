"""The store of a broker that only shows a file: asks the reader, keeps nothing."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mqstudio.model.access import AccessTable
from mqstudio.model.events import EventBatch
from mqstudio.model.rates import RateStep, Scope
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import PageWanted
from mqstudio.model.samples import Counters
from mqstudio.server.disk_queries import DiskQueries
from mqstudio.server.reader_link import ReaderLink
from mqstudio.store.opened import StoredPage


class LookingStore(DiskQueries):
    """A store that keeps nothing."""

    is_lasting = False

    def __init__(self, reader: ReaderLink, path: Path, *, is_encrypted: bool = False) -> None:
        super().__init__(reader)
        self.path, self.is_encrypted = path, is_encrypted
        self.durable = 0

    def append(self, batch: EventBatch) -> int:
        """Who looks is nobody's business but the samples'."""
        return 0

    def note_access(self, table: AccessTable) -> int:
        """Nothing is kept."""
        return 0

    def note_whole(self, queue_id: int) -> None:
        """Nothing ever left memory, for nothing came there."""

    def note_counters(self, queue_id: int, counters: Counters) -> None:
        """Nothing is kept."""

    def note_rates(self, whole: Sequence[tuple[Scope, int, RateStep]]) -> None:
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

    def read_entries(self, queue: QueueRef, ids: Sequence[int]) -> "asyncio.Future[StoredPage]":
        """Never asked: nothing can be done to them."""
        raise NotImplementedError("messages of a file that is only looked at stay in it")
