"""The journal when processes die, files are not what they were, and commits fail."""

import asyncio
from pathlib import Path

import pytest

from mqstudio.server import journal as server_journal
from mqstudio.server.journal import RETRY_TENDS, Journal
from mqstudio.store.frames import Frame
from mqstudio.store.problems import ProfileError
from tests.support.journal_desk import Desk, Writing, desk, turn, why, writing
from tests.support.scripted_store import DAMAGED, DISK_FAILS, DISK_IS_FULL, ScriptedFile

__all__ = ["desk", "writing"]

# ---- processes that die


async def test_before_its_commit(desk: Desk, writing: Writing) -> None:
    """The next one gets it, and what has come since."""
    number = writing.keep(b"1")
    await turn()
    waiting = desk.journal.when_durable(number, "done")
    desk.file.child.die()
    assert writing.keep(b"2") == number + 1
    await turn()  # nothing is sent to nobody
    assert desk.restarts == 1
    await desk.journal.restart()
    assert desk.file.child.opened_with is not None
    assert desk.file.child.opened_with.is_resumed
    assert not desk.file.child.opened_with.is_checked
    desk.file.child.commit()
    assert await waiting == "done"
    desk.file.child.commit()
    assert desk.written() == [b"1", b"2"]


async def test_after_its_commit_and_before_its_answer(desk: Desk, writing: Writing) -> None:
    """It is known from the file, and not written again."""
    number = writing.keep(b"1")
    await turn()
    waiting = desk.journal.when_durable(number, "done")
    desk.file.child.write()
    desk.file.child.die()
    await desk.journal.restart()
    assert await waiting == "done"
    assert desk.reached == [number]
    assert desk.file.child.received == []
    writing.keep(b"2")
    await turn()
    desk.file.child.commit()
    assert desk.written() == [b"1", b"2"]


async def test_after_its_answer_with_others_waiting(desk: Desk, writing: Writing) -> None:
    writing.keep(b"1")
    await turn()
    writing.keep(b"2")
    desk.file.child.commit()
    desk.file.child.die()
    await desk.journal.restart()
    desk.file.child.commit()
    assert desk.written() == [b"1", b"2"]


async def test_with_nothing_to_do(desk: Desk, writing: Writing) -> None:
    desk.file.child.die()
    writing.keep(b"1")
    await turn()
    await desk.journal.restart()
    desk.file.child.commit()
    assert desk.written() == [b"1"]


async def test_as_soon_as_it_has_opened_the_file(desk: Desk, writing: Writing) -> None:
    writing.keep(b"1")
    await turn()
    desk.file.child.die()
    desk.file.dies_once_open = 2
    for restarts in (1, 2, 3):
        assert desk.restarts == restarts
        await desk.journal.restart()
    assert desk.restarts == 3
    desk.file.child.commit()
    assert desk.written() == [b"1"]


@pytest.mark.parametrize("dies_at", range(1, 13))
async def test_at_any_moment_each_commit_is_written_once_and_in_order(
    desk: Desk, writing: Writing, dies_at: int
) -> None:
    """Each message has three moments: when it was sent, written, confirmed."""
    moment = 0

    async def pass_moment() -> None:
        nonlocal moment
        moment += 1
        if moment == dies_at:
            desk.file.child.die()
            await desk.journal.restart()

    bodies = [b"%d" % number for number in range(4)]
    answers = []
    for body in bodies:
        answers.append(desk.journal.when_durable(writing.keep(body), body))
        await turn()
        await pass_moment()
        child = desk.file.child
        commit = child.write() if child.received else None
        await pass_moment()
        if commit is not None and child.is_alive:
            child.confirm(commit)
        await pass_moment()
    assert moment == 12
    while desk.file.child.received:
        desk.file.child.commit()
    assert desk.written() == bodies
    assert [await each for each in answers] == bodies
    assert desk.failures == []


async def test_no_process_can_be_started(desk: Desk, writing: Writing) -> None:
    """Whoever waits is refused; after a while it is tried again."""
    waiting = desk.journal.when_durable(writing.keep(b"1"), None)
    desk.file.child.die()
    desk.file.cannot_start = True
    await desk.journal.restart()
    assert "no more processes" in why(waiting)
    assert desk.failures == ["unreadable"]
    desk.file.cannot_start = False
    desk.journal.tend()
    assert desk.restarts == 1
    for _ in range(RETRY_TENDS):
        desk.journal.tend()
    assert desk.restarts == 2
    await desk.journal.restart()
    desk.file.child.commit()
    assert desk.written() == [b"1"]


# ---- files that are not what they were


@pytest.mark.parametrize("is_ahead", [True, False])
async def test_a_file_that_is_not_ours_any_more_is_not_written_to(
    desk: Desk, writing: Writing, is_ahead: bool
) -> None:
    waiting = desk.journal.when_durable(writing.keep(), None)
    await turn()
    desk.file.child.die()
    if is_ahead:
        desk.file.commits += desk.file.commits[-2:]
    else:
        del desk.file.commits[-1]
    before = list(desk.file.commits)
    await desk.journal.restart()
    assert "messages may be missing" in why(waiting)
    assert desk.failures == ["mismatch"]
    assert desk.journal.problem is not None
    assert not desk.file.child.is_alive
    writing.keep()
    await turn()
    assert desk.file.commits == before


