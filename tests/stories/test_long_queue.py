"""A queue with a long backlog: looking at it costs nobody anything."""

import asyncio
import time

from mqstudio.model.rows import MessageState
from tests.bench import letters, load, wire
from tests.support.broker import RunningBroker
from tests.support.bystander import bystander

BACKLOG = 100_000
LOOKS = [
    (is_oldest_first, *states)
    for is_oldest_first in (False, True)
    for states in ([], [MessageState.READY], [MessageState.DONE])
]
ROUNDS = 10
LOOK_S_MAX = 1.0
"""A page takes some milliseconds; a busy machine may need longer. The window asks five times a second."""


async def test_looking_at_a_long_queue_is_quick(broker: RunningBroker) -> None:
    """Pages come at once, from both ends and of any state, and another client does not notice."""
    publisher = wire.Connection(broker.port_amqp)
    publisher.declare(letters.QUEUE)
    await asyncio.to_thread(load.send_all, publisher, letters.alike(16), BACKLOG)
    load.wait_for_ready(publisher, letters.QUEUE, BACKLOG)
    slowest_s: dict[tuple[object, ...], float] = {}
    with bystander(broker.port_amqp) as other:
        async with await broker.attach() as client:
            for look in LOOKS * ROUNDS:
                is_oldest_first, *states = look
                begin = time.monotonic()
                await client.page(letters.QUEUE, states=states, is_oldest_first=is_oldest_first)
                slowest_s[look] = max(slowest_s.get(look, 0.0), time.monotonic() - begin)
    assert {which: took_s for which, took_s in slowest_s.items() if took_s > LOOK_S_MAX} == {}
    assert other.longest_s < LOOK_S_MAX
    publisher.delete(letters.QUEUE)
    publisher.close()
