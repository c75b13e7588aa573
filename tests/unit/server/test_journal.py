"""The journal with store processes that do what a test says: commits, numbers, all that can go wrong."""

import pytest

from mqstudio.model import limits
from mqstudio.model.access import AccessTable, HashKind, Permission, User
from mqstudio.model.delivery import Outcome
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import PageWanted
from mqstudio.model.samples import Counters
from mqstudio.store.changes import FIELDS
from mqstudio.store.frames import Frame
from tests.support.journal_desk import PERSISTENT, Desk, Writing, desk, turn, why, writing
from tests.support.waiting import eventually_async

__all__ = ["desk", "writing"]

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
    await eventually_async(lambda: desk.file.child.received)
    assert len(desk.file.child.commit().rows("messages")) == 2  # the ledger has them all the same


async def test_what_nobody_waits_for_comes_together_until_somebody_asks(desk: Desk, writing: Writing) -> None:
    for _ in range(3):
        writing.publish(writing.me, "passing")
        await turn()
        assert not desk.file.child.received
    asked = desk.journal.flushed()
    assert asked is not None
    assert len(desk.file.child.commit().rows("messages")) == 3
    await asked
    assert desk.journal.flushed() is None


async def test_what_nobody_waits_for_goes_along_with_what_somebody_does(desk: Desk, writing: Writing) -> None:
    writing.publish(writing.me, "passing")
    await turn()
    writing.keep()
    await turn()
    assert len(desk.file.child.commit().rows("messages")) == 2
    await turn()
    assert not desk.file.child.received  # nor is an empty one sent later


async def test_much_that_waits_for_the_disk_is_told_at_once(desk: Desk, writing: Writing) -> None:
    told: list[int] = []
    desk.journal.on_crowded = lambda: told.append(desk.journal.pending_bytes())
    for _ in range(3 * limits.STORE_COMMIT_BYTES // limits.LEDGER_BODY_BYTES):
        assert not told
        writing.publish(writing.me, "passing", body=b"x" * limits.LEDGER_BODY_BYTES)
        if told:
            break
    assert told
    assert told[0] > limits.STORE_COMMIT_BYTES


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
    await eventually_async(lambda: desk.file.child.received)
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
