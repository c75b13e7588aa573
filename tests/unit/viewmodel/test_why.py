"""Why?: asked while somebody looks, about the message in the inspector, again as long as it is looked at."""

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.viewmodel.inspector import Inspector
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.why import LoadedLater, Why, figures_of
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now
from tests.support.rules_at_hand import RulesAtHand, finding
from tests.support.waiting import eventually


class Desk:
    """The panel on a broker made of lists, with rules that a test makes up."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.broker = ListBroker(self.clock)
        self.workspace = Workspace(self.clock)
        self.broker.add_queue("orders", 2)
        self.broker.feed(self.workspace)
        self.inspector = Inspector(self.workspace, [])
        self.rules = RulesAtHand([finding()])
        self.why = Why(self.workspace, Structure(self.workspace), self.inspector, self.rules)
        self.why.wants_refresh.connect(self.refresh)

    def refresh(self) -> None:
        run_now(self.why.refresh())

    def inspect(self, message_id: int) -> None:
        row = next(row for row in self.broker.queues["orders"] if row.message_id == message_id)
        run_now(self.inspector.show("/", row))

    def sample(self, after_s: float) -> None:
        self.clock.advance(after_s)
        self.broker.feed(self.workspace)


def test_nothing_is_asked_that_nobody_looks_at() -> None:
    """Only once the panel is seen, and there is a message."""
    desk = Desk()
    desk.inspect(1)
    assert (desk.rules.asked, desk.why.answers) == (0, [])
    desk.why.set_seen(True)
    assert desk.rules.asked == 1
    assert [each.says for each in desk.why.answers] == ["Queue 'orders' has no consumer."]
    desk.inspect(1)
    assert desk.rules.asked == 1


def test_another_message_is_asked_about_anew() -> None:
    """And one that is gone from the inspector has no answers."""
    desk = Desk()
    desk.why.set_seen(True)
    desk.inspect(1)
    desk.inspect(2)
    assert desk.rules.asked == 2
    run_now(desk.inspector.show("/", None))
    assert not desk.why.answers
    assert not desk.why.has_message


def test_reasons_pass_so_it_is_asked_again() -> None:
    """Every two seconds, while it is seen."""
    desk = Desk()
    desk.why.set_seen(True)
    desk.inspect(1)
    desk.sample(1)
    assert desk.rules.asked == 1
    desk.rules.findings = []
    desk.sample(1)
    assert (desk.rules.asked, desk.why.answers) == (2, [])
    desk.why.set_seen(False)
    desk.sample(10)
    assert desk.rules.asked == 2


def test_a_refusal_is_said() -> None:
    """The message may be forgotten by now."""
    desk = Desk()
    desk.rules.refusal = RefusedError(Refusal.NO_SUCH_MESSAGE, "Nobody knows of message 1.")
    desk.why.set_seen(True)
    desk.inspect(1)
    assert (desk.why.problem, desk.why.answers) == ("Nobody knows of message 1.", [])


def test_rules_that_are_not_read_yet_are_asked_later() -> None:
    """The next sample asks them."""
    desk = Desk()
    desk.rules.findings = None
    desk.why.set_seen(True)
    desk.inspect(1)
    assert desk.why.answers == []
    desk.rules.findings = [finding()]
    desk.sample(2)
    assert len(desk.why.answers) == 1


def test_rules_are_read_in_the_background() -> None:
    """The first who asks does not wait for them."""
    rules = LoadedLater()
    eventually(rules.get)
    found = rules.get()
    assert found is not None
    assert found.failed == {}
    assert rules.get() is found


def test_figures_are_those_that_the_window_has() -> None:
    """Of the latest sample."""
    desk = Desk()
    figures = figures_of(desk.workspace)
    assert figures.now_us == desk.workspace.sample_at_us
    assert [each.name for each in figures.queues.values()] == ["orders"]
