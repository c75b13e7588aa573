"""Any one: chance decides, keys do not."""

from mqstudio.engine.exchanges.any_one import EXCHANGE_KIND
from tests.support.exchanges import Bindings


def test_chance_chooses_a_binding() -> None:
    for chosen in range(6):
        bindings = Bindings(EXCHANGE_KIND, chosen)
        for queue in "abc":
            bindings.add("key", queue)
        assert bindings.match("other") == {"abc"[chosen % 3]}


def test_what_is_removed_is_not_chosen() -> None:
    bindings = Bindings(EXCHANGE_KIND, 0)
    first, second = bindings.add(queue="a"), bindings.add(queue="b")
    bindings.remove(first)
    assert bindings.match() == {"b"}
    bindings.remove(second)
    assert bindings.match() == set()
