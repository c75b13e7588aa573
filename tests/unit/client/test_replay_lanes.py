"""What is under way: with an order of keys one message of each."""

from mqstudio.client.replay_lanes import Item, Lanes
from mqstudio.client.sending import Parcel


def item(number: int, key: str) -> Item:
    return Item(number, key, 0.0, Parcel("", key, b"xx"))


A1, A2, A3, B1 = item(1, "a"), item(2, "a"), item(3, "a"), item(4, "b")


def test_without_order_all_go_at_once() -> None:
    lanes = Lanes(has_order=False)
    assert lanes.begin([A1, A2, B1]) == [A1, A2, B1]
    assert (lanes.count, lanes.size_bytes) == (3, 6)
    assert lanes.next_after([A1, A2, B1]) == []
    assert (lanes.count, lanes.size_bytes) == (0, 0)


def test_with_order_each_waits_for_the_one_before_it() -> None:
    lanes = Lanes(has_order=True)
    assert lanes.begin([A1, A2, B1]) == [A1, B1]
    assert lanes.begin([A3]) == []
    assert lanes.count == 4
    assert lanes.next_after([B1]) == []
    assert lanes.next_after([A1]) == [A2]
    assert lanes.next_after([A2]) == [A3]
    assert lanes.next_after([A3]) == []
    assert lanes.begin([A1]) == [A1]


def test_what_waits_behind_one_that_is_never_answered_does_not_go() -> None:
    lanes = Lanes(has_order=True)
    lanes.begin([A1, A2, A3, B1])
    lanes.forget([A1])
    assert lanes.count == 1
    lanes.next_after([B1])
    assert (lanes.count, lanes.size_bytes) == (0, 0)
