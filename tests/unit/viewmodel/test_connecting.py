"""Programs that connect an application, for each client library."""

import ast

import pytest

from mqstudio.viewmodel.code.connecting import SNIPPETS, snippet

URL = "amqp://guest:guest@localhost:5673/eu%2Fwest"


@pytest.mark.parametrize("name", [each.name for each in SNIPPETS])
def test_they_name_this_broker_and_the_place(name: str) -> None:
    """A reader for a queue, a publisher for an exchange; a quote in a name ends no text."""
    reader = snippet(name, port=5673, vhost="eu/west", queue='my "queue"')
    publisher = snippet(name, port=5673, vhost="eu/west", exchange="my.exchange")
    for program, place in ((reader, 'my \\"queue\\"'), (publisher, "my.exchange")):
        assert URL in program
        assert place in program or place.replace("\\", "") in program
        if name in ("python", "aio_pika"):
            ast.parse(program)
    assert reader != publisher


def test_the_default_exchange_has_no_name() -> None:
    """aio-pika knows it by an attribute."""
    assert "channel.default_exchange" in snippet("aio_pika", port=5672, vhost="/")
