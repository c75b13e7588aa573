"""Fanout exchanges: everybody."""

from mqstudio.engine.exchanges.fanout import EXCHANGE_KIND
from tests.support.exchanges import Bindings


def test_all_get_everything_whatever_the_key() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    gone = bindings.add("x", "a")
    for queue in "bc":
        bindings.add("y", queue)
    bindings.remove(gone)
    assert bindings.match("z") == {"b", "c"}
