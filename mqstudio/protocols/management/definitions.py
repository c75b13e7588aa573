"""Definitions: everything declared as one file, in RabbitMQ's format, out and in."""

from collections.abc import Generator
from typing import Any

from mqstudio.model import access as a
from mqstudio.model.commands import Bind, DeclareExchange, DeclareQueue, PutPolicy
from mqstudio.model.rows import Topology
from mqstudio.model.topology import DestinationKind
from mqstudio.protocols.base import Request
from mqstudio.protocols.management import hosts, looking, parameters, reading, shapes
from mqstudio.protocols.management.answers import (
    NO_CONTENT,
    BadRequestError,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
)
from mqstudio.protocols.management.overview import RABBITMQ_VERSION
from mqstudio.protocols.management.users import read_limits, read_user, user_json


def export(request: HttpRequest, desk: Desk) -> Steps:
    """Everything declared, with users and permissions."""
    topology = yield from looking.topology()
    table: a.AccessTable = yield a.GetAccess()
    return Response(content=content(topology, table))


def content(topology: Topology, table: a.AccessTable) -> dict[str, Json]:
    """All definitions."""
    return {
        "rabbit_version": RABBITMQ_VERSION,
        "rabbitmq_version": RABBITMQ_VERSION,
        "product_name": "RabbitMQ",
        "product_version": RABBITMQ_VERSION,
        "users": [user_json(each, table) for each in table.users],
        "vhosts": [_vhost(each) for each in topology.vhosts],
        "permissions": [shapes.permission(each) for each in table.permissions],
        "topic_permissions": [shapes.topic_permission(each) for each in table.topic_permissions],
        "parameters": parameters.shown(topology, table),
        "global_parameters": [],
        **_declared(topology, None),
    }


def export_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """What is declared in a virtual host, without its name."""
    topology = yield from looking.topology()
    looking.check_vhost(vhost, topology)
    table: a.AccessTable = yield a.GetAccess()
    return Response(content=content_of(topology, table, vhost))


def content_of(topology: Topology, table: a.AccessTable, vhost: str) -> dict[str, Json]:
    """The definitions of a virtual host, without its name."""
    own = [_without_vhost(each) for each in parameters.shown(topology, table) if each["vhost"] == vhost]
    return {"rabbit_version": RABBITMQ_VERSION, "parameters": own, **_declared(topology, vhost)}


def _vhost(spec: Any) -> Json:
    shown = {"name": spec.name}
    if spec.description or spec.tags or spec.default_kind:
        shown["metadata"] = {"description": spec.description, "tags": list(spec.tags)}
    if spec.default_kind:
        shown["default_queue_type"] = spec.default_kind
    return shown


def _declared(topology: Topology, vhost: str | None) -> dict[str, list[Json]]:
    """Queues, exchanges, bindings and policies; exclusive queues and what is always there are left out."""

    def of(row: Any) -> bool:
        return vhost is None or row.vhost == vhost

    queues = [
        {
            "name": row.spec.name,
            "vhost": row.vhost,
            "durable": row.spec.is_durable,
            "auto_delete": row.spec.is_auto_delete,
            "arguments": row.spec.arguments,
        }
        for row in topology.queues
        if of(row) and not row.spec.is_exclusive
    ]
    exchanges = [
        {
            "name": row.spec.name,
            "vhost": row.vhost,
            "type": row.spec.kind,
            "durable": row.spec.is_durable,
            "auto_delete": row.spec.is_auto_delete,
            "internal": row.spec.is_internal,
            "arguments": row.spec.arguments,
        }
        for row in topology.exchanges
        if of(row) and row.spec.name and not row.spec.name.startswith("amq.")
    ]
    exclusive = {(row.vhost, row.spec.name) for row in topology.queues if row.spec.is_exclusive}
    bindings = [
        {key: value for key, value in shapes.binding(row.vhost, spec).items() if key != "properties_key"}
        for row in topology.exchanges
        if of(row)
        for spec in row.bindings
        if not (spec.destination_kind == "queue" and (row.vhost, spec.destination) in exclusive)
    ]
    policies = [shapes.policy(each) for each in topology.policies if of(each) and not each.is_operator]
    found = {"policies": policies, "queues": queues, "exchanges": exchanges, "bindings": bindings}
    if vhost is None:
        return found
    return {key: [_without_vhost(item) for item in items] for key, items in found.items()}


