"""Health checks: what containers, schedulers and monitors ask."""

from mqstudio.model.commands import DeclareQueue, PublishMessage, TakeMessage
from mqstudio.model.queries import GetInfo
from mqstudio.model.rows import BrokerInfo
from mqstudio.protocols.management import looking
from mqstudio.protocols.management.answers import Desk, HttpRequest, Response, Steps

OK = Response(content={"status": "ok"})
ALIVENESS_QUEUE = "aliveness-test"


def alive(request: HttpRequest, desk: Desk, vhost: str) -> Steps:
    """Whether a message can be published and taken: by doing it."""
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


def certificates(request: HttpRequest, desk: Desk, *_within: str) -> Steps:
    """Certificates renew themselves."""
    yield from ()
    return OK


def port(request: HttpRequest, desk: Desk, number: str) -> Steps:
    """Whether we listen on a port."""
    info: BrokerInfo = yield GetInfo()
    if any(str(each.port) == number for each in info.listeners):
        return Response(content={"status": "ok", "port": int(number)})
    missing = [{"status": "failed", "reason": "No active listener", "missing": number}]
    return Response(503, missing[0])


def protocol(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Whether we listen for a protocol."""
    info: BrokerInfo = yield GetInfo()
    known = {"amqp091": ("amqp", "amqp091", "amqp/ssl")}
    if any(name in known.get(each.protocol, (each.protocol,)) for each in info.listeners):
        return Response(content={"status": "ok", "protocol": name})
    return Response(503, {"status": "failed", "reason": "No active listener", "missing": name})
