"""The four arrangements of ready messages, each against a list."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.engine.ready import TIDY_MIN, ReadyByArrival, ReadyByOffset, ReadyByPriority, ReadyReturnedFirst
from mqstudio.model.message import Message, Traits

MOST = 3

steps = st.lists(st.tuples(st.sampled_from(["append", "append", "take", "return"]), st.integers(0, 5)))


def message(number: int, priority: int = 0) -> Message:
    return Message(number, b"", b"", "", "", 0, "", 0, 0, Traits(priority=priority))


@settings(deadline=None)
@given(st.sampled_from(["arrival", "priority", "returned"]), steps)
def test_each_agrees_with_a_list(kind: str, steps: list[tuple[str, int]]) -> None:
    ready = {
        "arrival": ReadyByArrival(),
        "priority": ReadyByPriority(MOST),
        "returned": ReadyReturnedFirst(),
    }[kind]
    fresh: list[Message] = []
    returned: list[Message] = []
    taken: list[Message] = []

    def expected() -> list[Message]:
        level = (lambda m: -min(m.traits.priority, MOST)) if kind == "priority" else (lambda m: 0)
        return [*returned, *sorted(fresh, key=lambda m: (level(m), m.id))]

    for number, (step, choice) in enumerate(steps):
        if step == "append":
            fresh.append(message(number, choice))
            ready.append(fresh[-1])
        elif step == "take" and expected():
            first = expected()[0]
            assert ready.first() is first
            assert ready.popleft() is first
            (returned if first in returned else fresh).remove(first)
            taken.append(first)
        elif step == "return" and taken:
            back = taken.pop(choice % len(taken))
            (returned if kind == "returned" else fresh).append(back)
            ready.put_back(back)
        assert list(ready) == expected()
        assert len(ready) == len(expected())
        runs = [list(run) for run in ready.runs()]
        assert all(one.id < two.id for run in runs for one, two in pairwise(run))
        assert sorted(m.id for run in runs for m in run) == sorted(m.id for m in expected())
    ready.clear()
    assert (len(ready), list(ready), bool(ready)) == (0, [], False)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["append", "append", "take", "runs", "clear"])))
def test_a_log_finds_each_message_by_its_offset(steps: list[str]) -> None:
    log = ReadyByOffset()
    kept: dict[int, Message] = {}
    first = following = 0
    for step in steps:
        if step == "append":
            kept[following] = message(following + 1)
            log.append(kept[following])
            following += 1
        elif step == "take" and kept:
            assert log.first() is kept[first]
            assert log.popleft() is kept.pop(first)
            first += 1
        elif step == "runs":
            assert [list(run) for run in log.runs()] == [list(kept.values())]
        elif step == "clear":
            log.clear()
            kept.clear()
            first = following
        assert (log.first_offset, log.next_offset, len(log)) == (first, following, len(kept))
        assert {offset: log.at(offset) for offset in range(first, following)} == kept
        assert list(log) == list(kept.values())


def test_a_log_lets_go_of_what_it_dropped() -> None:
    log = ReadyByOffset()
    for number in range(10 * TIDY_MIN):
        log.append(message(number))
        if number > 10:
            log.popleft()
    assert len(log._kept) <= 2 * TIDY_MIN + 20
    assert log.at(log.first_offset) is log.first()


def test_nothing_comes_back_to_a_log() -> None:
    with pytest.raises(NotImplementedError):
        ReadyByOffset().put_back(message(1))
