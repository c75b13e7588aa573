"""Counting: what messages that took a route mean for the exchanges and bindings on their way."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def tell_hops(engine: "Engine") -> None:
    """Tell exchanges and hops what has come their way since the last time.

    Done with every sample, and before anything is let go of that a route may lead to.
    """
    taken, engine.taken = engine.taken, []
    for route in taken:
        route.exchange.published += route.taken
        for hop in route.hops:
            hop.passed += route.taken
        route.taken = 0
