"""Calls by hand as the broker's commands."""

import pytest

from mqstudio.model import verbs as v
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import VERB_MESSAGES
from mqstudio.protocols.native import hand


def test_every_call_has_its_command() -> None:
    assert set(hand.CALLS) == set(hand.HandCall.__args__)


def test_a_call_gets_the_channel_that_it_comes_by() -> None:
    call = hand.ForceOutcome("q", (1, 2), Outcome.REJECTED)
    assert hand.to_command(call, 7) == v.ByHand(v.ForceOutcome(7, "q", (1, 2), Outcome.REJECTED))
    assert hand.to_command(hand.PauseAll(False), 7) == v.PauseAll(7, False)
    assert v.ByHand(v.RemoveMessages(7, "q")).channel_id == 7


@pytest.mark.parametrize(
    "call",
    [
        hand.RemoveMessages("q", tuple(range(VERB_MESSAGES + 1))),
        hand.RemoveMessages("q", first=VERB_MESSAGES + 1),
        hand.RemoveMessages("q", first=-1),
        hand.MoveMessages("q", (-1,), v.Destination("b")),
        hand.RedriveMessages("q", (2**63,)),
    ],
)
def test_what_makes_no_sense_is_refused(call: hand.HandCall) -> None:
    with pytest.raises(RefusedError) as refused:
        hand.to_command(call, 7)
    assert refused.value.why is Refusal.INVALID_ARGUMENT
