"""Walking along messages in strides."""

import pytest

from mqstudio.model.message import Message
from mqstudio.model.refs import QueueRef
from mqstudio.store.base import Sift
from mqstudio.store.prefilter import Condition
from mqstudio.store.sift_sources import source_of
from tests.property.test_sifting import OTHER_ID, QUEUE, new_file

MESSAGES = [Message(number, b"m" * number, b"", "", "", 0, "", 0) for number in range(1, 11)]
WAITING = Sift("", 0, [], True, QUEUE)
ENDED = Sift("", 0, [QUEUE.id, OTHER_ID], True)


@pytest.mark.parametrize("wanted", [WAITING, ENDED])
def test_a_stride_says_where_it_ends(wanted: Sift) -> None:
    """So many messages, and the last of them; at the end fewer, and that it is the end."""
    source = source_of(new_file(MESSAGES), wanted)
    assert source.measure(None, 4) == (4, 4)
    assert source.measure(4, 4) == (4, 8)
    assert source.measure(8, 4) == (2, None)
    assert source.count(2, 5) == 3


@pytest.mark.parametrize("wanted", [WAITING, ENDED])
def test_rows_are_those_for_which_the_condition_holds(wanted: Sift) -> None:
    """Between the two ends, in order."""
    source = source_of(new_file(MESSAGES), wanted)
    rows = source.rows("body_size", Condition("body_size > ?", (5,)), 2, 8)
    assert [(row[0], row[3]) for row in rows] == [(6, 6), (7, 7), (8, 8)]


def test_downwards_by_priority_between_positions() -> None:
    """Where places are numbered by priority, the positions are those."""
    queue = QueueRef("/", "orders", 1, max_priority=5)
    source = source_of(new_file(MESSAGES), Sift("", 0, [], False, queue, above=-1))
    assert source.measure(None, 3) == (3, 8)
    assert source.count(8, 6) == 2
