"""What messages take, and what is begun and not finished: above the high-water mark publishers wait."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mqstudio.engine import transaction
from mqstudio.model.events import PublishingBlocked, PublishingResumed
from mqstudio.server import log
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
    _watch_publishers(broker, held)


def _end_largest(broker: "Broker", held: dict[Link, int]) -> None:
    """Publishers that are not read from can never finish, and what they have begun stays: one has to go."""
    largest = max(held, key=lambda link: held[link])
    log.warning("half_arrived_too_much", bytes=sum(held.values()), peer=largest.peer_address)
    broker.kick(largest, HALF_ARRIVED)


def _watch_publishers(broker: "Broker", held: dict[Link, int]) -> None:
    """Above the high-water mark publishers are not read from, until consumers made room."""
    sampler, limit = broker.sampler, broker.memory_high_water_bytes
    used = sampler.totals.memory_bytes + sum(held.values())
    is_full = used > (limit * RESUME_SHARE if sampler.is_publishing_blocked else limit)
    if is_full != sampler.is_publishing_blocked:
        sampler.is_publishing_blocked = is_full
        log.warning("publishing_blocked" if is_full else "publishing_goes_on", limit_bytes=limit)
    elif not is_full:
        return
    for connection in broker.engine.connections.values():
        link = broker.links.get(connection.info.id)
        if link is None or not (connection.published or link.is_blocked or link in held):
            continue
        if connection.info.protocol == "native":
            link.is_refused_publishing = is_full
        else:
            _block(broker, link, is_blocked=is_full)


def _block(broker: "Broker", link: Link, *, is_blocked: bool) -> None:
    """Stop, or go on, reading from a publisher, and tell it once."""
    if link.is_blocked == is_blocked:
        return
    link.is_blocked = is_blocked
    broker.sampler.note_blocked(link.connection_id, is_blocked=is_blocked)
    if is_blocked:
        link.session.notify([PublishingBlocked(link.connection_id, "low on memory")])
    else:
        link.session.notify([PublishingResumed(link.connection_id)])
    link.pause_reading("memory", is_paused=is_blocked)
