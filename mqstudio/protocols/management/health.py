"""Health checks: what containers, schedulers and monitors ask."""

from mqstudio.model.commands import DeclareQueue, PublishMessage, TakeMessage
from mqstudio.model.queries import GetInfo
from mqstudio.model.rights import Verb
from mqstudio.model.rows import BrokerInfo, Listener
from mqstudio.protocols.management import looking
from mqstudio.protocols.management.answers import (
    NO_CONTENT,
    BadRequestError,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
    problem,
)
from mqstudio.protocols.management.visitors import enter

OK = Response(content={"status": "ok"})
ALIVENESS_QUEUE = "aliveness-test"


def alive(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Whether a message can be published and taken: by doing it."""
    looking.check_vhost(vhost, (yield from looking.topology()))
    enter(request, desk, vhost)
    rights = desk.rights(request.user, vhost)
    if not all(rights.may(verb, ALIVENESS_QUEUE) for verb in (Verb.CONFIGURE, Verb.READ)):
        where = f"queue '{ALIVENESS_QUEUE}' in vhost '{vhost}' refused for user '{request.user}'"
        return problem(401, "not_authorised", f"ACCESS_REFUSED - access to {where}")
    channel = desk.channel(vhost)
    yield DeclareQueue(channel, ALIVENESS_QUEUE)
    yield PublishMessage(channel, "", ALIVENESS_QUEUE, b"", b"test_message", format="hub")
    taken = yield TakeMessage(channel, ALIVENESS_QUEUE, True)
    if taken.message is None:
        return Response(503, {"status": "failed", "reason": "the message did not arrive"})
    return OK


def alarms(request: HttpRequest, desk: Desk) -> Steps:
    """Whether publishers are held up."""
    sample = yield from looking.sample()
    if sample.totals.is_publishing_blocked:
        return Response(503, {"status": "failed", "reason": "Alarms in effect in the cluster", "alarms": []})
    return OK


def virtual_hosts(request: HttpRequest, desk: Desk) -> Steps:
    """All virtual hosts run."""
    yield from looking.topology()
    return OK


def quorum(request: HttpRequest, desk: Desk) -> Steps:
    """One node is all there is."""
    yield from ()
    return Response(content={"status": "ok", "reason": "single node cluster"})


_UNITS = ("day", "week", "month", "year")


def certificates(request: HttpRequest, desk: Desk, within: str, unit: str) -> Steps:
    """Whether certificates last: ours renew themselves."""
    yield from ()
    if unit.removesuffix("s") not in _UNITS:
        says = "Time unit not recognised. Supported units: days, weeks, months, years."
        raise BadRequestError("bad_request", says)
    if not within.isascii() or not within.isdigit():
        raise BadRequestError("bad_request", "Invalid expiration value.")
    return OK


def port(request: HttpRequest, desk: Desk, number: str) -> Steps:
    """Whether we listen on a port."""
    if not (number.isascii() and number.isdigit() and len(number) < 6):
        raise BadRequestError("bad_request", "Invalid port")
    info: BrokerInfo = yield GetInfo()
    ports = [each.port for each in info.listeners]
    if int(number) in ports:
        return Response(content={"status": "ok", "port": int(number)})
    return _no_listener(int(number), ports=ports)


PROTOCOLS = {"amqp091": "amqp", "native": "mqstudio", "management": "http", "metrics": "http/prometheus"}
"""What RabbitMQ calls what our listeners speak."""
_SAME = {"amqp091": "amqp", "amqp0.9.1": "amqp", "https": "https", "amqps": "amqp/ssl"}


def protocol(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Whether we listen for a protocol."""
    info: BrokerInfo = yield GetInfo()
    protocols = sorted({listener_protocol(each) for each in info.listeners})
    wanted = _SAME.get(name, name)
    if wanted in protocols:
        return Response(content={"status": "ok", "protocol": wanted})
    return _no_listener(wanted, protocols=protocols)


def listener_protocol(listener: Listener) -> str:
    """What RabbitMQ calls what a listener speaks."""
    return PROTOCOLS.get(listener.protocol, listener.protocol) + ("/ssl" if listener.is_tls else "")


def _no_listener(missing: Json, **known: Json) -> Response:
    content = {"status": "failed", "reason": "No active listener", "missing": missing, **known}
    return Response(503, content)


def fine(request: HttpRequest, desk: Desk, *_node: str) -> Steps:
    """The old health check of a node: that it answers."""
    yield from ()
    return OK


def rebalance(request: HttpRequest, desk: Desk) -> Steps:
    """Spread queues over nodes: on one node they are."""
    yield from ()
    return NO_CONTENT