def _without_vhost(item: Json) -> Json:
    return {key: value for key, value in item.items() if key != "vhost"}


def load(request: HttpRequest, desk: Desk) -> Steps:
    """Declare everything in a file; what exists equally stays as it is."""
    asked = request.object()
    for vhost in _list(asked, "vhosts"):
        yield from hosts.make_vhost(_text(vhost, "name"), {**vhost, **reading.table(vhost, "metadata")})
    for user in _list(asked, "users"):
        yield read_user(_text(user, "name"), user)
        if user.get("limits"):
            yield a.PutUserLimits(_text(user, "name"), **read_limits(user["limits"], of_vhost=False))
    for each in _list(asked, "permissions"):
        verbs = (_text(each, verb) for verb in ("configure", "write", "read"))
        yield a.PutPermission(_text(each, "user"), _text(each, "vhost"), *verbs)
    for each in _list(asked, "topic_permissions"):
        keys = ("user", "exchange", "vhost", "write", "read")
        yield a.PutTopicPermission(*(_text(each, key) for key in keys))
    yield from _declare(desk, asked, None)
    return NO_CONTENT


def load_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Declare everything in a file in one virtual host."""
    looking.check_vhost(vhost, (yield from looking.topology()))
    yield from _declare(desk, request.object(), vhost)
    return NO_CONTENT


def _declare(desk: Desk, asked: dict[str, Json], vhost: str | None) -> Generator[Request, Any, None]:
    """Exchanges before bindings, so that what they name is there."""

    def channel(item: Json) -> int:
        return desk.channel(_text(item, "vhost") if vhost is None else vhost)

    for item in _list(asked, "parameters"):
        host = _text(item, "vhost") if vhost is None else vhost
        value = item.get("value") or {}
        if not isinstance(value, dict):
            raise BadRequestError("bad_request", f"'value' must be an object, in {item!s:.100}")
        if item.get("component") == parameters.OPERATOR_POLICY:
            yield PutPolicy(hosts.read_policy(host, _text(item, "name"), value, is_operator=True))
        elif item.get("component") == parameters.VHOST_LIMITS and value:
            yield a.PutVhostLimits(host, **read_limits(value, of_vhost=True))
    for item in _list(asked, "policies"):
        host = _text(item, "vhost") if vhost is None else vhost
        yield PutPolicy(hosts.read_policy(host, _text(item, "name"), item, is_operator=False))
    for item in _list(asked, "exchanges"):
        yield DeclareExchange(
            channel(item),
            _text(item, "name"),
            _text(item, "type"),
            bool(item.get("durable")),
            bool(item.get("auto_delete")),
            bool(item.get("internal")),
            arguments=reading.table(item),
        )
    for item in _list(asked, "queues"):
        yield DeclareQueue(
            channel(item),
            _text(item, "name"),
            bool(item.get("durable")),
            is_auto_delete=bool(item.get("auto_delete")),
            arguments=reading.table(item),
        )
    for item in _list(asked, "bindings"):
        kind = item.get("destination_type", "queue")
        if kind not in tuple(DestinationKind):
            raise BadRequestError("bad_request", f"'destination_type' is '{kind!s:.40}'.")
        yield Bind(
            channel(item),
            _text(item, "source"),
            _text(item, "destination"),
            _text(item, "routing_key"),
            reading.table(item),
            DestinationKind(kind),
        )


def _list(asked: dict[str, Json], key: str) -> list[dict[str, Json]]:
    items = asked.get(key) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadRequestError("bad_request", f"'{key}' must be a list of objects.")
    return items


def _text(item: dict[str, Json], key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise BadRequestError("bad_request", f"'{key}' is missing, or no text, in {item!s:.100}")
    return value
