"""Overview, node, and what tools ask first: who am I, what is this."""

from mqstudio.model.queries import GetHistory, GetInfo
from mqstudio.model.rows import BrokerInfo, RateHistory
from mqstudio.protocols.management import looking, shapes
from mqstudio.protocols.management.answers import NOT_FOUND, Desk, HttpRequest, Json, Response, Steps

RABBITMQ_VERSION = "3.13.7"
"""The version whose behaviour we copy: tools compare it."""
CLUSTER = "mqstudio@localhost"
EXCHANGE_KINDS = (
    "direct",
    "fanout",
    "headers",
    "topic",
    "x-consistent-hash",
    "x-delayed-message",
    "x-modulus-hash",
    "x-random",
)


def overview(request: HttpRequest, desk: Desk) -> Steps:
    """Everything in few figures."""
    info: BrokerInfo = yield GetInfo()
    sample = yield from looking.sample()
    topology = yield from looking.topology()
    rows, owners = yield from looking.clients()
    history: RateHistory = yield GetHistory()
    totals = sample.totals
    content = {
        "management_version": RABBITMQ_VERSION,
        "rabbitmq_version": RABBITMQ_VERSION,
        "product_name": "RabbitMQ",
        "product_version": RABBITMQ_VERSION,
        "mqstudio_version": info.version,
        "erlang_version": "0",
        "erlang_full_version": "MQ Studio has none",
        "cluster_name": CLUSTER,
        "node": shapes.NODE,
        "rates_mode": "basic",
        "sample_retention_policies": {"global": [3600], "basic": [3600], "detailed": []},
        "exchange_types": [{"name": name, "description": "", "enabled": True} for name in EXCHANGE_KINDS],
        "object_totals": {
            "channels": sum(row.connection_id in owners for row in rows.channels),
            "connections": len(owners),
            "consumers": len(rows.subscriptions),
            "exchanges": len(topology.exchanges),
            "queues": len(topology.queues),
        },
        "queue_totals": {
            **shapes.level("messages", totals.ready + totals.in_flight),
            **shapes.level("messages_ready", totals.ready),
            **shapes.level("messages_unacknowledged", totals.in_flight),
        },
        "message_stats": shapes.stats(totals.counters, history) or {},
        "churn_rates": {},
        "statistics_db_event_queue": 0,
        "listeners": _listeners(info),
        "contexts": [],
    }
    return Response(content=content)


def _listeners(info: BrokerInfo) -> list[Json]:
    names = {"amqp091": "amqp", "native": "mqstudio"}
    return [
        {
            "node": shapes.NODE,
            "protocol": names.get(each.protocol, each.protocol),
            "ip_address": host,
            "port": each.port,
            "socket_opts": {},
        }
        for each in info.listeners
        for host in each.hosts
    ]


def _node(info: BrokerInfo, at_us: int, memory: int) -> dict[str, Json]:
    return {
        "name": shapes.NODE,
        "type": "disc",
        "running": True,
        "os_pid": str(info.pid),
        "uptime": max(0, at_us - info.started_at_us) // 1000,
        "mem_used": memory,
        "mem_alarm": False,
        "disk_free_alarm": False,
        "partitions": [],
        "rates_mode": "basic",
        "being_drained": False,
        "applications": [],
        "enabled_plugins": ["rabbitmq_management", "rabbitmq_prometheus"],
    }


def nodes(request: HttpRequest, desk: Desk) -> Steps:
    """The one node."""
    info: BrokerInfo = yield GetInfo()
    sample = yield from looking.sample()
    return Response(content=[_node(info, sample.at_us, sample.totals.memory_bytes)])


def node(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """The one node, by name."""
    if name != shapes.NODE:
        return NOT_FOUND
    listed = yield from nodes(request, desk)
    return Response(content=listed.content[0])


def whoami(request: HttpRequest, desk: Desk) -> Steps:
    """Who asks."""
    yield from ()
    return Response(content={"name": request.user, "tags": list(request.tags)})


def cluster_name(request: HttpRequest, desk: Desk) -> Steps:
    """What the cluster is called."""
    yield from ()
    return Response(content={"name": CLUSTER})


def nothing(request: HttpRequest, desk: Desk, *_names: str) -> Steps:
    """A list of what we have none of."""
    yield from ()
    return Response(content=[])


def auth(request: HttpRequest, desk: Desk) -> Steps:
    """How to log in: by password."""
    yield from ()
    return Response(content={"oauth_enabled": False})
