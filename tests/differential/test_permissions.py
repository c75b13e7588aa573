"""The table of permissions that our broker is held to is RabbitMQ's own."""

from collections.abc import Iterator

import pika
import pytest

from tests.support import permission_cases as table
from tests.support.rabbitmq import RabbitNode


@pytest.fixture(scope="module")
def connections(rabbitmq: RabbitNode) -> Iterator[dict[str, pika.BlockingConnection]]:
    """A connection of each user of the table to a RabbitMQ of our own."""
    for rule in table.RULES:
        rabbitmq.ask("PUT", f"users/{rule.name}", {"password": table.PASSWORD, "tags": ""})
        rights = {"configure": rule.configure, "write": rule.write, "read": rule.read}
        rabbitmq.ask("PUT", f"permissions/%2F/{rule.name}", rights)
        for exchange, write, read in rule.topics:
            topic = {"exchange": exchange, "write": write, "read": read}
            rabbitmq.ask("PUT", f"topic-permissions/%2F/{rule.name}", topic)
    logins = {rule.name: pika.PlainCredentials(rule.name, table.PASSWORD) for rule in table.RULES}
    logins["guest"] = pika.PlainCredentials("guest", "guest")
    made = {
        name: pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", rabbitmq.port, credentials=login, heartbeat=0)
        )
        for name, login in logins.items()
    }
    table.prepare(made["guest"].channel())
    yield made
    for connection in made.values():
        connection.close()


@pytest.mark.parametrize(("user", "what", "attempt", "says"), table.CASES, ids=table.NAMES)
def test_rabbitmq_says_the_same(
    connections: dict[str, pika.BlockingConnection], user: str, what: str, attempt: table.Try, says: str
) -> None:
    assert table.what_is_heard(connections[user], attempt) == says
