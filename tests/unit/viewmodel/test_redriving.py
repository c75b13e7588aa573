"""Redriving in parts: at a rate, patched, stopped, cancelled, undone."""

from typing import Any

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.patching.syntax import parse_patch
from mqstudio.model.rows import MessageState
from mqstudio.protocols.native import hand
from mqstudio.viewmodel.redriving import PATCHED_PART, Plan, Redrive
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now


class Bench:
    """Dead letters of `orders` in `dead`. Each pause does `meanwhile`."""

    def __init__(self, broker: ListBroker, workspace: Workspace, count: int = 10) -> None:
        self.broker, self.workspace = broker, workspace
        self.pauses: list[float] = []
        self.meanwhile: Any = lambda: None
        broker.add_queue("orders")
        for n in range(count):
            broker.add_message("dead", b'{"total":-%d}' % n, died_in="orders", died_of="rejected")

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.meanwhile()

    def redrive(self, **plan: Any) -> Redrive:
        ids = [row.message_id for row in self.broker.queues["dead"]]
        redrive = Redrive(self.workspace, "/", "dead", ids, Plan(**plan), sleep=self.sleep)
        run_now(redrive.run())
        return redrive

    def end(self, state: MessageState) -> None:
        """All that has gone back ends so."""
        for row in list(self.broker.queues["orders"]):
            if row.state is MessageState.READY:
                self.broker.change("orders", row.message_id, state=state)

    def bodies(self, queue: str) -> list[bytes]:
        return [self.broker.bodies[row.message_id] for row in self.broker.queues[queue]]


def test_all_go_back_to_where_they_died(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace)
    bench.meanwhile = lambda: bench.end(MessageState.DONE)
    redrive = bench.redrive()
    assert (redrive.done, redrive.accepted, redrive.undecided, redrive.died_again) == (10, 10, 0, 0)
    assert broker.queues["dead"] == []
    assert redrive.says() == "10 of 10 sent · 10 done."
    assert redrive.title == "Redrive 10 messages of dead to where they died"
    assert not redrive.is_running


def test_a_rate_is_kept_in_parts(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace)
    bench.meanwhile = lambda: bench.end(MessageState.DONE)
    bench.redrive(rate_per_s=20)
    calls = [each for each in broker.asked if isinstance(each, hand.RedriveMessages)]
    assert [len(call.ids) for call in calls] == [5, 5]
    assert bench.pauses[0] == 0.25
    slow = Bench(broker, workspace, 2)
    slow.meanwhile = lambda: slow.end(MessageState.DONE)
    slow.redrive(rate_per_s=0.5)
    assert slow.pauses[0] == 2


def test_it_stops_when_too_many_die_again(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace)
    bench.meanwhile = lambda: bench.end(MessageState.DEAD_LETTERED)
    redrive = bench.redrive(rate_per_s=8, stop_after=3)
    assert (redrive.done, redrive.died_again, redrive.was_stopped) == (4, 4, True)
    assert len(broker.queues["dead"]) == 6
    assert redrive.says().endswith("Stopped: 4 messages died again.")


def test_it_goes_on_while_few_die(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace)
    bench.meanwhile = lambda: bench.end(MessageState.DEAD_LETTERED)
    redrive = bench.redrive(rate_per_s=8, stop_after=11)
    assert (redrive.done, redrive.died_again, redrive.was_stopped) == (10, 10, False)


def test_another_queue_and_without_deaths(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace)
    broker.add_queue("retry")
    redrive = bench.redrive(to="retry", keeps_deaths=False)
    assert len(bench.bodies("retry")) == 10
    call = next(each for each in broker.asked if isinstance(each, hand.MoveMessages))
    assert (call.to.queue, call.keeps_deaths) == ("retry", False)
    assert redrive.undecided == 10
    assert "10 not settled yet" in redrive.says()


def test_a_patch_changes_those_that_it_fits(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace, 2)
    broker.add_message("dead", b"no JSON", died_in="orders")
    redrive = bench.redrive(patch=parse_patch("$.total = abs($.total)"))
    assert bench.bodies("orders") == [b'{"total":0}', b'{"total":1}']
    assert bench.bodies("dead") == [b"no JSON"]
    assert (redrive.done, redrive.unfit_count, list(redrive.unfit.values())) == (
        2,
        1,
        ["The body is no JSON."],
    )
    assert "1 the patch does not fit" in redrive.says()


def test_patched_parts_are_small(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace, PATCHED_PART + 1)
    bench.redrive(patch=parse_patch("header.fixed = true"))
    calls = [each for each in broker.asked if isinstance(each, hand.RedriveMessages)]
    assert [len(call.changed) for call in calls] == [PATCHED_PART, 1]


def test_cancelled_it_sends_no_more(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace)
    ids = [row.message_id for row in broker.queues["dead"]]
    redrive = Redrive(workspace, "/", "dead", ids, Plan(rate_per_s=4), sleep=bench.sleep)
    bench.meanwhile = redrive.cancel
    run_now(redrive.run())
    assert (redrive.done, redrive.was_stopped) == (1, False)
    assert redrive.says().endswith("Cancelled.")


def test_what_was_taken_meanwhile_is_counted(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace, 3)
    ids = [row.message_id for row in broker.queues["dead"]]
    broker.queues["dead"].pop()
    redrive = Redrive(workspace, "/", "dead", [*ids, 999], Plan(), sleep=bench.sleep)
    run_now(redrive.run())
    assert (redrive.done, redrive.gone) == (2, 2)
    assert "2 stayed or were gone" in redrive.says()
    patched = Redrive(
        workspace, "/", "dead", [999], Plan(patch=parse_patch("header.x = 1")), sleep=bench.sleep
    )
    run_now(patched.run())
    assert (patched.done, patched.gone) == (0, 1)


def test_a_refusal_ends_it_and_says_why(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace)
    broker.add_queue("retry")
    broker.is_full = True
    redrive = bench.redrive(to="retry")
    assert (redrive.done, redrive.failure) == (0, "Queue 'retry' has no room for more.")
    workspace.lose("The broker closed the connection.")
    lost = bench.redrive()
    assert "no broker to ask" in lost.failure


def test_undoing_puts_back_what_nobody_has_taken(broker: ListBroker, workspace: Workspace) -> None:
    bench = Bench(broker, workspace)
    before = bench.bodies("dead")
    redrive = bench.redrive(patch=parse_patch("$.total = 1"))
    broker.queues["orders"].pop()
    assert run_now(redrive.undo()) == (9, 1)
    assert bench.bodies("dead") == before[:-1]
    assert run_now(redrive.undo()) == (0, 0)


def test_a_refusal_while_reading_for_a_patch_is_no_missing_message(
    broker: ListBroker, workspace: Workspace, monkeypatch: Any
) -> None:
    bench = Bench(broker, workspace)

    async def refuse(*_: Any, **__: Any) -> None:
        raise RefusedError(Refusal.NOT_STORED, "The disk is gone.")

    monkeypatch.setattr(broker, "message", refuse)
    redrive = bench.redrive(patch=parse_patch("header.x = 1"))
    assert (redrive.failure, redrive.gone) == ("The disk is gone.", 0)
