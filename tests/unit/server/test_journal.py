"""The journal with store processes that do what a test says: commits, numbers, all that can go wrong."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from mqstudio.model import limits
from mqstudio.model.access import AccessTable, HashKind, Permission, User
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Traits
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import PageWanted
from mqstudio.model.samples import Counters
from mqstudio.server import journal as server_journal
from mqstudio.server.journal import RETRY_TENDS, Journal
from mqstudio.store.changes import FIELDS
from mqstudio.store.frames import Frame
from mqstudio.store.problems import ProfileError
from tests.support.driver import Driver
from tests.support.scripted_store import DAMAGED, DISK_FAILS, DISK_IS_FULL, ScriptedFile

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


# ---- commits and their numbers


async def test_a_beginning_is_written_with_the_next_ids(desk: Desk) -> None:
    (first,) = desk.file.commits
    assert first.rows("deeds") == [("begin", ())]
    assert first.progress == (7, 8, 9, 10, 11)
    assert not first.is_clean


async def test_a_lone_change_is_sent_at_the_end_of_its_turn(desk: Desk, writing: Writing) -> None:
    assert writing.keep() == 3
    assert desk.file.child.received == []
    await turn()
    desk.file.child.commit()
    assert desk.journal.durable == 3


async def test_all_that_comes_while_one_is_written_goes_into_the_next(desk: Desk, writing: Writing) -> None:
    writing.keep(b"1")
    await turn()
    assert [writing.keep(body) for body in (b"2", b"3", b"4")] == [4, 4, 4]
    await turn()
    first = desk.file.child.write()
    assert desk.file.child.received == []  # one at a time
    desk.file.child.confirm(first)
    second = desk.file.child.commit()
    assert [row[9] for row in second.rows("messages")] == [b"2", b"3", b"4"]
    await turn()
    assert desk.file.child.received == []


async def test_what_survives_nothing_need_not_be_waited_for(desk: Desk, writing: Writing) -> None:
    writing.publish(writing.me, "passing")
    assert writing.number == 0
    writing.publish(writing.me, "nowhere", traits=PERSISTENT)
    assert writing.number == 0
    await turn()
    assert len(desk.file.child.commit().rows("messages")) == 2  # the ledger has them all the same


async def test_first_deliveries_wait_for_nothing_and_redeliveries_for_their_count(writing: Writing) -> None:
    writing.keep()
    writing.subscribe(writing.me)
    assert writing.number == 0
    writing.settle(writing.me, 1, Outcome.RELEASED)
    assert writing.number == 3


async def test_a_redelivery_of_what_is_not_on_disk_waits_for_nothing(writing: Writing) -> None:
    writing.publish(writing.me, "passing")
    writing.subscribe(writing.me, "passing")
    writing.settle(writing.me, 1, Outcome.RELEASED)
    assert writing.number == 0


async def test_a_commit_is_not_larger_than_it_may_be(
    desk: Desk, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STORE_COMMIT_BYTES", 1_000)
    writing.keep()
    await turn()
    assert [writing.keep(bytes(400)) for _ in range(5)] == [4, 4, 5, 5, 6]
    desk.file.child.commit()
    sizes = [len(desk.file.child.commit().rows("messages")) for _ in range(3)]
    assert sizes == [2, 2, 1]


async def test_commits_are_cut_by_rows_too(
    desk: Desk, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STORE_COMMIT_ROWS", 4)
    assert [writing.keep(b"x") for _ in range(3)] == [3, 3, 4]  # three rows each: message, place, event
    await turn()
    desk.file.child.commit()
    desk.file.child.commit()
    assert desk.written() == [b"x"] * 3


async def test_users_and_rights_are_kept_as_they_change(desk: Desk) -> None:
    ada, bob = (User(name, (), "", HashKind.SHA256) for name in ("ada", "bob"))
    rights = Permission("ada", "/", "", "", "")
    assert desk.journal.note_access(AccessTable([ada], [rights], [], [], [])) == 2
    await turn()
    first = desk.file.child.commit()
    assert first.rows("definitions") == [("user", "", "ada"), ("permission", "/", "ada")]
    assert desk.journal.note_access(AccessTable([ada], [rights], [], [], [])) == 0
    assert desk.journal.note_access(AccessTable([ada, bob], [], [], [], [])) == 3
    await turn()
    desk.file.child.commit()
    definitions = desk.file.commits[-1].sections[0][FIELDS.index("definitions")]
    assert isinstance(definitions, dict)
    assert definitions["permission", "/", "ada"] is None
    assert "bob" in definitions["user", "", "bob"]
    assert len(definitions) == 2


async def test_counters_are_kept_without_anybody_waiting(desk: Desk) -> None:
    desk.journal.note_counters(3, Counters(1, 2, 3, 4, 5, 6))
    await turn()
    assert desk.file.child.commit().rows("queue_counters") == [3]


async def test_who_waits_is_answered_in_order_and_not_before(desk: Desk, writing: Writing) -> None:
    first, second = writing.keep(), 0
    await turn()
    second = writing.keep()
    answers = [
        desk.journal.when_durable(number, name)
        for number, name in ((first, "a"), (second, "b"), (first, "c"))
    ]
    desk.file.child.write()
    await turn()
    assert not any(each.done() for each in answers)
    desk.file.child.confirm(desk.file.commits[-1])
    assert [each.done() for each in answers] == [True, False, True]
    desk.file.child.commit()
    assert [each.result() for each in answers] == ["a", "b", "c"]
    assert (await desk.journal.when_durable(second, "at once")) == "at once"


async def test_who_gave_up_is_passed_over(desk: Desk, writing: Writing) -> None:
    gone, there = (desk.journal.when_durable(writing.keep(), name) for name in "ab")
    gone.cancel()
    await turn()
    desk.file.child.commit()
    assert await there == "b"


async def test_what_was_appended_is_flushed_when_it_is_on_disk(desk: Desk, writing: Writing) -> None:
    assert desk.journal.flushed() is None
    writing.publish(writing.me, "passing")
    flushed = desk.journal.flushed()
    assert flushed is not None
    await turn()
    assert not flushed.done()
    desk.file.child.commit()
    assert flushed.done()
    assert desk.journal.flushed() is None


async def test_too_much_for_the_disk_is_told_until_half_of_it_is_written(
    desk: Desk, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STORE_COMMIT_BYTES", 1_000)
    monkeypatch.setattr(limits, "STORE_PENDING_BYTES", 10_000)
    writing.keep()
    await turn()
    count = 0
    while not desk.journal.is_full():
        writing.keep(bytes(1_500))
        count += 1
    assert 4 < count < 8
    behind = [desk.journal.pending_bytes()]
    while desk.journal.is_full():
        desk.file.child.commit()
        behind.append(desk.journal.pending_bytes())
    assert behind[0] > 10_000
    assert behind[-2] > 5_000 >= behind[-1]
    assert desk.journal.pending_bytes() == pytest.approx(0, abs=5_000)


# ---- questions


def wanted() -> PageWanted:
    return PageWanted(QueueRef("/", "q", 1), 1, 0, 10, 1_000)


async def test_a_question_is_asked_behind_all_that_was_appended(desk: Desk, writing: Writing) -> None:
    writing.keep()
    answer = desk.journal.ask("page", 1)
    assert desk.file.child.received[0][0] is Frame.COMMIT
    desk.file.child.commit()
    await turn()
    number, name, arguments = desk.file.child.question()
    assert (name, arguments) == ("page", (1,))
    desk.file.child.answer(number, b"found")
    assert await answer == b"found"


async def test_what_cannot_be_answered_is_refused(desk: Desk) -> None:
    answer = desk.journal.ask("page")
    await turn()
    desk.file.child.answer(desk.file.child.question()[0], b"no such table", Frame.UNANSWERED)
    assert why(answer) == "no such table"


async def test_answers_that_nobody_waits_for_are_dropped(desk: Desk) -> None:
    answers = [desk.journal.ask("page"), desk.journal.ask("page")]
    await turn()
    for each in answers:
        each.cancel()
    first, second = desk.file.child.question()[0], desk.file.child.question()[0]
    desk.file.child.answer(first, b"found")
    desk.file.child.answer(second, b"not found", Frame.UNANSWERED)


async def test_questions_of_a_process_that_died_are_refused(desk: Desk) -> None:
    answer = desk.journal.read_page(wanted())
    await turn()
    desk.file.child.die()
    await turn()
    assert "Ask again" in why(answer)


async def test_a_question_that_was_refused_is_not_asked_of_the_next_process(
    desk: Desk, writing: Writing
) -> None:
    """Its commit is written by that one, but nobody waits for the answer any more."""
    writing.keep()
    answer = desk.journal.ask("page")
    desk.file.child.die()
    assert "Ask again" in why(answer)
    await desk.journal.restart()
    desk.file.child.commit()
    await turn()
    assert desk.file.child.received == []


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
