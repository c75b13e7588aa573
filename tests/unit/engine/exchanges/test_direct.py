"""Direct exchanges: equal keys."""

from mqstudio.engine.exchanges.direct import EXCHANGE_KIND
from tests.support.exchanges import Bindings


def test_equal_keys_match_and_nothing_else() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    bindings.add("key", "a")
    bindings.add("key", "b")
    bindings.add("", "c")
    gone = bindings.add("key", "d")
    bindings.remove(gone)
    assert bindings.match("key") == {"a", "b"}
    assert bindings.match("") == {"c"}
    assert bindings.match("Key") == set()
