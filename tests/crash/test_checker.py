"""The checker itself: each kind of wrong is noticed, and what is right is not called wrong."""

from tests.crash.checker import (
    Acknowledged,
    Attempted,
    Confirmed,
    Crashed,
    Delivered,
    Happening,
    Left,
    Removed,
    Returned,
    Settled,
    check,
    check_by_queue,
)


def published(*labels: str, line: str = "", is_lasting: bool = True) -> list[Happening]:
    told: list[Happening] = []
    for label in labels:
        told += [Attempted("q", label, line, is_lasting), Confirmed("q", label)]
    return told


def test_a_quiet_life_is_right() -> None:
    report = check(
        [
            *published("a", "b", "c"),
            Delivered("q", "a"),
            Acknowledged("q", "a"),
            Settled("q", "a"),
            Delivered("q", "b"),
            Returned("q", "b"),
            Delivered("q", "b", is_redelivered=True),
            Removed("q", "b"),
            Left("q", "c"),
        ]
    )
    assert not report.wrongs
    assert (report.attempted, report.confirmed, report.delivered, report.acknowledged) == (3, 3, 3, 1)
    assert report.explained == 1


def test_confirmed_and_nowhere_is_lost() -> None:
    report = check([*published("a", "b"), Crashed(), Left("q", "b")])
    assert report.lost == ["q: a was confirmed, and is nowhere"]


def test_lost_also_without_a_crash() -> None:
    assert check(published("a", is_lasting=False)).lost


def test_what_was_not_confirmed_may_be_there_or_not() -> None:
    gone = check([Attempted("q", "a"), Crashed()])
    there = check([Attempted("q", "a"), Crashed(), Left("q", "a")])
    assert not gone.wrongs and not there.wrongs
    assert (gone.recovered, there.recovered) == (0, 1)


def test_what_is_transient_may_end_with_the_broker() -> None:
    assert not check([*published("a", is_lasting=False), Crashed()]).wrongs


def test_delivered_but_never_ended_is_lost() -> None:
    assert check([*published("a"), Delivered("q", "a"), Crashed()]).lost


def test_nobody_published_it() -> None:
    assert check([Delivered("q", "x")]).unexpected
    assert check([Left("q", "x")]).unexpected


def test_an_acknowledged_one_that_comes_back() -> None:
    before = [*published("a"), Delivered("q", "a"), Acknowledged("q", "a"), Settled("q", "a"), Crashed()]
    assert check([*before, Left("q", "a")]).unexpected
    assert check([*before, Delivered("q", "a", is_redelivered=True)]).unexpected


def test_an_acknowledgement_that_was_not_safe_may_be_undone() -> None:
    before = [*published("a"), Delivered("q", "a"), Acknowledged("q", "a"), Crashed()]
    assert not check([*before, Left("q", "a")]).wrongs
    assert not check(before).wrongs


def test_a_purged_one_that_was_brought_back() -> None:
    ended = [*published("a"), Removed("q", "a"), Settled("q", "a")]
    assert not check([*ended, Returned("q", "a"), Left("q", "a")]).wrongs
    assert check([*ended, Returned("q", "a")]).lost


def test_twice_in_one_queue() -> None:
    assert check([*published("a"), Left("q", "a"), Left("q", "a")]).unexpected


def test_duplicates_must_be_explained() -> None:
    before = [*published("a"), Delivered("q", "a"), Crashed()]
    flagged = check([*before, Delivered("q", "a", is_redelivered=True), Left("q", "a")])
    counted = check([*before, Delivered("q", "a", before=1), Left("q", "a")])
    neither = check([*before, Delivered("q", "a"), Left("q", "a")])
    assert (flagged.explained, counted.explained, neither.explained) == (1, 1, 0)
    assert not flagged.wrongs and not counted.wrongs
    assert neither.unexplained == ["q: a came again as if for the first time"]


def test_a_count_that_does_not_grow_explains_nothing() -> None:
    history = [*published("a"), Delivered("q", "a", before=1), Delivered("q", "a", before=1), Left("q", "a")]
    assert check(history).unexplained


def test_order_of_deliveries() -> None:
    report = check([*published("a", "b"), Delivered("q", "b"), Delivered("q", "a"), *_left("a", "b")])
    assert report.out_of_order == ["q: a was delivered after b"]


def test_one_consumer_may_be_ahead_of_another() -> None:
    history = [*published("a", "b"), Delivered("q", "b", consumer="1"), Delivered("q", "a", consumer="2")]
    assert not check([*history, *_left("a", "b")]).wrongs


def test_order_of_what_is_left() -> None:
    assert check([*published("a", "b"), *_left("b", "a")]).out_of_order


def test_what_was_put_back_may_come_later() -> None:
    history = [
        *published("a", "b"),
        Delivered("q", "a"),
        Delivered("q", "b"),
        Returned("q", "a"),
        Delivered("q", "a", is_redelivered=True),
        *_left("a", "b"),
    ]
    assert not check(history).wrongs


def test_after_a_crash_it_begins_from_the_first_again() -> None:
    again = [Delivered("q", label, is_redelivered=True) for label in ("a", "b")]
    right = [*published("a", "b"), Delivered("q", "a"), Delivered("q", "b"), Crashed(), *again]
    assert not check([*right, *_left("a", "b")]).wrongs
    wrong = [*published("a", "b"), Crashed(), *reversed(again)]
    assert check([*wrong, *_left("a", "b")]).out_of_order


def test_lines_keep_their_order_each_for_itself() -> None:
    history = [*published("a", line="low"), *published("b", line="high"), Delivered("q", "b")]
    assert not check([*history, Delivered("q", "a"), *_left("b", "a")]).wrongs


def test_queues_apart() -> None:
    history = [*published("a"), Attempted("r", "a"), Confirmed("r", "a"), Crashed(), Left("r", "a")]
    reports = check_by_queue(history)
    assert reports["q"].lost and not reports["r"].wrongs
    assert len(check(history).lost) == 1
    assert "lost 1" in str(check(history))


def test_reports_add_up() -> None:
    report = check([*published("a"), Crashed()])
    report.add(check([*published("b"), Crashed()]))
    assert (report.attempted, len(report.lost), len(report.wrongs)) == (2, 2, 2)


def _left(*labels: str) -> list[Happening]:
    return [Left("q", label) for label in labels]
