"""Requests that declare something, done by a broker made of lists."""

from typing import TYPE_CHECKING, Any

from mqstudio.model.topology import VhostSpec
from mqstudio.protocols.native import messages

if TYPE_CHECKING:
    from tests.support.list_broker import ListBroker


async def declare(broker: "ListBroker", request: Any) -> Any:
    """Make what a request asks for."""
    match request:
        case messages.PutVhost():
            spec = VhostSpec(
                request.name, request.description, request.tags, request.default_kind, request.is_traced
            )
            return await broker.put_vhost(spec)
        case messages.DeclareQueue():
            flags = {
                name: getattr(request, name) for name in ("is_durable", "is_exclusive", "is_auto_delete")
            }
            return await broker.declare_queue(request.name, arguments=request.arguments, **flags)
        case messages.DeclareExchange():
            flags = {name: getattr(request, name) for name in ("is_durable", "is_auto_delete", "is_internal")}
            return await broker.declare_exchange(
                request.name, request.kind, arguments=request.arguments, **flags
            )
        case messages.Bind(exchange, destination, key, arguments, kind):
            return await broker.bind(exchange, destination, key, arguments=arguments, destination_kind=kind)


async def take_away(broker: "ListBroker", request: Any) -> Any:
    """Take away what a request names."""
    match request:
        case messages.DeleteQueue(name):
            return await broker.delete_queue(name)
        case messages.DeleteExchange(name):
            return await broker.delete_exchange(name)
        case messages.Unbind(exchange, destination, key, arguments, kind):
            return await broker.unbind(exchange, destination, key, arguments=arguments, destination_kind=kind)
