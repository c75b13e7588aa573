"""The reader process, as a real child: questions, damage, wrong keys, death, the end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from mqstudio.model import commands as c
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Traits
from mqstudio.model.queries import Search
from mqstudio.server.disk_queries import DiskQueries
from mqstudio.server.reader_link import Flushed, ReaderLink, nothing_to_flush
from tests.support.profile import Profile
from tests.support.waiting import eventually_async


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    made = Profile(tmp_path / "p.mqs")
    made.me = made.channel(made.connect("Ada"))
    made.queue(made.me, is_durable=True)
    for number in range(3):
        made.publish(made.me, body=b"body %d" % number, traits=Traits(is_persistent=True))
    made.do(c.TakeMessage(made.me, "q", is_auto_settled=True))
    made.save()
    return made


@asynccontextmanager
async def reading(
    path: Path, key: str | None = None, flushed: Flushed = nothing_to_flush
) -> AsyncIterator[DiskQueries]:
    link = ReaderLink(path, key=key, flushed=flushed)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run())
        try:
            yield DiskQueries(link)
        finally:
            link.close()


async def test_all_questions_are_answered(profile: Profile) -> None:
    ref = profile.engine.vhosts["/"].queues["q"].ref
    async with reading(profile.path) as queries:
        assert queries.reader.pid is None  # nobody has asked
        assert await queries.queue_ids("/", "q") == [ref.id]
        page = await queries.page([ref.id], None, 10, is_oldest_first=False)
        assert [life.message_id for life in page.lives] == [1]
        waiting = await queries.places(ref, None, 10, is_oldest_first=True)
        assert [each.message.id for each in waiting] == [2, 3]
        life = await queries.life(2)  # type: ignore[misc]  # it is a future
        assert life.events[0].message.body == b"body 1"
        assert await queries.body(3, 5, 9) == b"2"
        found = await queries.search(Search(text="body 2", queue="q"), None)  # type: ignore[misc]
        assert [each.message_id for each in found.lives] == [3]
        assert await queries.connection_names([2]) == {2: "Ada"}  # type: ignore[misc]
        assert queries.connection_names([]) == {}
        assert await queries.bins() == []
        assert await queries.bin(1) is None


async def test_questions_asked_together_are_answered_in_order(profile: Profile) -> None:
    async with reading(profile.path) as queries:
        bodies = [queries.body(1 + number % 3, 0, 99) for number in range(60)]
        answers = [await each for each in bodies]
        assert answers == [b"body %d" % (number % 3) for number in range(60)]


@pytest.mark.parametrize("number", [-1, 2**63, 2**64])
async def test_numbers_that_no_file_has_find_nothing(profile: Profile, number: int) -> None:
    async with reading(profile.path) as queries:
        life = queries.life(number)
        life = await life if isinstance(life, asyncio.Future) else life
        assert life.events == []
        page = await queries.page([1], number, 10, is_oldest_first=True)
        assert [life.message_id for life in page.lives] == ([1] if number < 0 else [])
        assert (await queries.search(Search(since_us=number), number)).lives == []  # type: ignore[misc]


async def test_a_question_waits_for_what_is_on_its_way_to_the_disk(profile: Profile) -> None:
    flushing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    flushes = [None, flushing, None]
    async with reading(profile.path, flushed=lambda: flushes.pop(0)) as queries:
        assert await queries.body(1, 0, 99) == b"body 0"
        asked = queries.queue_ids("/", "late")
        assert await queries.body(2, 0, 99) == b"body 1"  # asked later, of what is there
        assert not asked.done()
        profile.queue(profile.me, "late")
        profile.save()
        flushing.set_result(None)
        assert len(await asked) == 1


async def test_what_is_on_disk_is_told_also_if_nothing_more_gets_there(profile: Profile) -> None:
    flushing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    async with reading(profile.path, flushed=lambda: flushing) as queries:
        asked = queries.body(1, 0, 99)
        flushing.set_exception(RefusedError(Refusal.NOT_STORED, "the disk is full"))
        assert await asked == b"body 0"


async def test_a_reader_that_dies_fails_its_questions_and_another_one_answers(profile: Profile) -> None:
    async with reading(profile.path) as queries:
        assert await queries.body(1, 0, 99) == b"body 0"
        pid = queries.reader.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        asked = queries.body(1, 0, 99)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(RefusedError, match="ended before it could answer") as refused:
            await asked
        assert refused.value.why is Refusal.NOT_STORED
        assert await queries.body(2, 0, 99) == b"body 1"
        assert queries.reader.pid not in {None, pid}


async def test_the_end_fails_what_was_asked_and_ends_the_process(profile: Profile) -> None:
    async with reading(profile.path) as queries:
        assert await queries.body(1, 0, 99) == b"body 0"
        pid = queries.reader.pid
        assert pid is not None
        asked = queries.body(1, 0, 99)
        queries.reader.close()
        with pytest.raises(RefusedError, match="The broker stops"):
            await asked
        with pytest.raises(RefusedError, match="The broker stops"):
            await queries.body(1, 0, 99)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_the_end_before_anybody_asked_starts_nothing(profile: Profile) -> None:
    async with reading(profile.path) as queries:
        pass
    assert queries.reader.pid is None


async def test_a_file_that_is_not_there_is_said_each_time(tmp_path: Path) -> None:
    async with reading(tmp_path / "none.mqs") as queries:
        for _ in range(2):
            with pytest.raises(RefusedError, match="There is no file"):
                await queries.bins()


async def test_an_encrypted_profile_needs_its_key(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "p.mqs", key="right")
    profile.queue(profile.channel())
    profile.save()
    async with reading(profile.path, "right") as queries:
        assert len(await queries.queue_ids("/", "q")) == 1
        pid = queries.reader.pid
        assert "right" not in " ".join(psutil.Process(pid).cmdline())
    profile.close()
    async with reading(profile.path, "wrong") as queries:
        with pytest.raises(RefusedError, match="The key does not fit"):
            await queries.bins()


async def test_pages_of_a_file_that_make_no_sense_are_refused_with_a_sentence(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "p.mqs")
    me = profile.channel()
    profile.queue(me)
    profile.save()
    first: int = profile.connection.execute("PRAGMA page_count").get
    for _ in range(200):
        profile.publish(me, body=bytes(500))
        profile.do(c.TakeMessage(me, "q", is_auto_settled=True))
    profile.save()
    ids = profile.queue_ids()
    profile.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    profile.close()
    data = bytearray(profile.path.read_bytes())
    for page in range(first, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    profile.path.write_bytes(data)
    async with reading(profile.path) as queries:
        with pytest.raises(RefusedError, match="damaged") as refused:
            await queries.page(ids, None, 500, is_oldest_first=False)
        assert refused.value.why is Refusal.NOT_STORED
        pid = queries.reader.pid
        await eventually_async(lambda: queries.reader.pid == pid)  # it lives on
        assert await queries.connection_names([1]) is not None  # type: ignore[misc]
