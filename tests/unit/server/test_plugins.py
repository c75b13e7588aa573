"""What a broker is put together from."""

from mqstudio.protocols.amqp091 import PROTOCOL
from mqstudio.protocols.amqp091.handlers import PREDECLARED_EXCHANGES
from mqstudio.server.plugins import find_protocols, new_engine


def test_the_protocols_are_found_by_name() -> None:
    protocols = find_protocols()
    assert protocols["amqp091"] is PROTOCOL
    assert "native" in protocols


def test_an_engine_begins_with_what_protocols_expect_to_find() -> None:
    engine = new_engine(find_protocols())
    exchanges = engine.vhosts["/"].exchanges
    assert {spec.name for spec in PREDECLARED_EXCHANGES} <= exchanges.keys()
    assert {"direct", "fanout", "topic", "headers"} <= engine.kinds.keys()
