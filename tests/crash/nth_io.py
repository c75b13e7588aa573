"""Each call to the disk fails once, or from then on for ever, in each way that it can.

The store process runs inline, with lists for pipes, over a scenario of some two thousand calls. Whatever
fails: what it has reported is there afterwards, the file is whole, and after a commit that failed nothing
follows.
"""

import marshal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from random import Random
from typing import Final
from unittest.mock import patch

import apsw
import msgspec

from mqstudio.store import process, restore
from mqstudio.store.changes import pack_commit
from mqstudio.store.frames import Frame, OpenFile, Splitter
from mqstudio.store.process import StoreProcess
from mqstudio.store.profile_file import open_for_writing
from mqstudio.store.writer import Writer
from tests.crash.clients import Clients
from tests.crash.disk import KINDS, Disk, Trouble
from tests.crash.mutants import Mutant
from tests.crash.vfs import MemoryVfs, mounted
from tests.crash.world import PATH, let_go, made_world

CALLS: Final = 2_000
"""How many calls to the disk the scenario comes to, about."""

ANSWERED: Final = frozenset({Frame.STATE, Frame.DURABLE, Frame.ANSWER, Frame.UNANSWERED, Frame.HEALTH})
GAVE_UP: Final = frozenset({Frame.PROBLEM, Frame.FAILED})


@dataclass(frozen=True)
class Case:
    """Which call fails, how, and whether those after it do, too."""

    at: int
    kind: str
    is_for_ever: bool

    def __str__(self) -> str:
        return f"{self.at},{self.kind},{'ever' if self.is_for_ever else 'once'}"


class _Recorder(Mutant):
    """Keeps the commits of a world, to be done again."""

    def __init__(self) -> None:
        self.commits: list[bytes] = []

    def writer(self, connection: apsw.Connection) -> Writer:
        recorder = self

        class Recording(Writer):
            def commit(self, number, sections, progress, *, is_clean):  # type: ignore[no-untyped-def]  # as they came
                recorder.commits.append(pack_commit(number, sections, progress, is_clean=is_clean))
                super().commit(number, sections, progress, is_clean=is_clean)

        return Recording(connection)


def recorded() -> list[bytes]:
    """The commits of a quiet life."""
    recorder = _Recorder()
    with made_world("scenario", recorder) as world:
        clients = Clients(world)
        clients.arrive()
        while world.disk.calls < CALLS:
            clients.act()
            world.commit()
        world.stop()
    return recorder.commits


@dataclass
class Ending:
    """How a store process ended: what it said, and with what code."""

    frames: list[tuple[int, bytes]]
    code: int
    failed: int
    calls: int
    writes: int

    @property
    def durable(self) -> int:
        """The last commit that was reported."""
        numbers = [marshal.loads(payload)[0] for kind, payload in self.frames if kind == Frame.DURABLE]
        return max(numbers, default=0)


class _NoHousekeeping:
    """Forgetting and measuring go by the real clock and the real disk, as locks do; here both are ours."""

    def __init__(self, *_: object) -> None:
        pass

    def after_commit(self, took_us: int) -> None:
        pass

    def health(self) -> None:
        return None


def play(
    commits: list[bytes], vfs: MemoryVfs, trouble: Trouble | None, kind: type[StoreProcess] = StoreProcess
) -> Ending:
    """Run a store process over a disk that may fail."""
    disk = vfs.disk
    disk.trouble = trouble
    first = Frame.OPEN, msgspec.json.encode(OpenFile(str(PATH)))
    frames = iter([first, *((Frame.COMMIT, data) for data in commits)])
    sent: list[bytes] = []
    opening = partial(open_for_writing, vfs=vfs.vfs_name, is_alone=True)
    with (
        patch.object(process, "open_for_writing", opening),
        patch.object(process, "Housekeeping", _NoHousekeeping),
        patch.object(process, "lock", lambda _: BytesIO()),
    ):
        store = kind(lambda: next(frames, None), sent.append)
        code = store.run()
    ending = Ending(Splitter().feed(b"".join(sent)), code, disk.failed, disk.calls, disk.writes)
    disk.kill()
    if store._writer is not None:
        let_go(store._writer.connection)
    return ending


def wrongs(
    commits: list[bytes], case: Case, kind: type[StoreProcess] = StoreProcess
) -> tuple[list[str], Ending]:
    """Play one case, then look at what is left: as the next process finds it, or after a power cut."""
    disk = Disk(Random(str(case)))
    with mounted(disk) as vfs:
        ending = play(commits, vfs, Trouble(case.at, case.kind, case.is_for_ever), kind)
        found = _of_frames(ending, len(commits))
        if disk.rng.random() < 0.5:
            disk.cut()
        connection = open_for_writing(PATH, vfs=vfs.vfs_name, is_alone=True)
        try:
            if (state := connection.pragma("integrity_check")) != "ok":
                found.append(f"the file is damaged: {state}")
            last = restore.opened(connection).last_commit
        finally:
            connection.close()
    if last < ending.durable:
        found.append(f"commit {ending.durable} was reported, the file ends with {last}")
    if last > ending.durable + 1:
        found.append(f"{last} commits are in the file, though {ending.durable} were reported")
    return found, ending


def _of_frames(ending: Ending, commits: int) -> list[str]:
    kinds = [kind for kind, _ in ending.frames]
    gave_up = [kind for kind in kinds if kind in GAVE_UP]
    found = []
    if gave_up and (kinds[-1] not in GAVE_UP or len(gave_up) > 1):
        found.append(f"it went on after it had failed: {kinds}")
    if (ending.code != 0) != bool(gave_up):
        found.append(f"it ended with {ending.code} having said {kinds}")
    if not gave_up and ending.durable != commits:
        found.append(f"it ended well with {ending.durable} of {commits} commits")
    if set(kinds) - ANSWERED - GAVE_UP:
        found.append(f"it said what nobody knows: {kinds}")
    return found


def cases(commits: list[bytes], step: int = 1, first: int = 0) -> Iterator[Case]:
    """Every step-th case; all of them together are each call, in each way, once and for ever."""
    with mounted(Disk(Random(0))) as vfs:
        whole = play(commits, vfs, None)
    number = 0
    for kind in KINDS:
        for at in range(1, (whole.calls if kind == "eio" else whole.writes) + 1):
            for is_for_ever in (False, True):
                if number % step == first % step:
                    yield Case(at, kind, is_for_ever)
                number += 1
