"""Modulus hash: one binding each, the same for equal keys."""

from collections import Counter

from mqstudio.engine.exchanges.modulus_hash import EXCHANGE_KIND
from tests.support.exchanges import Bindings


def test_each_key_has_one_way_and_all_get_their_share() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    for number in range(4):
        bindings.add("ignored", f"q{number}")
    ways = {key: bindings.match(key) for key in map(str, range(4_000))}
    assert {len(way) for way in ways.values()} == {1}
    assert all(bindings.match(key) == way for key, way in ways.items())
    shares = Counter(next(iter(way)) for way in ways.values())
    assert all(850 < shares[f"q{number}"] < 1_150 for number in range(4))


def test_a_queue_bound_twice_gets_twice_as_much() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    for queue, key in (("a", "1"), ("b", "1"), ("a", "2")):
        bindings.add(key, queue)
    shares = Counter(next(iter(bindings.match(str(number)))) for number in range(3_000))
    assert 1_850 < shares["a"] < 2_150


def test_what_is_removed_gets_nothing() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    made = [bindings.add("", queue) for queue in "ab"]
    bindings.remove(made[0])
    assert {next(iter(bindings.match(str(number)))) for number in range(50)} == {"b"}
    bindings.remove(made[1])
    assert bindings.match("key") == set()
