"""Verbs on chosen messages: exact counts, a way back, and what is told."""

import pytest
from msgspec.structs import replace

from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import BIN_MAX_BYTES
from mqstudio.model.message import Properties
from mqstudio.model.rows import MessageState
from mqstudio.model.verbs import Destination
from mqstudio.viewmodel.extent import Extent
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.message_verbs import Chosen, MessageVerbs, destination_title
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.wording import clock
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import START_US, Clock, ListBroker, run_now


class Desk:
    """Verbs over a broker made of lists."""

    def __init__(self, broker: ListBroker, workspace: Workspace, notices: Notices, undo: UndoList) -> None:
        self.broker, self.notices, self.undo = broker, notices, undo
        self.workspace = workspace
        self.jobs = Jobs(broker.clock)
        self.verbs = MessageVerbs(workspace, notices, undo, self.jobs)

    def ids(self, queue: str) -> list[int]:
        return [row.message_id for row in self.broker.queues[queue]]

    def bodies(self, queue: str) -> list[bytes]:
        return [self.broker.bodies[each] for each in self.ids(queue)]

    def said(self) -> str:
        return self.notices.shown[-1].text

    def back(self) -> None:
        run_now(self.undo.undo_last())

    def again(self) -> None:
        run_now(self.undo.redo_last())


@pytest.fixture
def desk(broker: ListBroker, workspace: Workspace, notices: Notices, undo: UndoList, clock: Clock) -> Desk:
    broker.add_queue("orders", 5)
    broker.add_queue("mail")
    broker.feed(workspace)
    return Desk(broker, workspace, notices, undo)


def chosen(*ids: int) -> Chosen:
    return Chosen("/", "orders", ids)


def test_deleting_in_mid_queue_and_back(desk: Desk) -> None:
    """Exactly those, counted; undone they stand where they stood; redone they go again."""
    run_now(desk.verbs.remove(chosen(2, 4)))
    assert desk.ids("orders") == [1, 3, 5]
    assert desk.said() == "Deleted 2 messages from orders."
    desk.back()
    assert desk.ids("orders") == [1, 2, 3, 4, 5]
    assert desk.said() == "2 messages back in orders."
    desk.again()
    assert desk.ids("orders") == [1, 3, 5]


def test_what_left_meanwhile_is_counted(desk: Desk) -> None:
    """It is not an error; the others go."""
    desk.broker.change("orders", 2, state=MessageState.DONE)
    run_now(desk.verbs.remove(chosen(2, 4)))
    assert desk.said() == (
        "Deleted 1 message from orders. 1 left as they were: not there any more, or not ready."
    )
    run_now(desk.verbs.remove(chosen(2)))
    assert desk.said() == "No ready message was there: nothing was taken out of orders."
    assert len(desk.undo.steps) == 1


def test_new_arrivals_are_not_swept_in(desk: Desk) -> None:
    """The snapshot of what a filter shows is what it was when it was asked for."""
    for total in (50, 200, 300):
        desk.broker.add_message("orders", b'{"total": %d}' % total)
    newest = desk.ids("orders")[-2]
    run_now(desk.verbs.purge_where("/", "orders", "body.total > 100", newest))
    assert desk.bodies("orders")[-2:] == [b'{"total": 50}', b'{"total": 300}']
    assert desk.said() == f"Purged 1 message from orders, published {clock(START_US)}."


def test_purging_the_first(desk: Desk) -> None:
    """The head goes, the rest stays."""
    run_now(desk.verbs.remove_first("/", "orders", 2))
    assert desk.ids("orders") == [3, 4, 5]
    desk.back()
    assert desk.ids("orders") == [1, 2, 3, 4, 5]


def test_moving_and_back(desk: Desk) -> None:
    """In the order they had; undone they are what they were."""
    run_now(desk.verbs.move(chosen(4, 2), Destination("mail")))
    assert desk.ids("orders") == [1, 3, 5]
    assert len(desk.ids("mail")) == 2
    assert desk.said() == "Moved 2 messages from orders to mail."
    desk.back()
    assert (desk.ids("orders"), desk.ids("mail")) == ([1, 2, 3, 4, 5], [])
    desk.again()
    assert len(desk.ids("mail")) == 2


