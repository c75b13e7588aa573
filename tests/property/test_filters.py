"""The filter language against an evaluator without shortcuts, and against any text at all."""

import time
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.model.filters import tree
from mqstudio.model.filters.completion import complete
from mqstudio.model.filters.matching import compile_filter
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.seen import Seen
from mqstudio.model.filters.splitting import Sieve
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import Message
from tests.support import filters as made

WORDS = [
    *("body.total", "state", "key", "time", "size", "headers.x", "foo", "in", "not", "and", "or", "between"),
    *("exists", "contains", "matches", "last", "now", "(", ")", ",", "==", "!=", "<", ">=", "!", "&&", "||"),
    *('"a b"', "'c'", "5m", "1KB", "10:30", "2026-01-31", "17", "-1.5", "true", "null", '"', "[", "]", "."),
    *("\\", "body[0].x", "\ud800"),
]
any_text = st.text(max_size=200) | st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join) | st.lists(
    st.sampled_from(WORDS), max_size=25
).map("".join)  # fmt: skip


@given(made.nodes, made.messages(), made.standings())
@settings(max_examples=800, deadline=None)
def test_a_compiled_filter_says_what_the_naive_one_says(
    node: tree.Node, message: Message, standing: made.Waits
) -> None:
    """Shortcuts and the order of questions change nothing."""
    said = compile_filter(node, made.NOW_US)(made.subject_of(message, standing))
    assert said is made.naive(node, message, standing)


@given(made.nodes, made.messages(), made.standings())
@settings(max_examples=800, deadline=None)
def test_a_filter_taken_apart_says_the_same(node: tree.Node, message: Message, standing: made.Waits) -> None:
    """First where the messages are, knowing nothing else; then where it is known how they stand."""
    subject = made.subject_of(message, made.Waits(""))
    sieve = Sieve(node, made.NOW_US)
    answers = sieve.answers(subject)
    expected = made.naive(node, message, standing)
    if answers is None:
        assert not expected
        return
    rest = compile_filter(sieve.split.rest, made.NOW_US)
    empty = Message(message.id, b"", b"", "", "", 0, "", 0)
    assert rest(made.subject_of(empty, standing).take(empty, standing, answers=answers)) is expected


@given(made.nodes)
@settings(max_examples=300, deadline=None)
def test_what_is_written_is_read_as_the_same(node: tree.Node) -> None:
    """A tree's text is read as that tree."""
    assert parse(tree.write(node)) == node


@given(any_text, made.messages(), made.standings())
@settings(max_examples=800, deadline=None)
def test_any_text_is_a_filter_or_has_an_error_with_a_place(
    text: str, message: Message, standing: made.Waits
) -> None:
    """Nothing else is ever raised; what is read can be asked, and written."""
    try:
        node = parse(text)
    except FilterError as error:
        assert 0 <= error.position <= len(text)
        assert error.length >= 1
        assert error.position + error.length <= max(len(text), 1) + 1
        assert error.sentence
        return
    assert compile_filter(node, made.NOW_US)(made.subject_of(message, standing)) in {True, False}
    assert parse(tree.write(node)) == node


@given(any_text, st.integers(0, 210))
@settings(max_examples=300, deadline=None)
def test_completion_has_an_answer_for_any_text_and_cursor(text: str, cursor: int) -> None:
    """What a candidate replaces is around the cursor, whatever is written."""
    cursor = min(cursor, len(text))
    for candidate in complete(text, cursor, Seen()):
        assert 0 <= candidate.start <= cursor <= candidate.end <= len(text)


HARD = [
    *("(" * 1000, "not " * 250, "a or " * 200, "!" * 1000, '"' * 1000, "\\" * 1000, "a" * 1000, "[" * 1000),
    *("body" + "[0]" * 332, "body." * 200, 'key matches "' + "a{1,59}" * 140 + '"', "ke == 5 " * 125),
    *(" ".join(["key matches a{599}"] * 55), "key in (" + "a," * 495 + "b)", "9" * 1000, "1e" * 500),
    *("x == " * 200, "time > 10:30 " * 77, "2026-01-01T" * 90, "'\"" * 500, "key == " + "9" * 993),
]


def test_a_thousand_characters_take_no_time() -> None:
    """The hardest texts we know are read, or refused, within 10 ms of the processor's time."""
    slow = {}
    for text in HARD:
        best = min(_parse_s(text[:1000]) for _ in range(5))
        if best > 0.010:
            slow[text[:30]] = best
    assert slow == {}


def _parse_s(text: str) -> float:
    began = time.process_time()
    with suppress(FilterError):
        parse(text)
    return time.process_time() - began
