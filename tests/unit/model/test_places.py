"""Places: one number orders all messages of a queue."""

from mqstudio.model.message import Message, Traits
from mqstudio.model.places import PRIORITY_TOP, position_of
from mqstudio.model.refs import QueueRef

PLAIN = QueueRef("/", "q", 1)
BY_PRIORITY = QueueRef("/", "q", 1, max_priority=3)


def message(number: int, priority: int = 0) -> Message:
    return Message(number, b"", b"", "", "", 0, "", 0, 0, Traits(priority=priority))


def test_without_priorities_it_is_the_order_of_arrival() -> None:
    assert position_of(PLAIN, message(7, 9)) == 7


def test_a_higher_priority_goes_first_and_within_one_the_earlier() -> None:
    waiting = [message(1), message(2, 3), message(3, 1), message(4, 3)]
    in_order = sorted(waiting, key=lambda each: position_of(BY_PRIORITY, each))
    assert [each.id for each in in_order] == [2, 4, 3, 1]


def test_priorities_above_the_most_count_as_that() -> None:
    assert position_of(BY_PRIORITY, message(1, 200)) < position_of(BY_PRIORITY, message(2, 3))


def test_it_fits_into_a_signed_number_of_64_bits() -> None:
    highest = position_of(QueueRef("/", "q", 1, max_priority=PRIORITY_TOP), message(2**55 - 1))
    assert highest == 2**63 - 1
