"""What was done is undone in turn, each once."""

import pytest

from mqstudio.viewmodel.actions import Actions
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.undo import UNDO_MAX, UndoList, UndoStep
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now


def test_undo_goes_back_one_step_at_a_time(
    workspace: Workspace, notices: Notices, undo: UndoList, broker: ListBroker
) -> None:
    """The last purge first; when none is left, that is said."""
    actions = Actions(workspace, notices, undo)
    broker.add_queue("a", 1)
    broker.add_queue("b", 1)
    run_now(actions.purge("/", "a"))
    run_now(actions.purge("/", "b"))
    assert [step.title for step in undo.steps] == ["the purge of a", "the purge of b"]
    run_now(undo.undo_last())
    assert (len(broker.queues["a"]), len(broker.queues["b"])) == (0, 1)
    run_now(undo.undo_last())
    run_now(undo.undo_last())
    assert len(broker.queues["a"]) == 1
    assert notices.shown[-1].text == "There is nothing to undo."


def test_a_notice_undoes_its_own_step_and_only_once(notices: Notices, undo: UndoList) -> None:
    """Also when something else was done since."""
    done: list[str] = []

    async def act(name: str) -> None:
        done.append(name)

    undo.offer("Did a.", "a", lambda: act("a"))
    undo.offer("Did b.", "b", lambda: act("b"))
    first = notices.shown[0].action
    assert first is not None
    run_now(first())
    run_now(first())
    assert done == ["a"]
    assert notices.shown[-1].text == "Undone already: a."
    run_now(undo.undo_last())
    assert done == ["a", "b"]


def test_only_so_many_are_remembered(notices: Notices, undo: UndoList) -> None:
    """The oldest are forgotten."""

    async def act() -> None:
        raise AssertionError("nobody asked for it")

    for number in range(UNDO_MAX + 5):
        undo.offer("Did it.", f"step {number}", act)
    assert len(undo.steps) == UNDO_MAX
    assert undo.steps[0].title == "step 5"


def test_purges_of_before_come_first_and_those_that_are_gone_go(notices: Notices) -> None:
    undo = UndoList(notices)

    async def act() -> None:
        """Nothing."""

    undo.offer("Purged.", "the purge of b", act, bin_ids=[2])
    undo.offer("Unbound.", "the unbinding", act)
    undo.offer("Purged.", "the purge of d", act, bin_ids=[4])
    undo.recall(
        [UndoStep("the purge of a", act, frozenset([1])), UndoStep("the purge of b", act, frozenset([2]))]
    )
    assert [step.title for step in undo.steps] == ["the purge of a", "the purge of b", "the unbinding"]
    undo.clear()
    assert undo.steps == []


def test_what_was_undone_can_be_done_again(notices: Notices) -> None:
    """And be undone again; doing something else forgets it."""
    undo, log = UndoList(notices), list[str]()

    async def back() -> None:
        log.append("back")

    async def forth() -> None:
        log.append("forth")
        undo.offer("Moved.", "the move", back, again=forth)

    run_now(forth())
    run_now(undo.undo_last())
    run_now(undo.redo_last())
    run_now(undo.undo_last())
    assert log == ["forth", "back", "forth", "back"]
    assert len(undo.undone) == 1
    undo.offer("Purged.", "the purge", back)
    assert undo.undone == []
    run_now(undo.redo_last())
    assert notices.shown[-1].text == "There is nothing to do again."


def test_an_undo_that_meets_no_broker_can_be_tried_again(notices: Notices) -> None:
    """The step stays where it was."""
    undo = UndoList(notices)

    async def back() -> None:
        raise ConnectionError("gone")

    undo.offer("Moved.", "the move", back)
    with pytest.raises(ConnectionError):
        run_now(undo.undo_last())
    assert [step.title for step in undo.steps] == ["the move"]
