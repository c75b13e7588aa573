"""Queues: listed, made, deleted, purged, published to, and taken from."""

import base64
from collections.abc import Generator
from typing import Any

from mqstudio.model.commands import DeclareQueue, DeleteQueue, PurgeQueue, SettleDelivery, TakeMessage
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import Properties, plain_headers
from mqstudio.model.replies import TakeReply
from mqstudio.model.rights import Verb
from mqstudio.protocols.base import Request
from mqstudio.protocols.management import looking, reading
from mqstudio.protocols.management.answers import (
    ACCESS_REFUSED,
    NO_CONTENT,
    NOT_FOUND,
    BadRequestError,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
    problem,
    put,
)
from mqstudio.protocols.management.visitors import check, enter, visible

RESERVED = "amq."
"""How names begin that nobody may give."""
GET_MAX = 1_000
"""Messages one request may take."""

_ACK_MODES = {
    "ack_requeue_true": Outcome.RELEASED,
    "ack_requeue_false": Outcome.ACCEPTED,
    "reject_requeue_true": Outcome.RELEASED,
    "reject_requeue_false": Outcome.REJECTED,
}


def all_queues(request: HttpRequest, desk: Desk) -> Steps:
    """Queues of all virtual hosts."""
    topology = yield from looking.topology()
    shown = yield from looking.queues(request, topology.queues, topology.policies)
    return (yield from looking.listed(request, visible(request, desk, shown)))


def of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Queues of a virtual host."""
    topology = yield from looking.topology()
    looking.check_vhost(vhost, topology)
    rows = [row for row in topology.queues if row.vhost == vhost]
    return (yield from looking.listed(request, (yield from looking.queues(request, rows, topology.policies))))


def one(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """One queue."""
    topology = yield from looking.topology()
    rows = [row for row in topology.queues if (row.vhost, row.spec.name) == (vhost, name)]
    if not rows:
        return NOT_FOUND
    (shown,) = yield from looking.queues(request, rows, topology.policies)
    return Response(content=shown)


def exists(vhost: str, name: str) -> Generator[Request, Any, bool]:
    """Whether there is such a queue."""
    topology = yield from looking.topology()
    return any((row.vhost, row.spec.name) == (vhost, name) for row in topology.queues)


def declare(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Make a queue, or meet an equal one."""
    asked = request.object()
    is_new = not (yield from exists(vhost, name))
    check(request, desk, Verb.CONFIGURE, (vhost, "queue", name))
    if is_new and name.startswith(RESERVED):
        return ACCESS_REFUSED
    desk.check_queue_limit(vhost, name)
    arguments = reading.table(asked)
    if is_new and "x-dead-letter-exchange" in arguments:
        check(request, desk, Verb.READ, (vhost, "queue", name))
        check(request, desk, Verb.WRITE, (vhost, "exchange", str(arguments["x-dead-letter-exchange"])))
    yield DeclareQueue(
        desk.channel(vhost),
        name,
        is_durable=reading.flag(asked, "durable"),
        is_auto_delete=reading.flag(asked, "auto_delete"),
        arguments=arguments,
    )
    return put(is_new=is_new)


def delete(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Delete a queue, perhaps only if it is unused or empty."""
    if not (yield from exists(vhost, name)):
        return NOT_FOUND
    check(request, desk, Verb.CONFIGURE, (vhost, "queue", name))
    yield DeleteQueue(desk.channel(vhost), name, request.flag("if-unused"), request.flag("if-empty"))
    return NO_CONTENT


def purge(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Empty a queue; from the window that can be undone."""
    if not (yield from exists(vhost, name)):
        return NOT_FOUND
    check(request, desk, Verb.READ, (vhost, "queue", name))
    yield PurgeQueue(desk.channel(vhost), name)
    return NO_CONTENT


def act(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Synchronise, or stop: nothing to do on one machine."""
    if not (yield from exists(vhost, name)):
        return NOT_FOUND
    asked = request.object()
    reading.need(asked, "action")
    if asked["action"] not in ("sync", "cancel_sync"):
        raise BadRequestError("bad_request", ["unknown", asked["action"]])
    return NO_CONTENT


def get(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Take messages and settle them as asked; those put back are flagged as redelivered."""
    asked = request.object()
    reading.need(asked, "ackmode", "count", "encoding")
    count = reading.whole(asked["count"])
    length = None if asked.get("truncate") is None else max(0, reading.whole(asked["truncate"]))
    outcome = _ACK_MODES.get(str(asked["ackmode"]))
    if outcome is None:
        raise BadRequestError("bad_request", f"'ackmode' must be one of {', '.join(_ACK_MODES)}.")
    if asked["encoding"] not in ("auto", "base64"):
        raise BadRequestError("bad_request", "Unsupported encoding. Please use auto or base64.")
    if not (yield from exists(vhost, name)):
        return problem(404, "not_found", f"NOT_FOUND - no queue '{name}' in vhost '{vhost}'")
    enter(request, desk, vhost)
    if not desk.rights(request.user, vhost).may(Verb.READ, name):
        where = f"queue '{name}' in vhost '{vhost}' refused for user '{request.user}'"
        return problem(401, "not_authorised", f"ACCESS_REFUSED - access to {where}")
    channel = desk.channel(vhost)
    shown, tags = [], []
    for _ in range(max(0, min(count, GET_MAX))):
        taken: TakeReply = yield TakeMessage(channel, name)
        if taken.message is None:
            break
        tags.append(taken.delivery_tag)
        shown.append(_message(taken, desk.read_properties(taken.message), asked["encoding"], length))
    for tag in tags:
        yield SettleDelivery(channel, tag, False, outcome)
    return Response(content=shown)


def _message(taken: TakeReply, properties: Properties, encoding: str, length: int | None) -> Json:
    message = taken.message
    assert message is not None
    payload, encoding = _payload(message.body[:length], encoding)
    return {
        "payload_bytes": len(message.body),
        "redelivered": taken.is_redelivered,
        "exchange": message.exchange,
        "routing_key": message.routing_key,
        "message_count": taken.ready,
        "properties": properties_json(properties) or [],  # as RabbitMQ writes an empty table
        "payload": payload,
        "payload_encoding": encoding,
    }


def _payload(body: bytes, encoding: str) -> tuple[str, str]:
    if encoding != "base64":
        try:
            return body.decode(), "string"
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), "base64"


def properties_json(properties: Properties) -> dict[str, Json]:
    """Properties by their names, absent ones left out."""
    names = {"timestamp_s": "timestamp"}
    shown: dict[str, Json] = {
        names.get(name, name): getattr(properties, name)
        for name in Properties.__struct_fields__
        if name != "headers" and getattr(properties, name) is not None
    }
    if properties.headers is not None:
        shown["headers"] = _jsonable(plain_headers(properties.headers))
    return shown


def _jsonable(value: Any) -> Json:
    if isinstance(value, dict):
        return {name: _jsonable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_jsonable(each) for each in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
