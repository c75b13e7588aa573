"""Calls by hand as the broker's commands."""

import pytest

from mqstudio.model import commands
from mqstudio.model import verbs as v
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import VERB_MESSAGES
from mqstudio.model.message import Properties, decode_properties, traits
from mqstudio.protocols.native import convert, hand, messages


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


def test_what_a_changed_message_asks_for_is_read_from_what_it_says() -> None:
    """The session reads it, whatever the caller claims."""
    said = Properties(delivery_mode=2, priority=7, expiration="250")
    call = hand.MoveMessages("a", (1,), v.Destination("b"), changed=(v.Changed(1, b"y", said),))
    made = convert.to_command(call, 4)
    assert isinstance(made, v.ByHand)
    assert isinstance(made.command, v.MoveMessages)
    assert made.command.changed[0].traits == traits(is_persistent=True, priority=7, ttl_us=250_000)


def test_publishing_by_hand_needs_a_channel_and_no_return() -> None:
    """What became of it is in the reply."""
    made = convert.to_command(messages.PublishByHand("x", "k", b"b", Properties(message_id="m")), 4)
    assert isinstance(made, commands.PublishByHand)
    assert (made.channel_id, made.published.is_mandatory) == (4, False)
    assert decode_properties(made.published.properties).message_id == "m"
