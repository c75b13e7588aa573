"""Values with the tick of their last change."""

from mqstudio.server.tracked import Tracked


def _updated(*values: dict[str, int]) -> Tracked[str, int]:
    tracked: Tracked[str, int] = Tracked()
    for tick, each in enumerate(values, 1):
        tracked.begin(tick)
        for key in tracked.values.keys() - each.keys():
            tracked.drop(key)
        for key, value in each.items():
            tracked.put(key, value)
    return tracked


def test_at_first_everything_is_new() -> None:
    tracked = _updated({"a": 1, "b": 2})
    assert tracked.changed_since(0) == [1, 2]
    assert tracked.gone_since(0) == []


def test_changes_since_each_tick() -> None:
    tracked = _updated({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 2, "b": 3})
    assert sorted(tracked.changed_since(0)) == [2, 3]
    assert sorted(tracked.changed_since(1)) == [2, 3]
    assert tracked.changed_since(2) == [3]
    assert tracked.changed_since(3) == []


def test_what_went_is_told_to_those_who_knew_it() -> None:
    tracked = _updated({"a": 1, "b": 1}, {"b": 1}, {})
    assert sorted(tracked.gone_since(1)) == ["a", "b"]
    assert tracked.gone_since(2) == ["b"]
    assert tracked.gone_since(3) == []
    assert tracked.values == {}


def test_what_came_back_is_new_again() -> None:
    tracked = _updated({"a": 1}, {}, {"a": 1})
    assert tracked.changed == ["a"]
    assert tracked.changed_since(2) == [1]
    assert tracked.changed_since(1) == [1]


def test_what_came_back_is_not_told_as_gone() -> None:
    """Else a watcher that slept through both would not know which came last."""
    tracked = _updated({"a": 1, "b": 1}, {"b": 1}, {"a": 1, "b": 1}, {"b": 1}, {"a": 1})
    assert tracked.gone_since(1) == ["b"]
