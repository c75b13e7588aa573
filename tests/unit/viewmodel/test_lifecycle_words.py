"""The words of a lifecycle: times to the microsecond, every kind of event, bindings."""

import pytest

from mqstudio.model.lifecycle import BindingAsked, ExchangePassed, LifePart
from mqstudio.model.rows import LifeStep
from mqstudio.model.topology import BindingSpec
from mqstudio.viewmodel.lifecycle_words import bindings_words, exact, facts_of, fine, span, step_title

PART = LifePart(1, "/", "ex", "k", 0, 2)


@pytest.mark.parametrize(
    ("time_us", "words"), [(0, "0 µs"), (12, "12 µs"), (1_400, "1.4 ms"), (3_100_000, "3.1 s")]
)
def test_spans(time_us: int, words: str) -> None:
    assert span(time_us) == words


def test_moments_are_told_to_the_microsecond() -> None:
    assert exact(1_700_000_000_000_007).endswith(":20.000007")


@pytest.mark.parametrize(
    ("step", "title", "says"),
    [
        (LifeStep(5, "published", "", "", exchange="x", routing_key="k", client="app"), "published",
         "by app to x with key k"),
        (LifeStep(5, "delivered", "q", "to w (again)", client="w", tag="t"), "delivered", "to w · t · again"),
        (LifeStep(5, "delivered", "q", "to w", client="w", is_auto_settled=True), "delivered", "no acknowl"),
        (LifeStep(5, "settled", "q", "", outcome="accepted", client="w"), "acked", "by w"),
        (LifeStep(5, "settled", "q", "", outcome="released", reason="connection_closed"), "given back",
         "connection closed"),
        (LifeStep(5, "settled", "q", "", outcome="rejected", forced_by=3), "rejected", "by hand"),
        (LifeStep(5, "dead_lettered", "q", "", reason="expired", successor_id=9), "dead-lettered",
         "expired · goes on by (default) as message 9"),
        (LifeStep(5, "refused", "q", "the queue is full"), "refused by the full queue", "queue is full"),
        (LifeStep(5, "shrunk_by_moths", "q", "x"), "shrunk by moths", "x"),
    ],
)  # fmt: skip
def test_each_event_says_who_and_what_came_of_it(step: LifeStep, title: str, says: str) -> None:
    assert step_title(step) == title
    facts = facts_of(step, PART, 2, 4)
    assert facts[0] == title
    assert "+3 µs since it began" in facts[1]
    assert facts[2] == "1 µs after the event before"
    assert any(says in fact for fact in facts), facts


def test_bindings_are_told_with_what_did_not_fit() -> None:
    told = ExchangePassed(
        "x",
        "topic",
        (
            BindingAsked(BindingSpec("x", "a", "#"), True, was_removed=True),
            BindingAsked(BindingSpec("x", "b", "", {"n": 5}), False, "header missing"),
            BindingAsked(BindingSpec("x", "c", ""), False),
        ),
    )
    assert bindings_words(told) == [
        (True, "# → a (removed since)"),
        (False, "[n=5] → b: header missing"),
        (False, "(no key) → c"),
    ]


@pytest.mark.parametrize(
    ("time_us", "words"),
    [(12, "12 µs"), (32_400, "32.4 ms"), (3_140_000, "3.14 s"), (75_000_000, "1 m 15 s")],
)
def test_fine_spans_tell_close_moments_apart(time_us: int, words: str) -> None:
    assert fine(time_us) == words
