"""The table of permissions that our broker is held to is RabbitMQ's own."""

from collections.abc import Iterator

import pika
import pytest

from tests.support import permission_cases as table
from tests.support.rabbitmq import missing_rabbitmq, running_rabbitmq


@pytest.fixture(scope="module")
def connections() -> Iterator[dict[str, pika.BlockingConnection]]:
    """A connection of each user of the table to a RabbitMQ of our own."""
    if reason := missing_rabbitmq():
        pytest.skip(f"nothing to compare with: {reason}")
    with running_rabbitmq() as node:
        for rule in table.RULES:
            node.control("add_user", rule.name, table.PASSWORD)
            node.control("set_permissions", rule.name, rule.configure, rule.write, rule.read)
            for topic in rule.topics:
                node.control("set_topic_permissions", rule.name, *topic)
        logins = {rule.name: pika.PlainCredentials(rule.name, table.PASSWORD) for rule in table.RULES}
        logins["guest"] = pika.PlainCredentials("guest", "guest")
        made = {
            name: pika.BlockingConnection(
                pika.ConnectionParameters("127.0.0.1", node.port, credentials=login, heartbeat=0)
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
