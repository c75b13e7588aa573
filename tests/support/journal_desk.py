"""A journal on a scripted file, and an engine that writes to it."""

import asyncio
from typing import Any

import pytest

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Traits
from mqstudio.server.journal import Journal
from tests.support.driver import Driver
from tests.support.scripted_store import ScriptedFile

PERSISTENT = Traits(is_persistent=True)


class Writing(Driver):
    """An engine whose events go to a journal; `number` is the commit that the last of them waits for."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal = journal
        self.number = 0
        self.me = self.channel()
        self.queue(self.me, is_durable=True)
        self.queue(self.me, "passing")

    def do(self, command: Any) -> Any:
        reply = super().do(command)
        self.number = self.journal.append(self.batches.pop())
        return reply

    def keep(self, body: bytes = b"") -> int:
        """Publish a message that lasts; the commit to wait for."""
        self.publish(self.me, body=body, traits=PERSISTENT)
        return self.number


class Desk:
    """A journal that has begun, on a file with one commit; restarts are counted and left to the test."""

    def __init__(self, file: ScriptedFile, journal: Journal) -> None:
        self.file = file
        self.journal = journal
        self.restarts = 0
        self.failures: list[str] = []
        self.reached: list[int] = []
        journal.on_end = self._on_end
        journal.on_failure = lambda problem: self.failures.append(problem.kind)
        journal.on_durable = lambda: self.reached.append(journal.durable)

    def _on_end(self) -> None:
        self.restarts += 1

    def written(self) -> list[bytes]:
        """Bodies of the messages in the file, in their order."""
        return [row[9] for commit in self.file.commits for row in commit.rows("messages")]


@pytest.fixture
async def desk() -> Desk:
    file = ScriptedFile()
    journal = await file.journal()
    journal.begin(lambda: (7, 8, 9, 10, 11), ())
    await turn()
    file.child.commit()
    return Desk(file, journal)


@pytest.fixture
async def writing(desk: Desk) -> Writing:
    """With what it has declared on disk."""
    made = Writing(desk.journal)
    await turn()
    desk.file.child.commit()
    desk.reached.clear()
    return made


async def turn() -> None:
    """Let the loop do once what is due."""
    await asyncio.sleep(0)


def why(future: "asyncio.Future[Any]") -> str:
    """Why a future was refused."""
    failure = future.exception()
    assert isinstance(failure, RefusedError)
    assert failure.why is Refusal.NOT_STORED
    return str(failure)
