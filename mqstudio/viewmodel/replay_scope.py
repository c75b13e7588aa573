"""What can be replayed: what is selected, shown or marked in a queue, all there is, or a file."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from mqstudio.client.export_source import Wanted
from mqstudio.client.recordings import open_recording
from mqstudio.client.replay_sources import Chosen, FileSource, LedgerSource, ReplaySource
from mqstudio.model.rows import MessageState
from mqstudio.viewmodel.broker import BrokerClient
from mqstudio.viewmodel.wording import counted, plain
from mqstudio.viewmodel.words import tr


class ScopeKind(StrEnum):
    """What is replayed."""

    SELECTION = "selection"
    SHOWN = "shown"
    MARKED = "marked"
    ALL = "all"
    FILE = "file"


class Scope(Struct, frozen=True):
    """Messages of the broker, or of a file. count: how many, where that is known."""

    kind: ScopeKind
    title: str
    chosen: Chosen | None = None
    path: Path | None = None
    count: int = 0

    def source(self, client: BrokerClient, now_us: int) -> ReplaySource:
        """Where the records come from. Raises: NotReadableError, OSError."""
        if self.path is not None:
            return FileSource(open_recording(self.path), "", now_us)
        assert self.chosen is not None
        return LedgerSource(client, self.chosen, self.title)


def selection(vhost: str, queue: str, ids: frozenset[int]) -> Scope:
    """Certain messages."""
    what = counted(len(ids), tr("message"), tr("messages"))
    title = tr("{what} selected in {queue}", what=what, queue=plain(queue, 60))
    return Scope(ScopeKind.SELECTION, title, Chosen(Wanted(((vhost, queue),), ids=ids)), None, len(ids))


def marked(vhost: str, queue: str, ids: frozenset[int]) -> Scope:
    """Messages that somebody has marked."""
    what = counted(len(ids), tr("message"), tr("messages"))
    title = tr("{what} marked in {queue}", what=what, queue=plain(queue, 60))
    return Scope(ScopeKind.MARKED, title, Chosen(Wanted(((vhost, queue),), ids=ids)), None, len(ids))


def shown(vhost: str, queue: str, where: str, states: tuple[MessageState, ...] = ()) -> Scope:
    """What a queue's page shows, by its filter."""
    title = tr("all that is shown of {queue}", queue=plain(queue, 60))
    if where:
        title = tr("{where} in {queue}", where=plain(where, 60), queue=plain(queue, 60))
    return Scope(ScopeKind.SHOWN, title, Chosen(Wanted(((vhost, queue),), where, states=states)))


def from_here(vhost: str, queue: str, message_id: int, where: str) -> Scope:
    """A message of a queue and all that came after it."""
    title = tr("{queue} from message {id} on", queue=plain(queue, 60), id=message_id)
    return Scope(ScopeKind.SHOWN, title, Chosen(Wanted(((vhost, queue),), where), message_id))


def everything(queues: Iterator[tuple[str, str]]) -> Scope:
    """All that the broker has kept."""
    title = tr("the whole recording")
    return Scope(ScopeKind.ALL, title, Chosen(Wanted(tuple(queues), is_all=True)))


def of_file(path: Path) -> Scope:
    """A file of records."""
    return Scope(ScopeKind.FILE, plain(path.name, 60), None, path)
