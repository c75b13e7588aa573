"""Exchanges: listed, made, deleted, and published to."""

import base64
import binascii
from collections.abc import Generator
from typing import Any

from mqstudio.model.commands import DeclareExchange, DeleteExchange, PublishMessage
from mqstudio.model.message import HUB_FORMAT, Header, Properties, encode_properties, traits
from mqstudio.model.queries import PreviewRoute
from mqstudio.model.rows import ExchangeRow, RoutePreview
from mqstudio.protocols.base import Request
from mqstudio.protocols.management import looking, shapes
from mqstudio.protocols.management.answers import (
    NO_CONTENT,
    NOT_FOUND,
    BadRequestError,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
    put,
)


def _shown(rows: list[ExchangeRow]) -> Generator[Request, Any, list[Json]]:
    sample = yield from looking.sample()
    published = {(each.vhost, each.name): each.published for each in sample.exchanges}
    return [shapes.exchange(row, published.get((row.vhost, row.spec.name), 0)) for row in rows]


def all_exchanges(request: HttpRequest, desk: Desk) -> Steps:
    """Exchanges of all virtual hosts."""
    topology = yield from looking.topology()
    return looking.listed(request, (yield from _shown(topology.exchanges)))


def of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Exchanges of a virtual host."""
    topology = yield from looking.topology()
    looking.check_vhost(vhost, topology)
    rows = [row for row in topology.exchanges if row.vhost == vhost]
    return looking.listed(request, (yield from _shown(rows)))


def _named(vhost: str, name: str) -> Generator[Request, Any, list[ExchangeRow]]:
    topology = yield from looking.topology()
    wanted = "" if name == "amq.default" else name
    return [row for row in topology.exchanges if (row.vhost, row.spec.name) == (vhost, wanted)]


def one(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """One exchange."""
    rows = yield from _named(vhost, name)
    if not rows:
        return NOT_FOUND
    (shown,) = yield from _shown(rows)
    return Response(content=shown)


def declare(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Make an exchange, or meet an equal one."""
    asked = request.object()
    is_new = not (yield from _named(vhost, name))
    yield DeclareExchange(
        desk.channel(vhost),
        name,
        str(asked.get("type", "direct")),
        is_durable=bool(asked.get("durable", True)),
        is_auto_delete=asked.get("auto_delete") in (True, "true"),
        is_internal=asked.get("internal") in (True, "true"),
        arguments=asked.get("arguments") or {},
    )
    return put(is_new=is_new)


def delete(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Delete an exchange, perhaps only if it is unused."""
    if not (yield from _named(vhost, name)):
        return NOT_FOUND
    yield DeleteExchange(desk.channel(vhost), name, request.flag("if-unused"))
    return NO_CONTENT


def publish(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Publish a message; says whether any queue took it."""
    asked = request.object()
    exchange = "" if name == "amq.default" else name
    missing = [key for key in ("payload", "payload_encoding", "routing_key") if key not in asked]
    if missing:
        raise BadRequestError("bad_request", f"Missing: {', '.join(missing)}.")
    properties = _properties(asked.get("properties") or {})
    routing_key = str(asked["routing_key"])
    channel = desk.channel(vhost)
    preview: RoutePreview = yield PreviewRoute(exchange, routing_key, vhost, properties.headers or [])
    yield PublishMessage(
        channel,
        exchange,
        routing_key,
        encode_properties(properties),
        _body(asked["payload"], asked["payload_encoding"]),
        format=HUB_FORMAT,
        traits=_traits(properties),
    )
    return Response(content={"routed": bool(preview.queues)})


def _body(payload: Json, encoding: Json) -> bytes:
    if encoding == "string":
        return str(payload).encode()
    if encoding != "base64":
        raise BadRequestError("bad_request", f"Unsupported encoding '{encoding!s:.40}'.")
    try:
        return base64.b64decode(str(payload), validate=True)
    except (binascii.Error, ValueError):
        raise BadRequestError("bad_request", "The payload is not base64.") from None


def _properties(given: Json) -> Properties:
    if not isinstance(given, dict):
        raise BadRequestError("bad_request", "'properties' must be an object.")
    known = {("timestamp_s" if name == "timestamp" else name): value for name, value in given.items()}
    unknown = known.keys() - set(Properties.__struct_fields__)
    if unknown:
        raise BadRequestError("bad_request", f"Unknown properties: {', '.join(sorted(unknown))}.")
    headers = known.pop("headers", None)
    numbers = ("delivery_mode", "priority", "timestamp_s")
    for name, value in known.items():
        if name in numbers and not (isinstance(value, int) and 0 <= value < 2**63):
            raise BadRequestError("bad_request", f"'{name}' must be a number.")
    values: dict[str, Any] = {name: value if name in numbers else str(value) for name, value in known.items()}
    if headers is not None and not isinstance(headers, dict):
        raise BadRequestError("bad_request", "'headers' must be an object.")
    fields = None if headers is None else [_header(name, value) for name, value in headers.items()]
    return Properties(headers=fields, **values)


def _header(name: str, value: Json) -> Header:
    if isinstance(value, bool):
        return Header(name, "bool", value)
    if isinstance(value, int):
        return Header(name, "int64", max(-(2**63), min(value, 2**63 - 1)))
    if isinstance(value, float):
        return Header(name, "double", value)
    if isinstance(value, dict):
        return Header(name, "table", [_header(key, each) for key, each in value.items()])
    if isinstance(value, list):
        return Header(name, "list", [_header("", each) for each in value])
    return Header(name, "null") if value is None else Header(name, "string", str(value))


def _traits(properties: Properties) -> Any:
    expiration = properties.expiration
    if expiration is not None and not (expiration.isascii() and expiration.isdigit()):
        raise BadRequestError("bad_request", f"'expiration' is '{expiration:.40}'; it must be milliseconds.")
    return traits(
        properties.delivery_mode == 2,
        min(properties.priority or 0, 255),
        int(expiration[:15]) * 1000 if expiration else None,
    )
