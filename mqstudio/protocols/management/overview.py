"""Overview, node, and what tools ask first: who am I, what is this."""

from msgspec.structs import replace

from mqstudio.model import limits
from mqstudio.model.queries import GetHistory, GetInfo
from mqstudio.model.rows import BrokerInfo, RateHistory
from mqstudio.protocols.http import Machine
from mqstudio.protocols.management import looking, shapes
from mqstudio.protocols.management.answers import (
    NO_CONTENT,
    NOT_FOUND,
    Desk,
    HttpRequest,
    Json,
    Response,
    Steps,
    problem,
)
from mqstudio.protocols.management.health import listener_protocol
from mqstudio.protocols.management.visitors import is_monitor, visible_vhosts

RABBITMQ_VERSION = "3.13.7"
"""The version whose behaviour we copy: tools compare it."""
CLUSTER = "mqstudio@localhost"
_FEATURES = (
    "drop_unroutable_metric",
    "empty_basic_get_metric",
    "implicit_default_bindings",
    "quorum_queue",
    "stream_queue",
    "user_limits",
    "virtual_host_metadata",
)
"""Feature flags of RabbitMQ that are always on here; some clients refuse to start without stream_queue."""


def overview(request: HttpRequest, desk: Desk) -> Steps:
    """Everything in few figures."""
    info: BrokerInfo = yield GetInfo()
    sample = yield from looking.sample()
    topology = yield from looking.topology()
    rows, owners = yield from looking.clients(request)
    history: RateHistory = yield GetHistory()
    known = {spec.name for spec in visible_vhosts(request, desk, topology.vhosts)}
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
        "rates_mode": "basic",
        "sample_retention_policies": {"global": [3600], "basic": [3600], "detailed": []},
        "exchange_types": _kinds(topology.exchange_kinds),
        "object_totals": {
            "channels": sum(row.connection_id in owners for row in rows.channels),
            "connections": len(owners),
            "consumers": sum(row.connection_id in owners for row in rows.subscriptions),
            "exchanges": sum(row.vhost in known for row in topology.exchanges),
            "queues": sum(row.vhost in known for row in topology.queues),
        },
        "queue_totals": {
            **shapes.level("messages", totals.ready + totals.in_flight, history),
            **shapes.level("messages_ready", totals.ready),
            **shapes.level("messages_unacknowledged", totals.in_flight),
        },
        "message_stats": shapes.stats(totals.counters, history, is_whole=True) or {},
        "churn_rates": {},
        "statistics_db_event_queue": 0,
        "disable_stats": False,
        "enable_queue_totals": False,
    }
    if is_monitor(request):
        content |= {"node": shapes.NODE, "listeners": _listeners(info), "contexts": []}
    return Response(content=content)


def _kinds(names: list[str]) -> list[Json]:
    return [{"name": name, "description": "", "enabled": True} for name in names]


def _listeners(info: BrokerInfo) -> list[Json]:
    return [
        {
            "node": shapes.NODE,
            "protocol": listener_protocol(each),
            "ip_address": host,
            "port": each.port,
            "socket_opts": {},
        }
        for each in info.listeners
        for host in each.hosts
    ]


def _node(info: BrokerInfo, at_us: int, machine: Machine, connections: int) -> dict[str, Json]:
    shown: dict[str, Json] = {
        "name": shapes.NODE,
        "type": "disc",
        "running": True,
        "os_pid": str(info.pid),
        "uptime": max(0, at_us - info.started_at_us) // 1000,
        "mem_used": machine.memory_bytes,
        "mem_alarm": False,
        "disk_free_alarm": False,
        "partitions": [],
        "rates_mode": "basic",
        "being_drained": False,
        "applications": [],
        "auth_mechanisms": [
            {"name": name, "description": "", "enabled": True} for name in ("PLAIN", "AMQPLAIN")
        ],
        "contexts": [],
        "cluster_links": [],
        "config_files": [],
        "log_files": [],
        "mem_limit": machine.memory_limit_bytes,
        "disk_free_limit": machine.disk_low_bytes,
        "fd_used": machine.files_open,
        "fd_total": machine.files_max,
        "proc_used": machine.threads,  # RabbitMQ: Erlang's processes
        "proc_total": machine.threads_max,
        "run_queue": 0,  # of the one thread that answers here, and so is running
        "processors": machine.processors,
        "sockets_used": connections,
        "sockets_total": limits.CONNECTIONS_MAX,
        "enabled_plugins": ["rabbitmq_management", "rabbitmq_prometheus"],
    }
    if machine.disk_free_bytes is not None:
        shown["disk_free"] = machine.disk_free_bytes
    return shown


def nodes(request: HttpRequest, desk: Desk) -> Steps:
    """The one node."""
    info: BrokerInfo = yield GetInfo()
    sample = yield from looking.sample()
    topology = yield from looking.topology()
    totals = sample.totals
    shown = _node(info, sample.at_us, desk.machine(), totals.connections)
    reasons = totals.blocked_by or ("memory",)
    shown["mem_alarm"] = totals.is_publishing_blocked and "memory" in reasons
    shown["disk_free_alarm"] = "disk" in totals.blocked_by
    shown["exchange_types"] = _kinds(topology.exchange_kinds)
    return (yield from looking.listed(request, [shown]))


def node(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """The one node, by name."""
    if name != shapes.NODE:
        return NOT_FOUND
    listed = yield from nodes(replace(request, query={}), desk)
    return Response(content=listed.content[0])


def node_memory(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """What takes a node's memory, as RabbitMQ says that it cannot tell."""
    yield from ()
    return Response(content={"memory": "not_available"}) if name == shapes.NODE else NOT_FOUND


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


def feature_flags(request: HttpRequest, desk: Desk) -> Steps:
    """What a RabbitMQ could have off, and we have on."""
    yield from ()
    shown = [
        {
            "name": name,
            "desc": "",
            "doc_url": "",
            "provided_by": "rabbit",
            "stability": "stable",
            "state": "enabled",
        }
        for name in _FEATURES
    ]
    return Response(content=shown)


def enable_feature(request: HttpRequest, desk: Desk, name: str) -> Steps:
    """Switch a feature flag on, as all of them are; one that is not known cannot be."""
    yield from ()
    if name in _FEATURES:
        return NO_CONTENT
    known = ", ".join(_FEATURES)
    return problem(400, "bad_request", f"There is no feature flag {name}. These are on: {known}.")
