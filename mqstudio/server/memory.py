"""What messages take, and what is begun and not finished: above the high-water mark publishers wait."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mqstudio.engine import transaction
from mqstudio.server import blocking, disk_alarm, log
from mqstudio.server.link import Link

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker

RESUME_SHARE = 0.9
"""Publishers go on when so much of the limit is in use: not to stop and go at each message."""

HALF_ARRIVED = "more is half sent than memory allows, and of that this connection has sent the most"


def watch(broker: "Broker", restless: Iterable[Link]) -> None:
    """Stop or resume publishers by what is in use now; `restless` are the links that may hold anything."""
    held = {link: size for link in restless if (size := link.session.held_bytes())}
    for connection_id, size in transaction.held_bytes(broker.engine).items():
        if (link := broker.links.get(connection_id)) is not None:
            held[link] = held.get(link, 0) + size
    if held and sum(held.values()) > broker.memory_high_water_bytes:
        _end_largest(broker, held)
    _watch_publishers(broker, sum(held.values()))
    disk_alarm.watch(broker)
    broker.blocking.apply(held)


def _end_largest(broker: "Broker", held: dict[Link, int]) -> None:
    """Publishers that are not read from can never finish, and what they have begun stays: one has to go."""
    largest = max(held, key=lambda link: held[link])
    log.warning("half_arrived_too_much", bytes=sum(held.values()), peer=largest.peer_address)
    broker.kick(largest, HALF_ARRIVED)


def _watch_publishers(broker: "Broker", half_arrived: int) -> None:
    """Above the high-water mark publishers are not read from, until consumers made room."""
    limit = broker.memory_high_water_bytes
    used = broker.sampler.totals.memory_bytes + half_arrived
    is_full = used > (limit * RESUME_SHARE if broker.blocking.holds(blocking.MEMORY) else limit)
    broker.blocking.set(blocking.MEMORY, is_on=is_full, limit_bytes=limit)
