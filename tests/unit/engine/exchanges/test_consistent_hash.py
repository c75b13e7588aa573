"""Consistent hash: one destination each, evenly by weight, and few move when one goes."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.engine.exchanges.consistent_hash import EXCHANGE_KIND
from mqstudio.model.message import Header
from tests.support.exchanges import Bindings

KEYS = [f"order-{number}" for number in range(5_000)]


def one(found: set[str]) -> str:
    assert len(found) == 1
    return next(iter(found))


def spread(bindings: Bindings, keys: list[str] = KEYS) -> dict[str, str]:
    return {key: one(bindings.match(key)) for key in keys}


def test_equal_weights_get_equal_shares() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    for number in range(5):
        bindings.add("1", f"q{number}")
    shares = Counter(spread(bindings).values())
    assert len(shares) == 5
    assert all(850 < share < 1_150 for share in shares.values())


def test_shares_follow_the_weights() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    for weight in (1, 2, 7):
        bindings.add(str(weight), f"w{weight}")
    shares = Counter(spread(bindings).values())
    for weight in (1, 2, 7):
        assert shares[f"w{weight}"] == pytest.approx(weight * 500, rel=0.15)


def test_a_queue_that_goes_leaves_the_others_where_they_are() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    made = [bindings.add("1", f"q{number}") for number in range(5)]
    before = spread(bindings)
    bindings.remove(made[2])
    after = spread(bindings)
    assert all(after[key] == queue for key, queue in before.items() if queue != "q2")
    heirs = Counter(after[key] for key, queue in before.items() if queue == "q2")
    assert len(heirs) == 4, "its share is divided among all"


def test_a_queue_that_comes_takes_only_its_own_share() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    for number in range(4):
        bindings.add("1", f"q{number}")
    before = spread(bindings)
    bindings.add("1", "new")
    moved = {key for key, queue in spread(bindings).items() if queue != before[key]}
    assert all(one(bindings.match(key)) == "new" for key in moved)
    assert 850 < len(moved) < 1_150


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 9)), min_size=1, max_size=8),
    st.data(),
    st.text(max_size=9),
)
def test_only_what_is_bound_matters_not_how_it_came_about(
    pairs: list[tuple[str, int]], data: st.DataObject, key: str
) -> None:
    bindings, fresh = Bindings(EXCHANGE_KIND), Bindings(EXCHANGE_KIND)
    made = [bindings.add(str(weight), queue) for queue, weight in pairs]
    gone = data.draw(st.sets(st.integers(0, len(pairs) - 1), max_size=len(pairs) - 1))
    for number in gone:
        bindings.remove(made[number])
    for number, (queue, weight) in enumerate(pairs):
        if number not in gone:
            fresh.add(str(weight), queue)
    assert one(bindings.match(key)) == one(fresh.match(key))


def test_of_several_bindings_of_a_queue_the_first_counts() -> None:
    """As measured on RabbitMQ 3.10.8."""
    once, twice = Bindings(EXCHANGE_KIND), Bindings(EXCHANGE_KIND)
    for bindings in (once, twice):
        bindings.add("1", "a")
        bindings.add("1", "b")
    twice.add("50", "a")
    assert spread(once) == spread(twice)


def test_without_bindings_nothing_matches() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    bindings.remove(bindings.add("1"))
    assert bindings.match("key") == set()


def test_a_header_may_decide() -> None:
    bindings = Bindings(EXCHANGE_KIND, **{"hash-header": "user"})
    for number in range(4):
        bindings.add("1", f"q{number}")

    def way(key: str, user: int) -> str:
        return one(bindings.match(key, headers=[Header("user", "int32", user)]))

    assert len({way(key, 1) for key in KEYS[:50]}) == 1
    assert len({way("same", user) for user in range(50)}) == 4
    assert len({one(bindings.match(key)) for key in KEYS[:50]}) == 1, "without the header all go one way"


@pytest.mark.parametrize("name", ["message_id", "correlation_id", "timestamp"])
def test_a_property_may_decide(name: str) -> None:
    bindings = Bindings(EXCHANGE_KIND, **{"hash-property": name})
    for number in range(4):
        bindings.add("1", f"q{number}")
    field = "timestamp_s" if name == "timestamp" else name
    values: list[Any] = list(range(1, 60)) if name == "timestamp" else [f"m{n}" for n in range(60)]
    assert len({one(bindings.match("same", **{field: value})) for value in values}) == 4
    assert len({one(bindings.match(key, **{field: values[0]})) for key in KEYS[:50]}) == 1


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("a", "must be an integer"),
        ("", "must be an integer"),
        ("1.5", "must be an integer"),
        (" 1", "must be an integer"),
        ("0", "must be greater than 0"),
        ("-1", "must be greater than 0"),
    ],
)
def test_a_key_that_is_no_weight_is_refused(key: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Bindings(EXCHANGE_KIND).add(key)


def test_any_weight_is_fine() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    bindings.add("9" * 255, "heavy")
    bindings.add("1", "light")
    assert set(spread(bindings, KEYS[:100]).values()) == {"heavy"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"hash-header": 1},
        {"hash-header": "h", "hash-property": "message_id"},
        {"hash-property": "reply_to"},
        {"hash-property": ["message_id"]},
    ],
)
def test_what_cannot_be_hashed_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"hash|property"):
        Bindings(EXCHANGE_KIND, **arguments)
