"""Exchanges: listed, made, deleted, and published to."""

from collections.abc import Generator
from typing import Any

from mqstudio.model.commands import DeclareExchange, DeleteExchange, PublishMessage
from mqstudio.model.errors import RefusedError
from mqstudio.model.message import HUB_FORMAT, encode_properties
from mqstudio.model.queries import PreviewRoute
from mqstudio.model.rights import DEFAULT_EXCHANGE_SAID, Verb
from mqstudio.model.rows import ExchangeRow, RoutePreview
from mqstudio.protocols.base import Request
from mqstudio.protocols.management import looking, publishing, reading, shapes
from mqstudio.protocols.management.answers import (
    ACCESS_REFUSED,
    NO_CONTENT,
    NOT_FOUND,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
    put,
)
from mqstudio.protocols.management.queues import RESERVED
from mqstudio.protocols.management.visitors import check, enter, visible


def _shown(rows: list[ExchangeRow]) -> Generator[Request, Any, list[Json]]:
    sample = yield from looking.sample()
    published = {(each.vhost, each.name): each.published for each in sample.exchanges}
    return [shapes.exchange(row, published.get((row.vhost, row.spec.name), 0)) for row in rows]


def all_exchanges(request: HttpRequest, desk: Desk) -> Steps:
    """Exchanges of all virtual hosts."""
    topology = yield from looking.topology()
    return (
        yield from looking.listed(request, visible(request, desk, (yield from _shown(topology.exchanges))))
    )


def of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Exchanges of a virtual host."""
    topology = yield from looking.topology()
    looking.check_vhost(vhost, topology)
    rows = [row for row in topology.exchanges if row.vhost == vhost]
    return (yield from looking.listed(request, (yield from _shown(rows))))


def named(vhost: str, name: str) -> Generator[Request, Any, list[ExchangeRow]]:
    """The exchange of this name; none if there is none."""
    topology = yield from looking.topology()
    wanted = "" if name == DEFAULT_EXCHANGE_SAID else name
    return [row for row in topology.exchanges if (row.vhost, row.spec.name) == (vhost, wanted)]


def one(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """One exchange."""
    rows = yield from named(vhost, name)
    if not rows:
        return NOT_FOUND
    (shown,) = yield from _shown(rows)
    return Response(content=shown)


def declare(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Make an exchange, or meet an equal one."""
    asked = request.object()
    is_new = not (yield from named(vhost, name))
    check(request, desk, Verb.CONFIGURE, (vhost, "exchange", name))
    if name == DEFAULT_EXCHANGE_SAID or (is_new and name.startswith(RESERVED)):
        return ACCESS_REFUSED
    arguments = reading.table(asked)
    if is_new and "alternate-exchange" in arguments:
        check(request, desk, Verb.READ, (vhost, "exchange", name))
        check(request, desk, Verb.WRITE, (vhost, "exchange", str(arguments["alternate-exchange"])))
    yield DeclareExchange(
        desk.channel(vhost),
        name,
        reading.text(asked, "type", "direct"),
        is_durable=reading.flag(asked, "durable"),
        is_auto_delete=reading.flag(asked, "auto_delete"),
        is_internal=reading.flag(asked, "internal"),
        arguments=arguments,
    )
    return put(is_new=is_new)


def delete(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Delete an exchange, perhaps only if it is unused."""
    if not (yield from named(vhost, name)):
        return NOT_FOUND
    check(request, desk, Verb.CONFIGURE, (vhost, "exchange", name))
    if name == DEFAULT_EXCHANGE_SAID:
        return ACCESS_REFUSED
    yield DeleteExchange(desk.channel(vhost), name, request.flag("if-unused"))
    return NO_CONTENT


def publish(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Publish a message; says whether any queue took it."""
    asked = request.object()
    enter(request, desk, vhost)
    exchange = "" if name == DEFAULT_EXCHANGE_SAID else name
    reading.need(asked, "properties", "routing_key", "payload", "payload_encoding")
    properties = publishing.read_properties(asked["properties"], request)
    body = publishing.read_body(asked["payload"], asked["payload_encoding"])
    routing_key = reading.text(asked, "routing_key")
    try:
        yield from _check_write(request, desk, (vhost, name, routing_key))
        preview: RoutePreview = yield PreviewRoute(exchange, routing_key, vhost, properties.headers or [])
        yield PublishMessage(
            desk.channel(vhost),
            exchange,
            routing_key,
            encode_properties(properties),
            body,
            format=HUB_FORMAT,
            traits=publishing.read_traits(properties),
        )
    except RefusedError as refused:
        raise publishing.as_said(refused) from None
    return Response(content={"routed": bool(preview.queues)})


def _check_write(request: HttpRequest, desk: Desk, to: tuple[str, str, str]) -> Generator[Request, Any, None]:
    """Raises: RefusedError if who asks may not publish to (virtual host, exchange, routing key)."""
    vhost, name, routing_key = to
    check(request, desk, Verb.WRITE, (vhost, "exchange", name))
    rows = yield from named(vhost, name)
    if rows and rows[0].spec.kind == "topic":
        desk.rights(request.user, vhost).check_topic(Verb.WRITE, name, routing_key)
