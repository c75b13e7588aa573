"""Stretches of a list of messages."""

from mqstudio.viewmodel.spans import Span, Spans


def test_a_message_is_found_in_the_one_it_is_in() -> None:
    """Both ends are within; what lies between two is in none."""
    spans = Spans([Span(90, 80), Span(50, 50), Span(20)])
    found = [each for each in (100, 90, 85, 80, 79, 51, 50, 49, 21, 20, 1) if spans.has(each)]
    assert found == [90, 85, 80, 50, 20, 1]
    assert len(spans) == 3
    assert [span.newest for span in spans] == [20, 50, 90]


def test_the_lowest_may_be_open() -> None:
    """It goes down to whatever there is."""
    spans = Spans([Span(90, 80), Span(20)])
    assert spans.is_open
    assert spans.is_open_at(1)
    assert not spans.is_open_at(85)
    assert not Spans([Span(20, 1)]).is_open
    assert not Spans().is_open
    assert not Spans().has(1)
