"""A conversation as a diagram: who takes part, what went where, which answers what; bounded, and honest."""

from typing import Any

from mqstudio.client.conversation_keys import Key
from mqstudio.client.conversing import Conversation, Spoken
from mqstudio.model.lifecycle import LifePart
from mqstudio.model.rows import LifeStep
from mqstudio.viewmodel import conversation_story
from mqstudio.viewmodel.conversation_story import diagram_of


def step(at_us: int, what: str, queue: str = "", **fields: Any) -> LifeStep:
    return LifeStep(at_us, what, queue, fields.pop("detail", ""), **fields)


def question(**fields: Any) -> Spoken:
    """Published by the shop through an exchange, held and acked by pricing."""
    part = LifePart(
        1, "/", "shop.ex", "price", 0, 2,
        steps=(
            step(0, "published", client="shop", exchange="shop.ex", routing_key="price"),
            step(0, "routed"),
            step(5, "enqueued", "prices"),
            step(10, "delivered", "prices", client="pricing", connection_id=2, delivery_tag=1),
            step(38_010, "settled", "prices", client="pricing", connection_id=2, delivery_tag=1,
                 outcome="accepted"),
        ),
    )  # fmt: skip
    return Spoken(part, correlation_id="k", reply_to="answers", type="GetPrice", **fields)


def answer(at_us: int = 38_010) -> Spoken:
    """Published by pricing straight into the queue for answers."""
    steps = (
        step(at_us, "published", client="pricing", routing_key="answers"),
        step(at_us, "enqueued", "answers"),
        step(at_us, "delivered", "answers", client="shop", delivery_tag=1),
    )
    return Spoken(LifePart(2, "/", "", "answers", at_us, 2, steps=steps), correlation_id="k", type="Price")


def talk(*messages: Spoken, **fields: Any) -> Conversation:
    return Conversation((Key("correlation_id", "k"),), messages, 50_000, **fields)


def arrows(told: Conversation) -> list[tuple[str, str, str]]:
    diagram = diagram_of(told)
    names = [each.title for each in diagram.participants]
    return [(names[a.from_lane], names[a.to_lane], a.words) for a in diagram.arrows]


def test_a_question_goes_by_its_exchange_and_its_answer_comes_back() -> None:
    assert arrows(talk(question(), answer())) == [
        ("shop", "shop.ex", "GetPrice"),
        ("shop.ex", "prices", ""),
        ("prices", "pricing", "deliver"),
        ("pricing", "answers", "reply Price"),
        ("pricing", "prices", "ack 38 ms"),
        ("answers", "shop", "deliver"),
    ]
    diagram = diagram_of(talk(question(), answer()))
    assert [each.kind for each in diagram.participants] == ["client", "exchange", "queue", "client", "queue"]
    assert diagram.title == "correlation id k"
    assert [arrow.is_reply for arrow in diagram.arrows].index(True) == 3


def test_dead_letters_go_on_by_their_exchange_and_lost_ones_nowhere() -> None:
    dead = LifePart(
        1, "/", "", "orders", 0, 2,
        steps=(
            step(0, "published", client="shop", routing_key="orders"),
            step(1, "dead_lettered", "orders", reason="expired", exchange="dlx", successor_id=2),
        ),
    )  # fmt: skip
    after = LifePart(2, "/", "dlx", "orders", 1, 2, parent_id=1, steps=(step(1, "enqueued", "dead"),))
    lost = LifePart(
        3, "/", "ex", "x", 2, 2, steps=(step(2, "published", client="shop"), step(2, "unroutable"))
    )
    assert arrows(talk(*(Spoken(part) for part in (dead, after, lost)))) == [
        ("shop", "orders", "orders"),
        ("orders", "dlx", "dead letter: expired"),
        ("dlx", "dead", ""),
        ("shop", "ex", "x"),
        ("ex", "ex", "matched no queue"),
    ]


def test_facts_of_an_arrow_have_what_the_message_says_of_others() -> None:
    facts = diagram_of(talk(question())).arrows[0].facts
    assert "correlation id: k" in facts and "reply to: answers" in facts


def test_bounds_and_gaps_are_said(monkeypatch: Any) -> None:
    monkeypatch.setattr(conversation_story, "ARROWS_MAX", 2)
    diagram = diagram_of(talk(question(), is_cut=True, is_whole=False, recorded_one_in=4))
    assert len(diagram.arrows) == 2
    says = " ".join(diagram.notes)
    assert "There are more messages" in says and "2 more steps are not shown" in says
    assert "stopped" in says and "one in 4" in says


def test_nothing_is_an_empty_picture() -> None:
    diagram = diagram_of(Conversation((), (), 0))
    assert (diagram.arrows, diagram.participants, diagram.begins_us) == ((), (), 0)