async def test_a_file_that_is_damaged_is_left_alone_until_somebody_has_looked(
    desk: Desk, writing: Writing
) -> None:
    writing.keep(b"1")
    await turn()
    desk.file.child.die()
    desk.file.problem = DAMAGED
    await desk.journal.restart()
    for _ in range(3 * RETRY_TENDS):
        desk.journal.tend()
    assert desk.restarts == 1
    assert desk.failures == ["damaged"]
    desk.file.problem = None
    desk.journal.go_on()
    assert desk.restarts == 2
    await desk.journal.restart()
    desk.file.child.commit()
    assert desk.written() == [b"1"]
    assert desk.journal.problem is None


async def test_a_file_that_cannot_be_opened_is_told_at_the_start() -> None:
    file = ScriptedFile()
    file.problem = DAMAGED
    journal = Journal(Path("p.mqs"), start_child=file.start)
    with pytest.raises(ProfileError, match="damaged"):
        await journal.open()
    await journal.close()


async def test_a_process_that_dies_at_the_start_is_told() -> None:
    file = ScriptedFile()
    file.dies_unopened = True
    with pytest.raises(OSError, match="ended with code -9"):
        await file.journal()


# ---- commits that fail


async def test_a_commit_that_fails_is_refused_and_the_next_process_looks_through_the_file(
    desk: Desk, writing: Writing
) -> None:
    """What memory has must come to the disk all the same: later commits stand on it."""
    waiting = desk.journal.when_durable(writing.keep(b"1"), None)
    await turn()
    behind = desk.journal.when_durable(writing.keep(b"2"), None)
    desk.file.child.fail(DISK_FAILS)
    assert "The disk fails." in why(waiting)
    assert "The disk fails." in why(behind)
    assert desk.failures == ["unreadable"]
    assert desk.journal.problem == DISK_FAILS
    assert desk.journal.durable == 2
    assert desk.restarts == 1
    await desk.journal.restart()
    assert desk.file.child.opened_with is not None
    assert desk.file.child.opened_with.is_checked
    desk.file.child.commit()
    desk.file.child.commit()
    assert desk.written() == [b"1", b"2"]
    assert desk.journal.problem == DISK_FAILS  # until somebody has seen it
    desk.journal.go_on()
    assert desk.journal.problem is None
    assert desk.restarts == 1


async def test_a_commit_that_fails_again_is_tried_from_time_to_time(desk: Desk, writing: Writing) -> None:
    writing.keep(b"1")
    await turn()
    desk.file.child.fail(DISK_FAILS)
    await desk.journal.restart()
    waiting = desk.journal.when_durable(writing.keep(b"2"), None)
    desk.file.child.fail(DISK_FAILS)
    assert "The disk fails." in why(waiting)
    assert desk.restarts == 1
    for restarts in (2, 3):
        for _ in range(RETRY_TENDS):
            assert desk.restarts == restarts - 1
            desk.journal.tend()
        assert desk.restarts == restarts
        await desk.journal.restart()
        if restarts == 2:
            desk.file.child.fail(DISK_FAILS)
    desk.file.child.commit()
    desk.file.child.commit()
    assert desk.written() == [b"1", b"2"]


async def test_a_full_disk_lets_wait_who_waits(desk: Desk, writing: Writing) -> None:
    """Nothing is in doubt, so nothing is checked; it is written when there is room."""
    waiting = desk.journal.when_durable(writing.keep(b"1"), "done")
    await turn()
    desk.file.child.fail(DISK_IS_FULL)
    assert desk.failures == []
    await desk.journal.restart()
    assert desk.file.child.opened_with is not None
    assert not desk.file.child.opened_with.is_checked
    desk.file.child.commit()
    assert await waiting == "done"


# ---- the end


async def closing(journal: Journal, file: ScriptedFile) -> None:
    """Close it, with a process that does what it is sent."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(journal.close())
        await turn()
        while file.child.received:
            file.child.commit()


async def test_a_clean_end_is_written_last(desk: Desk, writing: Writing) -> None:
    writing.keep(b"1")
    await turn()
    writing.keep(b"2")
    await closing(desk.journal, desk.file)
    assert desk.written() == [b"1", b"2"]
    assert [commit.is_clean for commit in desk.file.commits] == [False, False, False, True]
    assert desk.file.child.was_told_to_end


async def test_the_end_is_clean_also_if_there_was_nothing_to_write(desk: Desk) -> None:
    await closing(desk.journal, desk.file)
    assert desk.file.commits[-1].is_clean
    assert desk.restarts == 0


async def test_a_process_that_died_before_the_end_is_replaced(desk: Desk, writing: Writing) -> None:
    writing.keep(b"1")
    desk.file.child.die()
    await closing(desk.journal, desk.file)
    assert desk.written() == [b"1"]
    assert desk.file.commits[-1].is_clean


async def test_a_process_that_dies_in_the_end_leaves_no_clean_one(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(desk.journal.close())
        await turn()
        desk.file.child.die()
    assert not desk.file.commits[-1].is_clean
    assert "last_commit_missing" in caplog.text


async def test_a_process_that_does_not_end_is_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_journal, "END_S", 0.0)
    desk.file.child.end = lambda: None  # type: ignore[method-assign]  # it does not listen
    await closing(desk.journal, desk.file)
    assert not desk.file.child.is_alive


async def test_when_nothing_is_to_be_written_there_is_time_to_tidy_up(desk: Desk, writing: Writing) -> None:
    desk.journal.tend()
    assert desk.file.child.take() == (Frame.TEND, b"")
    writing.keep()
    await turn()
    desk.journal.tend()
    desk.file.child.commit()
    assert desk.file.child.received == []
