"""A profile on disk that an engine in a test writes to, and a reader that looks into it."""

import shutil
from pathlib import Path

from mqstudio.model.events import EventBatch
from mqstudio.store.changes import Changes, Value
from mqstudio.store.matching import ReadProperties, read_hub
from mqstudio.store.profile_file import open_for_reading, open_for_writing
from mqstudio.store.projection import Projection
from mqstudio.store.reader import Reader
from mqstudio.store.writer import Writer
from tests.support.driver import Driver

DURABLE = {"is_durable": True}


class Profile(Driver):
    """An engine whose events go to a file. `save` writes what has happened since."""

    def __init__(self, path: Path, *, key: str | None = None, body_cap: int | None = None) -> None:
        super().__init__()
        self.path = path
        self.key = key
        self.connection = open_for_writing(path, key=key)
        self.writer = Writer(self.connection)
        self.me = 0
        """A channel, for those who make one."""
        self.projection = Projection() if body_cap is None else Projection(body_cap=body_cap)

    def save(self, *batches: EventBatch) -> None:
        """Write all that has happened, or these events."""
        for batch in batches or self.batches:
            self.projection.note(batch)
        self.batches.clear()
        sections = [section.plain() for section in self.projection.changes.sections]
        self.projection.changes = Changes()
        engine = self.engine
        progress = (engine.next_message_id, engine.next_queue_id, 1, engine.next_bin_id, self._next_id)
        self.writer.commit(self.writer.last_commit + 1, sections, progress, is_clean=False)

    def reader(self, read_properties: ReadProperties = read_hub) -> Reader:
        """Save, and look into it through a connection that cannot write."""
        self.save()
        return Reader(open_for_reading(self.path, key=self.key), read_properties)

    def queue_ids(self, name: str = "q") -> list[int]:
        """The id that a queue has now."""
        return [self.engine.vhosts["/"].queues[name].ref.id]

    def damage(self, sql: str, *values: Value) -> None:
        """Change the file as no program of ours would."""
        self.connection.execute(sql, values)

    def close(self) -> None:
        """Close the file, so that nothing of it is left in its log."""
        self.save()
        self.connection.close()

    def export(self, path: Path) -> Path:
        """A copy of the file."""
        self.close()
        shutil.copy(self.path, path)
        return path
