"""Problems: looked for at a modest rate, the worst first, muted ones away until they are wanted again."""

import pytest

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.viewmodel.problems import FIXES, MUTED_MAX, Problems
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace
from mqstudio.why.base import About, Finding, Severity, Subject
from tests.support.list_broker import Clock, ListBroker, run_now
from tests.support.rules_at_hand import RulesAtHand, finding

BAD = finding("exchange_no_bindings", Severity.BAD, Subject(About.EXCHANGE, "/", "ex"), verb="bind")
HINT = finding("queue_nobody_reads", Severity.INFO, Subject(About.QUEUE, "/", "audit"))


class Desk:
    """The panel on a broker made of lists; looking takes as long as `takes_s` says."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.broker = ListBroker(self.clock)
        self.workspace = Workspace(self.clock)
        self.rules = RulesAtHand([BAD, finding(), HINT])
        self.takes_s = 0.001
        self.elapsed = 0.0
        self.problems = Problems(self.workspace, Structure(self.workspace), self.rules, self._elapsed_s)
        self.problems.wants_refresh.connect(self.refresh)
        self.broker.feed(self.workspace)

    def _elapsed_s(self) -> float:
        self.elapsed += self.takes_s
        return self.elapsed

    def refresh(self) -> None:
        run_now(self.problems.refresh())

    def sample(self, after_s: float) -> None:
        self.clock.advance(after_s)
        self.broker.feed(self.workspace)

    @property
    def names(self) -> list[str]:
        return [each.rule for each in self.problems.answers]


def test_they_are_looked_for_every_ten_seconds_and_every_three_while_seen() -> None:
    """Never with each sample."""
    desk = Desk()
    assert desk.rules.asked == 1
    for _ in range(9):
        desk.sample(1)
    assert desk.rules.asked == 1
    desk.sample(1)
    assert desk.rules.asked == 2
    desk.problems.set_seen(True)
    assert desk.rules.asked == 3
    desk.sample(3)
    assert desk.rules.asked == 4


def test_looking_takes_a_small_share_of_the_time() -> None:
    """Where it takes a second it is done less than once a minute... or every fifty seconds at most."""
    desk = Desk()
    desk.takes_s = 1.0
    desk.problems.set_seen(True)
    asked = desk.rules.asked
    for _ in range(4):
        desk.sample(10)
    assert desk.rules.asked == asked
    desk.sample(10)
    assert desk.rules.asked == asked + 1


def test_the_badge_counts_what_is_more_than_a_hint() -> None:
    """And tells the worst."""
    desk = Desk()
    assert desk.names == ["exchange_no_bindings", "queue_no_consumer", "queue_nobody_reads"]
    assert (desk.problems.count, desk.problems.worst) == (2, "bad")
    assert desk.problems.is_urgent()
    desk.rules.findings = [HINT]
    desk.sample(10)
    assert (desk.problems.count, desk.problems.worst) == (0, "info")


def test_a_muted_problem_stays_away_and_comes_back_when_it_is_wanted() -> None:
    """Also in another window; others of the same rule stay."""
    desk = Desk()
    desk.problems.mute(BAD.key)
    assert desk.names == ["queue_no_consumer", "queue_nobody_reads"]
    assert not desk.problems.is_urgent()
    assert [each.rule for each in desk.problems.muted] == ["exchange_no_bindings"]
    other = Desk()
    other.problems.use_text(desk.problems.to_text())
    assert other.names == desk.names
    other.problems.unmute(BAD.key)
    assert other.names[0] == "exchange_no_bindings"
    desk.problems.unmute_all()
    assert desk.names[0] == "exchange_no_bindings"


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "{}", "null"])
def test_a_memory_that_is_none_mutes_nothing(text: str) -> None:
    """Files of settings are edited, too."""
    desk = Desk()
    desk.problems.use_text(text)
    assert len(desk.names) == 3


def test_what_is_muted_is_bounded() -> None:
    """The oldest is forgotten."""
    desk = Desk()
    for number in range(MUTED_MAX + 1):
        desk.problems.mute(f"{number}")
    assert '"0"' not in desk.problems.to_text()
    assert f'"{MUTED_MAX}"' in desk.problems.to_text()


def test_a_broker_that_goes_takes_its_problems_along() -> None:
    """Those of the next one are its own."""
    desk = Desk()
    desk.workspace.lose("It ended.")
    assert (desk.names, desk.problems.is_known) == ([], False)
    run_now(desk.problems.refresh())
    assert desk.names == []


def test_a_look_that_is_refused_changes_nothing() -> None:
    """A queue may go between two questions."""
    desk = Desk()
    desk.rules.refusal = RefusedError(Refusal.NO_SUCH_QUEUE, "gone")
    desk.sample(10)
    assert len(desk.names) == 3


def test_only_verbs_that_need_no_choice_are_offered() -> None:
    """A message, or a consumer, has to be chosen first."""
    desk = Desk()
    bad, warn, _ = desk.problems.answers
    assert desk.problems.fix_title(bad) == FIXES["bind"]
    assert desk.problems.fix_title(warn) == ""


def test_who_asks_about_a_queue_is_told_of_it_alone() -> None:
    """Also what is no problem; and goes back to all of them."""
    desk = Desk()
    desk.problems.ask("/", "audit")
    assert desk.problems.asked == ("/", "audit")
    assert [each.rule for each in desk.problems.told] == ["queue_nobody_reads"]
    desk.problems.leave()
    assert (desk.problems.asked, desk.problems.told) == (None, [])
    assert len(desk.names) == 3


def test_a_queue_that_goes_is_asked_about_no_more() -> None:
    """Its answers go with it."""
    desk = Desk()
    desk.problems.ask("/", "audit")

    async def gone(*_: object) -> list[Finding]:
        raise RefusedError(Refusal.NO_SUCH_QUEUE, "gone")

    desk.rules.of_queue = gone  # type: ignore[method-assign]  # as a deletion would have it
    desk.sample(10)
    assert desk.problems.asked is None
