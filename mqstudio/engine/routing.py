"""Routing: from an exchange and the keys of a message to queues, through exchanges bound to exchanges."""

from collections.abc import Sequence
from functools import cache

from msgspec import Struct

from mqstudio.engine.exchanges.base import ReadProperties
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import Binding, Exchange, Hop, Route
from mqstudio.model.message import Properties


class Found(Struct, frozen=True):
    """Where a message goes. `holders` are exchanges on the way that hold it first."""

    route: Route
    is_keyed: bool
    holders: Sequence[Exchange] = ()


def no_properties() -> Properties:
    """Stand in where there is no message, or one whose properties nobody needs."""
    return Properties()


def keyed_route(exchange: Exchange, routing_key: str) -> Route | None:
    """Find, and remember, the route of a key; None where the key alone does not decide."""
    if not exchange.kind.is_keyed:
        return None
    found = find(exchange, (routing_key,), no_properties, is_held=False)
    if not found.is_keyed:
        return None
    if found.route.queues or exchange.spec.name:  # keys of the default exchange are names: any number of them
        exchange.remember(routing_key, found.route)
    return found.route


def find(
    exchange: Exchange, keys: Sequence[str], read: ReadProperties, *, is_held: bool, is_released: bool = False
) -> Found:
    """Follow all bindings that match, each exchange once.

    is_held: the message asks to be held by exchanges that do that. is_released: the first one has done so.
    """
    read = cache(read)  # one message, many exchanges: what it says does not change on the way
    exchanges = {exchange: None}
    queues: dict[Queue, None] = {}
    hops: list[Hop] = []
    holders = []
    is_keyed = True
    for each in (todo := [exchange]):
        is_keyed = is_keyed and each.kind.is_keyed
        if is_held and each.kind.is_delaying and not (is_released and each is exchange):
            holders.append(each)
            continue
        found = _hops(each, keys, read)
        # The default exchange is nobody's alternate (measured on RabbitMQ 3.10.8). Nor could it be: routes
        # through it would have to be forgotten with every queue that comes or goes.
        if not found and each.alternate:
            alternate = each.vhost.exchanges.get(each.alternate)
            if alternate is not None and alternate not in exchanges:
                exchanges[alternate] = None
                todo.append(alternate)
                hops.append(each)
        for hop in found:
            destination = hop.destination if isinstance(hop, Binding) else hop
            if isinstance(destination, Queue):
                if destination in queues:
                    continue
                queues[destination] = None
            elif destination in exchanges:
                continue
            else:
                exchanges[destination] = None
                todo.append(destination)
            hops.append(hop)
    refs = tuple(queue.ref for queue in queues)
    return Found(Route(exchange, tuple(queues), refs, tuple(hops)), is_keyed, holders)


def _hops(exchange: Exchange, keys: Sequence[str], read: ReadProperties) -> Sequence[Binding | Queue]:
    if not exchange.spec.name:  # the default exchange reaches every queue by its name
        return [exchange.vhost.queues[key] for key in keys if key in exchange.vhost.queues]
    matched: dict[Binding, None] = {}
    for key in keys[:1] if exchange.index.is_blind else keys:
        matched.update(dict.fromkeys(exchange.index.match(key, read)))
    return list(matched)