def test_what_was_taken_stays_taken(desk: Desk) -> None:
    """Undoing says how many could not be had back."""
    run_now(desk.verbs.move(chosen(1, 2), Destination("mail")))
    desk.broker.change("mail", desk.ids("mail")[0], state=MessageState.DONE)
    desk.back()
    assert desk.ids("orders") == [2, 3, 4, 5]
    assert desk.said() == "1 message had been taken by somebody meanwhile and stayed gone."


def test_copying_and_back(desk: Desk) -> None:
    """The old ones stay; undone, the copies go to the bin."""
    desk.broker.change("orders", 2, state=MessageState.IN_FLIGHT)
    run_now(desk.verbs.copy(chosen(1, 2), Destination("mail")))
    assert (len(desk.ids("orders")), len(desk.ids("mail"))) == (5, 2)
    assert desk.said() == "Copied 2 messages to mail."
    desk.back()
    assert desk.ids("mail") == []


def test_resending_live_and_ended_ones(desk: Desk) -> None:
    """Live ones are copied, done ones are read from the ledger and published as they were."""
    done = desk.broker.add_message("orders", b"\x00done", state=MessageState.DONE)
    desk.broker.properties[done] = Properties(message_id="m-1")
    run_now(desk.verbs.resend(chosen(1, done)))
    assert desk.bodies("orders")[-2:] == [b"hello", b"\x00done"]
    assert desk.broker.published == [("", "orders", b"\x00done", Properties(message_id="m-1"))]
    assert desk.said() == "Resent 2 messages to orders."
    desk.back()
    assert len(desk.ids("orders")) == 6
    assert desk.said() == "2 messages taken out again."


def test_what_no_queue_takes_is_not_resent(desk: Desk) -> None:
    """It is counted apart, and why; alone it is a problem, and nothing that could be undone."""
    done = desk.broker.add_message("orders", b"x", state=MessageState.DONE, routing_key="nobody")
    run_now(desk.verbs.resend(chosen(1, done)))
    nowhere = "no queue took them. Bind one with their key, or one with room."
    assert desk.said() == f"Resent 1 message to orders. 1 went nowhere: {nowhere}"
    steps = len(desk.undo.steps)
    run_now(desk.verbs.resend(chosen(done)))
    assert desk.said() == f"Nothing was resent: {nowhere}"
    assert len(desk.undo.steps) == steps


def test_a_full_queue_takes_none(desk: Desk) -> None:
    """Live ones are refused by the broker, one by one once all together were; its words are told."""
    desk.broker.is_full = True
    run_now(desk.verbs.resend(chosen(1, 2)))
    assert desk.said() == "Nothing was resent: Queue '' has no room for more."
    assert len(desk.ids("orders")) == 5


def test_what_was_released_is_not_left(desk: Desk) -> None:
    """Of three that are brought back one died, one is held, one is neither: one was left."""
    dead = desk.broker.add_message("orders", b"dead", died_in="mail")
    desk.broker.change("orders", 1, state=MessageState.IN_FLIGHT, holder="worker")
    run_now(desk.verbs.redrive(chosen(1, 2, dead)))
    said = [notice.text for notice in desk.notices.shown]
    assert said[-2].startswith("Redrove 1 message from orders to mail. 1 left as they were")


def test_resending_elsewhere(desk: Desk) -> None:
    """By another exchange and key."""
    run_now(desk.verbs.resend(chosen(1), Destination(exchange="", routing_key="mail")))
    assert desk.bodies("mail") == [b"hello"]
    assert desk.said() == "Resent 1 message to mail."


def test_redriving_dead_letters_and_releasing_what_is_held(desk: Desk) -> None:
    """One verb for bringing back, whatever the reason."""
    dead = desk.broker.add_message("orders", b"dead", died_in="mail")
    desk.broker.change("orders", 1, state=MessageState.IN_FLIGHT, holder="worker")
    run_now(desk.verbs.redrive(chosen(1, dead)))
    assert desk.bodies("mail") == [b"dead"]
    assert desk.broker.queues["orders"][0].state is MessageState.READY
    said = [notice.text for notice in desk.notices.shown]
    assert said[-2:] == ["Redrove 1 message from orders to mail.", "Released 1 message to orders."]
    desk.back()
    assert desk.bodies("mail") == []


