"""The journal with the real store process, which dies while it is at work."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random

import pytest

from mqstudio.model.message import Traits
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import PageWanted
from mqstudio.server.journal import Journal
from mqstudio.server.store_child import StoreChild
from mqstudio.store.opened import Opened
from mqstudio.store.problems import ProfileError
from tests.support.driver import Driver
from tests.support.waiting import eventually_async

PERSISTENT = Traits(is_persistent=True)


class Desk(Driver):
    """An engine whose events go to a journal on a real file, by a process that can be killed."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.children: list[StoreChild] = []
        self.journal = Journal(path, start_child=self.start_child)

    async def start_child(self, *arguments: object) -> StoreChild:
        self.children.append(await StoreChild.start(*arguments))  # type: ignore[arg-type]
        return self.children[-1]

    def progress(self) -> tuple[int, int, int, int, int]:
        return self.engine.next_message_id, self.engine.next_queue_id, 1, 1, 100

    def keep(self, channel: int, body: bytes) -> "asyncio.Future[object]":
        """Publish what lasts; done when it is on disk."""
        self.publish(channel, body=body, traits=PERSISTENT)
        numbers = [self.journal.append(batch) for batch in self.batches]
        self.batches.clear()
        return self.journal.when_durable(max(numbers), None)

    def kill(self) -> None:
        """Have the store process die, whatever it is doing."""
        os.kill(self.children[-1].pid, signal.SIGKILL)


def restart(journal: Journal, tasks: asyncio.TaskGroup) -> None:
    tasks.create_task(journal.restart())


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[Desk, Opened]]:
    """A journal that is open for as long as the block lasts, and what it found."""
    desk = Desk(path)
    found = await desk.journal.open()
    desk.journal.begin(desk.progress, ())
    async with asyncio.TaskGroup() as tasks:
        desk.journal.on_end = partial(restart, desk.journal, tasks)
        yield desk, found
    await desk.journal.close()


async def bodies(path: Path) -> tuple[list[bytes], bool]:
    """What a file has in its queue, in order; whether it was left as it should be."""
    async with opened(path) as (_, found):
        (queue,) = found.state.queues
        assert queue.on_disk == 0
        return [entry.message.body for entry in queue.entries], found.was_clean


async def test_what_is_on_disk_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "p.mqs"
    async with opened(path) as (desk, found):
        assert (found.last_commit, found.access) == (0, None)
        channel = desk.channel()
        desk.queue(channel, is_durable=True)
        for number in range(3):
            await desk.keep(channel, b"%d" % number)
    assert await bodies(path) == ([b"0", b"1", b"2"], True)


@pytest.mark.parametrize("seed", range(5))
async def test_a_process_that_is_killed_at_work_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    path, chance, sent = tmp_path / "p.mqs", Random(seed), []
    async with opened(path) as (desk, _):
        channel = desk.channel()
        desk.queue(channel, is_durable=True)
        waiting: list[asyncio.Future[object]] = []
        for number in range(60):
            sent.append(b"%d " % number + bytes(chance.choice((10, 1_000, 30_000))))
            waiting.append(desk.keep(channel, sent[-1]))
            if chance.random() < 0.15:
                desk.kill()
            if chance.random() < 0.5:
                await waiting[chance.randrange(len(waiting))]
        for each in waiting:
            await each
        assert len(desk.children) > 3
        assert desk.journal.problem is None
    assert await bodies(path) == (sent, True)


async def test_pages_are_read_also_if_the_process_dies_now_and_then(tmp_path: Path) -> None:
    async with opened(tmp_path / "p.mqs") as (desk, _):
        channel = desk.channel()
        desk.queue(channel, is_durable=True)
        for number in range(10):
            await desk.keep(channel, b"%d" % number)
        ref: QueueRef = desk.engine.vhosts["/"].queues["q"].ref
        page = await desk.journal.read_page(PageWanted(ref, 1, 3, 4, 1_000))
        assert [entry.message.body for entry in page.entries] == [b"3", b"4", b"5", b"6"]
        assert not page.is_last
        desk.kill()
        await eventually_async(lambda: len(desk.children) == 2 and desk.journal.is_writing())
        page = await desk.journal.read_page(PageWanted(ref, 1, 8, 4, 1_000))
        assert [entry.message.body for entry in page.entries] == [b"8", b"9"]
        assert page.is_last


async def test_a_foreign_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "p.mqs"
    path.write_bytes(b"no profile at all\n" * 1_000)
    before = path.read_bytes()
    journal = Journal(path)
    with pytest.raises(ProfileError, match="is no profile of MQ Studio"):
        await journal.open()
    await journal.close()
    assert path.read_bytes() == before
