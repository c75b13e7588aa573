"""Notices come and go by themselves; problems wait to be dismissed."""

from mqstudio.viewmodel.notices import SHOWN_FOR_US, SHOWN_MAX, Notices
from tests.support.list_broker import Clock


def test_done_notices_expire_and_problems_stay(notices: Notices, clock: Clock) -> None:
    """What went well is forgotten after a while, what went wrong is not."""
    notices.tell("done")
    problem = notices.problem("broken")
    clock.advance(SHOWN_FOR_US / 1e6 + 1)
    notices.expire()
    assert notices.shown == [problem]
    notices.dismiss(problem)
    assert notices.shown == []


def test_the_same_problem_is_one_notice(notices: Notices) -> None:
    """A failing thing that is tried ten times fills no screen."""
    for _ in range(10):
        notices.problem("broken")
    assert len(notices.shown) == 1


def test_only_the_last_few_are_shown(notices: Notices) -> None:
    """Old notices make room."""
    for number in range(SHOWN_MAX + 2):
        notices.tell(str(number))
    assert [n.text for n in notices.shown] == ["2", "3", "4"]