def test_nothing_to_bring_back_is_said(desk: Desk) -> None:
    """With what would work."""
    run_now(desk.verbs.redrive(chosen(1)))
    assert desk.said().startswith("Nothing to bring back:")


@pytest.mark.parametrize(
    ("outcome", "state", "said"),
    [
        (Outcome.RELEASED, MessageState.READY, "Released 1 message to orders."),
        (Outcome.ACCEPTED, MessageState.DONE, "Accepted 1 message of orders: they are done."),
        (Outcome.REJECTED, MessageState.DEAD_LETTERED, "Rejected 1 message of orders."),
    ],
)
def test_forcing_an_outcome(desk: Desk, outcome: Outcome, state: MessageState, said: str) -> None:
    """Of what somebody holds; the others are left."""
    desk.broker.change("orders", 3, state=MessageState.IN_FLIGHT)
    run_now(desk.verbs.force(chosen(2, 3), outcome))
    assert desk.broker.queues["orders"][2].state is state
    assert desk.said() == said


def test_forcing_what_nobody_holds_says_so(desk: Desk) -> None:
    """And changes nothing."""
    run_now(desk.verbs.force(chosen(2), Outcome.ACCEPTED))
    assert desk.said().startswith("Nobody holds these messages")


def test_stopped_on_the_way_it_tells_and_undoes_what_was_done(desk: Desk) -> None:
    """Two parts of a thousand were moved of three: those come back."""
    desk.broker.add_queue("orders", 2_495)
    jobs = desk.jobs

    class Impatient:
        def on_change(self) -> None:
            for job in jobs.running_now:
                if job.done >= 2_000:
                    job.cancel()

    impatient = Impatient()
    jobs.changed.connect(impatient.on_change)
    run_now(desk.verbs.move(chosen(*desk.ids("orders")), Destination("mail")))
    assert (len(desk.ids("orders")), len(desk.ids("mail"))) == (500, 2_000)
    assert desk.said() == "Moved 2,000 messages from orders to mail. Stopped before the rest."
    del impatient
    desk.back()
    assert (len(desk.ids("orders")), len(desk.ids("mail"))) == (2_500, 0)


def test_refused_it_changes_nothing(desk: Desk) -> None:
    """The broker's own words go on to whoever shows them."""
    desk.broker.is_full = True
    with pytest.raises(RefusedError) as caught:
        run_now(desk.verbs.move(chosen(1), Destination("mail")))
    assert caught.value.why is Refusal.TOO_MANY
    assert desk.undo.steps == []


def test_where_to_is_named_as_people_name_it() -> None:
    """A queue by its name, an exchange with its key."""
    assert destination_title(Destination("mail")) == "mail"
    assert destination_title(Destination(exchange="", routing_key="mail")) == "mail"
    assert destination_title(Destination(exchange="shop", routing_key="eu")) == "shop › eu"
    assert destination_title(Destination(exchange="shop")) == "shop"


def test_what_the_bin_cannot_hold_is_known_before(desk: Desk) -> None:
    """By their number and their bytes; a profile on disk holds any number."""
    large = Chosen("/", "orders", (1,), Extent(1, BIN_MAX_BYTES))
    assert desk.verbs.is_removal_undoable(chosen(1))
    assert not desk.verbs.is_removal_undoable(large)
    assert desk.workspace.info is not None
    desk.workspace.info = replace(desk.workspace.info, is_lasting=True)
    assert desk.verbs.is_removal_undoable(large)


def test_bins_that_made_room_do_not_keep_the_others(desk: Desk) -> None:
    """Of a deletion in two parts one bin is gone: what is in the other comes back, and that it was all."""
    desk.broker.add_queue("many", 1_200)
    ids = tuple(desk.ids("many"))
    run_now(desk.verbs.remove(Chosen("/", "many", ids)))
    del desk.broker.binned[min(desk.broker.binned)]
    desk.back()
    assert len(desk.ids("many")) == 200
    said = [notice.text for notice in desk.notices.shown]
    assert said[-2:] == [
        "200 messages back in many.",
        "What had to make room in the bin for newer deletions did not come back.",
    ]
