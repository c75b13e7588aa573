"""Delayed exchanges route as another kind does; when, is tested with the engine."""

from typing import Any

import pytest

from mqstudio.engine.exchanges.delayed import EXCHANGE_KIND
from mqstudio.model.message import Header
from tests.support.exchanges import Bindings


@pytest.mark.parametrize("arguments", [{}, {"x-delayed-type": 5}, {"x-delayed-type": "x-delayed-message"}])
def test_it_needs_a_kind_to_route_as(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="x-delayed-type"):
        Bindings(EXCHANGE_KIND, **arguments)


def test_it_routes_as_that_kind() -> None:
    topic = Bindings(EXCHANGE_KIND, **{"x-delayed-type": "topic"})
    topic.add("a.*", "q")
    assert topic.match("a.b") == {"q"}
    assert topic.match("b.a") == set()
    headers = Bindings(EXCHANGE_KIND, **{"x-delayed-type": "headers"})
    headers.add(queue="q", a=1)
    assert headers.match(headers=[Header("a", "int32", 1)]) == {"q"}


def test_that_kind_checks_its_own() -> None:
    with pytest.raises(ValueError, match="exclusive"):
        Bindings(
            EXCHANGE_KIND, **{"x-delayed-type": "x-consistent-hash", "hash-header": "a", "hash-property": "b"}
        )
    with pytest.raises(ValueError, match="x-match"):
        Bindings(EXCHANGE_KIND, **{"x-delayed-type": "headers"}).add(**{"x-match": "some"})
