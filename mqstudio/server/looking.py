"""A broker that only shows a file: the same window and command line, and nothing in it can be changed.

Its engine has the queues with their counts and no message in hand, so that all are looked for in the file.
"""

from pathlib import Path
from typing import Any, Final

from mqstudio.engine.engine import Engine
from mqstudio.engine.restoring import restore
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
from mqstudio.model.replies import Reply
from mqstudio.model.restored import RestoredState
from mqstudio.server import log
from mqstudio.server.broker import Broker
from mqstudio.server.looking_store import LookingStore
from mqstudio.server.reader_link import ReaderLink
from mqstudio.store import reader_state

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


def new_broker(path: Path, *, key: str | None = None) -> tuple[Broker, ReaderLink]:
    """A broker that shows a file, and what reads it. Raises: ProfileError."""
    state, left_out = reader_state.look(path, key=key)
    reader = ReaderLink(path, key=key)
    store = LookingStore(reader, path, is_encrypted=key is not None)
    broker = Broker(store=store, engine_type=LookingEngine, profile=path.name)
    broker.access.is_fixed = True
    assert isinstance(broker.engine, LookingEngine)
    for problem in left_out + broker.engine.fill(state, broker.clock.now_us()):
        log.warning("not_shown", what=problem)
    return broker, reader
