"""Store processes that do what a test says, on a file that is a list of commits."""

import marshal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from mqstudio.model.restored import RestoredState
from mqstudio.server.journal import Journal
from mqstudio.store.changes import FIELDS, Row, unpack_commit
from mqstudio.store.frames import NUMBER, Frame, OpenFile
from mqstudio.store.opened import Opened
from mqstudio.store.problems import FileProblem

DISK_FAILS = FileProblem("unreadable", "The disk fails.")
DISK_IS_FULL = FileProblem("full", "The disk is full.")
DAMAGED = FileProblem("damaged", "The file is damaged.")


@dataclass(frozen=True, slots=True)
class Commit:
    """What has been written."""

    number: int
    sections: list[Row]
    progress: tuple[int, ...]
    is_clean: bool

    def rows(self, field: str) -> list[Any]:
        """Rows of one kind, of all sections."""
        at = FIELDS.index(field)
        fields: list[Any] = [section[at] for section in self.sections]
        return [row for field in fields for row in field]


class ScriptedChild:
    """One process. It reads nothing before the test says so; OPEN is answered at once."""

    def __init__(
        self, file: "ScriptedFile", on_frame: Callable[[int, bytes], None], on_end: Callable[[int], None]
    ) -> None:
        self._file = file
        self._on_frame = on_frame
        self._on_end = on_end
        self.received: list[tuple[Frame, bytes]] = []
        self.opened_with: OpenFile | None = None
        self.is_alive = True
        self.was_told_to_end = False

    def send(self, kind: Frame, payload: bytes) -> None:
        assert self.is_alive, "it has ended"
        if kind is not Frame.OPEN:
            self.received.append((kind, payload))
            return
        self.opened_with = msgspec.json.decode(payload, type=OpenFile)
        if self._file.dies_unopened:
            self.die()
            return
        if self._file.problem is not None:
            self.say(Frame.PROBLEM, msgspec.msgpack.encode(self._file.problem))
            self.die(1)
            return
        found = Opened(RestoredState(), None, False, self._file.last_commit, 1)
        self.say(Frame.STATE, msgspec.msgpack.encode(found))
        if self._file.dies_once_open:
            self._file.dies_once_open -= 1
            self.die()

    def end(self) -> None:
        self.was_told_to_end = True
        self.die(0)

    def kill(self) -> None:
        self.die()

    # ---- what the test has it do

    def say(self, kind: Frame, payload: bytes) -> None:
        self._on_frame(kind, payload)

    def take(self) -> tuple[Frame, bytes]:
        """Read the next frame."""
        return self.received.pop(0)

    def write(self) -> Commit:
        """Read a commit and write it, without a word about it."""
        kind, payload = self.take()
        assert kind is Frame.COMMIT
        commit = Commit(*unpack_commit(payload))
        if commit.number > self._file.last_commit:
            assert commit.number == self._file.last_commit + 1, "one is missing"
            self._file.commits.append(commit)
        return commit

    def confirm(self, commit: Commit) -> None:
        """Say that it is written."""
        self.say(Frame.DURABLE, marshal.dumps((commit.number, 1_000)))

    def commit(self) -> Commit:
        """Write the next commit, and say so."""
        commit = self.write()
        self.confirm(commit)
        return commit

    def fail(self, problem: FileProblem) -> None:
        """Read a commit, do not write it, say why, and end."""
        assert self.take()[0] is Frame.COMMIT
        self.say(Frame.FAILED, msgspec.msgpack.encode(problem))
        self.die(1)

    def question(self) -> tuple[int, str, tuple[Any, ...]]:
        """Read a question: its number, name and arguments."""
        kind, payload = self.take()
        assert kind is Frame.ASK
        number, name, arguments = marshal.loads(payload)
        return number, name, arguments

    def answer(self, number: int, answer: bytes, kind: Frame = Frame.ANSWER) -> None:
        """Answer a question."""
        self.say(kind, NUMBER.pack(number) + answer)

    def die(self, code: int = -9) -> None:
        """End."""
        if self.is_alive:
            self.is_alive = False
            self._on_end(code)


class ScriptedFile:
    """A profile, and the processes that have worked on it. `problem`: why it cannot be opened."""

    path = Path("p.mqs")

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.children: list[ScriptedChild] = []
        self.problem: FileProblem | None = None
        self.dies_once_open = 0
        """So many processes end as soon as they have opened the file."""
        self.cannot_start = self.dies_unopened = False

    @property
    def last_commit(self) -> int:
        return len(self.commits)

    @property
    def child(self) -> ScriptedChild:
        """The process that works on it now."""
        return self.children[-1]

    async def start(
        self, module: str, on_frame: Callable[[int, bytes], None], on_end: Callable[[int], None]
    ) -> ScriptedChild:
        """Start one: what a journal is given to start its processes with."""
        if self.cannot_start:
            raise OSError("no more processes")
        self.children.append(ScriptedChild(self, on_frame, on_end))
        return self.child

    async def journal(self) -> Journal:
        """A journal on this file, begun; its first commit is written."""
        journal = Journal(self.path, start_child=self.start)
        await journal.open()
        return journal
