"""Empties a broker, so that the next one who uses it finds nothing: for tests that share one."""

import asyncio
from contextlib import suppress
from typing import Final

from mqstudio.client.client import Client
from mqstudio.model.errors import RefusedError
from mqstudio.model.rows import Topology
from mqstudio.model.topology import DEFAULT_VHOST

OWN_USER: Final = "guest"
NATIVE: Final = "native"
MARKER: Final = "mqstudio.wiped"
"""A queue that is there for a moment."""

PATIENCE_S: Final = 5.0
LOOK_EVERY_S: Final = 0.01


async def wipe(client: Client) -> int:
    """Take out all clients, queues, exchanges, policies, virtual hosts and users but those it began with.

    Returns: when it was done, by the broker's clock: what is published from then on is of the next one.
    Raises: TimeoutError, if something stays; RefusedError, ConnectionError.
    """
    async with asyncio.timeout(PATIENCE_S):
        await client.verbs.pause_all(is_paused=False)
        await _kick_all(client)
        await _delete_all(client, await client.topology())
        for user in (await client.access.table()).users:
            if user.name != OWN_USER:
                await client.access.delete_user(user.name)
        return await _mark(client)


async def _kick_all(client: Client) -> None:
    """End all connections of others, and wait until they are gone: what is theirs goes with them."""
    while True:
        others = [each for each in (await client.clients()).connections if each.protocol != NATIVE]
        if not others:
            return
        for each in others:
            with suppress(RefusedError):  # it has gone by itself
                await client.kick(each.id, "The next test begins")
        await asyncio.sleep(LOOK_EVERY_S)


async def _delete_all(client: Client, found: Topology) -> None:
    for vhost in found.vhosts:
        if vhost.name != DEFAULT_VHOST:
            await client.delete_vhost(vhost.name)
    for policy in found.policies:
        if policy.vhost == DEFAULT_VHOST:
            await client.delete_policy(policy.name, is_operator=policy.is_operator)
    for queue in found.queues:
        if queue.vhost == DEFAULT_VHOST:
            with suppress(RefusedError):  # it went with its connection
                await client.delete_queue(queue.spec.name)
    for exchange in found.exchanges:
        name = exchange.spec.name
        if exchange.vhost == DEFAULT_VHOST and name and not name.startswith("amq."):
            with suppress(RefusedError):  # it went with its last binding
                await client.delete_exchange(name)


async def _mark(client: Client) -> int:
    """The broker's time now, told by a message."""
    await client.declare_queue(MARKER)
    await client.publish("", MARKER, b"")
    row = (await client.page(MARKER, limit=1)).rows[0]
    await client.delete_queue(MARKER)
    return row.published_at_us + 1
