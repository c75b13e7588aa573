"""Definitions between RabbitMQ and this broker, both ways: each reads what the other wrote."""

import asyncio
import json
from pathlib import Path
from typing import Any

from mqstudio.client.definition_items import Item
from mqstudio.client.definitions import export, preview, take, take_back
from tests.support.broker import running_broker
from tests.support.rabbitmq import RabbitNode

SHARED = ("queues", "exchanges", "bindings")
VHOST = "definitions"


def _declare(node: RabbitNode) -> None:
    """A shop in a virtual host of its own."""
    node.ask("PUT", f"vhosts/{VHOST}", {})
    node.ask("PUT", f"permissions/{VHOST}/guest", {"configure": ".*", "write": ".*", "read": ".*"})
    at = f"{VHOST}/"
    node.ask("PUT", f"exchanges/{at}shop", {"type": "topic", "durable": True})
    node.ask("PUT", f"exchanges/{at}by-header", {"type": "headers", "durable": True})
    for name, arguments in (
        ("orders", {"x-max-priority": 5, "x-message-ttl": 60_000}),
        ("safe", {"x-queue-type": "quorum"}),
        ("log", {"x-queue-type": "stream", "x-max-age": "7D"}),
    ):
        node.ask("PUT", f"queues/{at}{name}", {"durable": True, "arguments": arguments})
    node.ask("POST", f"bindings/{at}e/shop/q/orders", {"routing_key": "order.*"})
    node.ask("POST", f"bindings/{at}e/by-header/q/log", {"arguments": {"x-match": "any", "format": "pdf"}})
    node.ask("POST", f"bindings/{at}e/shop/e/by-header", {"routing_key": "#"})
    node.ask(
        "PUT", f"policies/{at}cap", {"pattern": "^o", "definition": {"max-length": 9}, "apply-to": "queues"}
    )


def _of(content: dict[str, Any], key: str) -> list[Any]:
    found = [each for each in content[key] if each.get("vhost") == VHOST]
    return sorted(found, key=lambda each: json.dumps(each, sort_keys=True))


async def _take(port_dir: Any, data: bytes) -> tuple[list[Item], dict[str, Any], list[str]]:
    """Take a file over; what was taken, what is exported then, and what could not be undone."""
    async with await port_dir.attach() as client:
        items = [each for each in await preview(client, data) if each.is_takeable]
        taken = await take(client, items)
        assert taken.failed == []
        exported = json.loads(await export(client))
        again = [each for each in await preview(client, data) if each.is_takeable]
        assert again == []
        failed = [each.says for each in await take_back(client, taken.done)]
        assert [each.name for each in (await client.topology()).vhosts] == ["/"]
        return items, exported, failed


def test_each_reads_what_the_other_wrote(rabbitmq: RabbitNode, tmp_path: Path) -> None:
    _declare(rabbitmq)
    theirs = rabbitmq.ask("GET", "definitions")
    with running_broker(tmp_path) as ours:
        items, exported, failed = asyncio.run(_take(ours, json.dumps(theirs).encode()))
    assert failed == []
    assert {(each.kind, each.name) for each in items} >= {("queue", "log"), ("policy", "cap")}
    for key in (*SHARED, "policies", "permissions"):
        assert _of(exported, key) == _of(theirs, key), key
    rabbitmq.ask("DELETE", f"vhosts/{VHOST}")
    rabbitmq.ask("POST", "definitions", exported)
    back = rabbitmq.ask("GET", "definitions")
    for key in SHARED:
        assert _of(back, key) == _of(theirs, key), key
    rabbitmq.ask("DELETE", f"vhosts/{VHOST}")
