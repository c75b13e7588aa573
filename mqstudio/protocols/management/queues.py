"""Queues: listed, made, deleted, purged, published to, and taken from."""

import base64
from typing import Any

from mqstudio.model.commands import DeclareQueue, DeleteQueue, PurgeQueue, SettleDelivery, TakeMessage
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import Properties, plain_headers
from mqstudio.model.replies import TakeReply
from mqstudio.protocols.management import looking
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
    return looking.listed(request, (yield from looking.queues(topology.queues)))


def of_vhost(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Queues of a virtual host."""
    topology = yield from looking.topology()
    looking.check_vhost(vhost, topology)
    rows = [row for row in topology.queues if row.vhost == vhost]
    return looking.listed(request, (yield from looking.queues(rows)))


def one(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """One queue."""
    topology = yield from looking.topology()
    rows = [row for row in topology.queues if (row.vhost, row.spec.name) == (vhost, name)]
    if not rows:
        return NOT_FOUND
    (shown,) = yield from looking.queues(rows)
    return Response(content=shown)


def declare(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Make a queue, or meet an equal one."""
    asked = request.object()
    topology = yield from looking.topology()
    is_new = all((row.vhost, row.spec.name) != (vhost, name) for row in topology.queues)
    yield DeclareQueue(
        desk.channel(vhost),
        name,
        is_durable=bool(asked.get("durable", True)),
        is_auto_delete=asked.get("auto_delete") in (True, "true"),
        arguments=asked.get("arguments") or {},
    )
    return put(is_new=is_new)


def delete(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Delete a queue, perhaps only if it is unused or empty."""
    topology = yield from looking.topology()
    if all((row.vhost, row.spec.name) != (vhost, name) for row in topology.queues):
        return NOT_FOUND
    yield DeleteQueue(desk.channel(vhost), name, request.flag("if-unused"), request.flag("if-empty"))
    return NO_CONTENT


def purge(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Empty a queue; from the window that can be undone."""
    yield PurgeQueue(desk.channel(vhost), name)
    return NO_CONTENT


def act(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Synchronise, or stop: nothing to do on one machine."""
    yield from ()
    action = request.object().get("action")
    if action not in ("sync", "cancel_sync"):
        raise BadRequestError("bad_request", f"Unknown action '{action}'. Known: sync, cancel_sync.")
    return NO_CONTENT


def get(request: HttpRequest, desk: Desk, vhost: str, name: str) -> Steps:
    """Take messages and settle them as asked; those put back are flagged as redelivered."""
    asked = request.object()
    outcome = _ACK_MODES.get(asked.get("ackmode", ""))
    count = asked.get("count", 1)
    if outcome is None:
        known = ", ".join(_ACK_MODES)
        raise BadRequestError("bad_request", f"'ackmode' must be one of {known}.")
    if not str(count).isdigit():
        raise BadRequestError("bad_request", "'count' must be a number.")
    channel = desk.channel(vhost)
    shown, tags = [], []
    for _ in range(min(int(count), GET_MAX)):
        taken: TakeReply = yield TakeMessage(channel, name)
        if taken.message is None:
            break
        tags.append(taken.delivery_tag)
        shown.append(_message(taken, desk.read_properties(taken.message), asked))
    for tag in tags:
        yield SettleDelivery(channel, tag, False, outcome)
    return Response(content=shown)


def _message(taken: TakeReply, properties: Properties, asked: dict[str, Any]) -> Json:
    message = taken.message
    assert message is not None
    truncate = asked.get("truncate")
    body = message.body[: int(truncate or 0)] if str(truncate).isdigit() else message.body
    payload, encoding = _payload(body, asked.get("encoding", "auto"))
    return {
        "payload_bytes": len(message.body),
        "redelivered": taken.is_redelivered,
        "exchange": message.exchange,
        "routing_key": message.routing_key,
        "message_count": taken.ready,
        "properties": properties_json(properties),
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
