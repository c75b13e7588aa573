"""Each rule answers where it is so, with a proof and what to do, and nothing where one thing is otherwise."""

import pytest

from mqstudio.model.delivery import DropReason, ReleaseCause
from mqstudio.model.events import MessageEvent
from mqstudio.why.answering import find_rules, why
from mqstudio.why.base import About
from tests.unit.why.cases import CASES

RULES, DISCOVERY = find_rules()

DIE = (DropReason.REJECTED, DropReason.EXPIRED, DropReason.LIMIT, DropReason.DELIVERY_LIMIT)
NO_ENDS = {"published", "routed", "enqueued", "delivered", "settled", "requeued", "restored"}
"""What happens to messages without ending, returning or dropping them: settled and requeued tell by cause."""


def test_all_rules_are_found() -> None:
    """The registry finds each file of the room, and none fails."""
    assert DISCOVERY.failed == {}
    assert len(RULES) >= 75


def test_each_rule_has_cases() -> None:
    """And no case is of a rule that is gone."""
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_answers_where_it_is_so(name: str) -> None:
    """A sentence, what to do, and a page that says so; all of its places are filled."""
    rule = RULES[name]
    said = rule.look(CASES[name][0])
    assert said is not None
    for text in (said.says, said.then, *(proof.says for proof in said.proofs)):
        assert str(text), name
        assert "{" not in str(text).replace("{frame_too_large", ""), str(text)
    assert str(said.says).endswith((".", "?"))
    assert said.proofs, "nothing proves it"
    assert rule.link.startswith("https://")
    assert rule.asks.endswith("?")


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_is_silent_where_one_thing_is_otherwise(name: str) -> None:
    """Facts that nearly are what it is made for get no answer from it."""
    assert RULES[name].look(CASES[name][1]) is None


@pytest.mark.parametrize("name", sorted(name for name in RULES if RULES[name].about is About.MESSAGE))
def test_of_a_message_no_two_rules_say_the_same(name: str) -> None:
    """Its own answer is the only one about the message itself."""
    found = [each.rule for each in why(RULES, CASES[name][0])]
    mine = [each for each in found if RULES[each].about is About.MESSAGE]
    assert mine == [name]


@pytest.mark.parametrize("name", sorted(RULES))
def test_rules_hide_rules_that_there_are(name: str) -> None:
    """A name that is mistyped would hide nothing; none hides itself, and no two hide each other."""
    for hidden in RULES[name].hides:
        assert hidden in RULES
        assert hidden != name
        assert name not in RULES[hidden].hides, f"{name} and {hidden} hide each other"


def test_every_reason_has_a_rule() -> None:
    """All by which the engine ends, returns, refuses or drops a message is explained by some rule."""
    events = {str(each.__struct_config__.tag) for each in MessageEvent.__args__} - NO_ENDS
    wanted = {each for each in events if each not in {"dropped", "dead_lettered"}}
    wanted |= {f"dropped:{reason}" for reason in DropReason}
    wanted |= {f"dead_lettered:{reason}" for reason in DIE}
    wanted |= {f"released:{cause}" for cause in ReleaseCause} | {"released:by_hand"}
    wanted |= {"settled:accepted", "forced:accepted", "auto_settled:consumer", "auto_settled:take"}
    wanted |= {"restarted:lost", "restarted:redelivered"}
    explained = {reason for rule in RULES.values() for reason in rule.explains}
    assert wanted - explained == set()
    ended_by_a_start = {"dropped:broker_stopped"}
    assert explained - wanted <= ended_by_a_start, "a rule explains what does not happen"
