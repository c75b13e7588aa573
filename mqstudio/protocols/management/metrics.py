"""Metrics for Prometheus, with the names, types and labels that dashboards of RabbitMQ read.

`/metrics` sums over queues, `/metrics/per-object` has each on its own, `/metrics/detailed` only the
families and virtual hosts asked for, under names of their own.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs

from mqstudio.model import limits
from mqstudio.model.delivery import DropReason
from mqstudio.model.queries import GetInfo
from mqstudio.model.rows import BrokerInfo
from mqstudio.model.rules import QueueKind
from mqstudio.model.samples import Counters, QueueSample, Totals
from mqstudio.protocols.management import looking, shapes
from mqstudio.protocols.management.answers import Desk, HttpRequest, Response, Steps
from mqstudio.protocols.management.overview import CLUSTER, RABBITMQ_VERSION

CONTENT_TYPE = "text/plain; version=0.0.4"

Value = tuple[str, float]
"""Labels as they stand in the text ("" for none), and the value."""
Metric = tuple[str, str, str, list[Value]]
"""Name, type, what it is, values."""


def metrics(request: HttpRequest, desk: Desk) -> Steps:
    """All figures, those of queues summed."""
    whole = yield from _whole(desk)
    sample = yield from looking.sample()
    summed = [
        (f"rabbitmq_{name}", "gauge", says, [("", float(sum(value for _, value in values)))])
        for name, says, values in _of_queues(sample.queues)
    ]
    return _response([*whole, *summed])


def per_object(request: HttpRequest, desk: Desk) -> Steps:
    """All figures, those of each queue on their own."""
    whole = yield from _whole(desk)
    sample = yield from looking.sample()
    each = [(f"rabbitmq_{name}", "gauge", says, values) for name, says, values in _of_queues(sample.queues)]
    return _response([*whole, *each])


FAMILIES = {
    "queue_coarse_metrics": ("queue_messages_ready", "queue_messages_unacked", "queue_messages"),
    "queue_consumer_count": ("queue_consumers",),
    "queue_metrics": ("queue_messages_ready", "queue_messages_unacked", "queue_messages", "queue_consumers"),
}
"""What `family` may ask for, and the figures in it."""


def detailed(request: HttpRequest, desk: Desk) -> Steps:
    """The families asked for, of the virtual hosts asked for (none: of all)."""
    asked = parse_qs(request.query_string)
    hosts = asked.get("vhost", [])
    names = {name for family in asked.get("family", []) for name in FAMILIES.get(family, ())}
    sample = yield from looking.sample()
    queues = [each for each in sample.queues if not hosts or each.vhost in hosts]
    shown = [
        (f"rabbitmq_detailed_{name}", "gauge", says, values)
        for name, says, values in _of_queues(queues)
        if name in names
    ]
    return _response([*shown, *_identity()])


def _identity() -> Iterator[Metric]:
    build = _labels(rabbitmq_version=RABBITMQ_VERSION, erlang_version="0")
    yield "rabbitmq_build_info", "untyped", "RabbitMQ's version that this behaves as", [(build, 1)]
    node = _labels(rabbitmq_node=shapes.NODE, rabbitmq_cluster=CLUSTER)
    yield "rabbitmq_identity_info", "untyped", "Node and cluster", [(node, 1)]


def _whole(desk: Desk) -> looking.Look:
    """Figures of the broker as a whole."""
    info: BrokerInfo = yield GetInfo()
    sample = yield from looking.sample()
    rows, owners = yield from looking.everybody()
    channels = sum(row.connection_id in owners for row in rows.channels)
    consumers = sum(row.connection_id in owners for row in rows.subscriptions)
    reasons, machine = sample.totals.blocked_by, desk.machine()
    is_low = sample.totals.is_publishing_blocked and "memory" in (reasons or ("memory",))
    figures: tuple[tuple[str, str, float], ...] = (
        ("connections", "Connections open now", len(owners)),
        ("channels", "Channels open now", channels),
        ("consumers", "Consumers now", consumers),
        ("queues", "Queues now", sample.totals.queues),
        ("process_resident_memory_bytes", "Memory of this process", machine.memory_bytes),
        ("resident_memory_limit_bytes", "Messages may take this much", machine.memory_limit_bytes),
        ("disk_space_available_limit_bytes", "Below it publishers wait", machine.disk_low_bytes),
        ("process_open_fds", "Files and sockets open now", machine.files_open),
        ("process_max_fds", "The most of them", machine.files_max),
        ("process_open_tcp_sockets", "Sockets of clients", sample.totals.connections),
        ("process_max_tcp_sockets", "The most of them", limits.CONNECTIONS_MAX),
        ("alarms_memory_used_watermark", "1: publishers wait", int(is_low)),
        ("alarms_free_disk_space_watermark", "1: publishers wait", int("disk" in reasons)),
        ("alarms_file_descriptor_limit", "1: no new connections", 0),
        ("erlang_uptime_seconds", "Since the start", (sample.at_us - info.started_at_us) / 1e6),
    )
    if machine.disk_free_bytes is not None:
        figures += (("disk_space_available_bytes", "Room left on the disk", machine.disk_free_bytes),)
    found = [(f"rabbitmq_{name}", "gauge", says, [("", float(value))]) for name, says, value in figures]
    return [*_identity(), *found, *_counted(sample.totals), *_deaths(desk)]


def _counted(totals: Totals) -> Iterator[Metric]:
    counters = totals.counters
    labels = _labels(protocol="amqp091")
    for name, says, value in (
        ("received", "Messages published by clients", counters.published),
        ("received_confirm", "Messages whose publisher wants a confirm", counters.awaited),
        ("confirmed", "Messages that were confirmed", counters.confirmed),
        ("routed", "Messages in queues, at first", counters.routed),
        ("unroutable_returned", "Messages that found none, and went back", counters.sent_back),
        ("unroutable_dropped", "Messages that found none", counters.unroutable - counters.sent_back),
    ):
        yield f"rabbitmq_global_messages_{name}_total", "counter", says, [(labels, value)]
    of_kinds = {kind: _figures(totals.of_kinds.get(kind, Counters())) for kind in _OTHER_KINDS}
    for name, (says, whole) in _figures(counters).items():
        others = {kind: of_kinds[kind][name][1] for kind in _OTHER_KINDS}
        values = {"classic": whole - sum(others.values()), **others}
        shown = [
            (_labels(protocol="amqp091", queue_type=f"rabbit_{kind}_queue"), float(value))
            for kind, value in values.items()
        ]
        yield f"rabbitmq_global_messages_{name}_total", "counter", says, shown


_OTHER_KINDS = ("quorum", "stream")
"""All but classic."""


def _figures(counters: Counters) -> dict[str, tuple[str, int]]:
    """What queues count, each kind for itself."""
    handed = shapes.handed_over(counters)
    return {
        "delivered": ("Messages handed over", counters.delivered),
        "delivered_consume_manual_ack": ("To consumers that acknowledge", handed["deliver"]),
        "delivered_consume_auto_ack": ("To consumers that do not", handed["deliver_no_ack"]),
        "delivered_get_manual_ack": ("By basic.get, to be acknowledged", handed["get"]),
        "delivered_get_auto_ack": ("By basic.get, without", handed["get_no_ack"]),
        "get_empty": ("Times that basic.get found nothing", counters.empty_takes),
        "redelivered": ("Messages handed over again", counters.redelivered),
        "acknowledged": ("Messages that consumers are done with", shapes.acknowledged(counters)),
    }


_REASONS = {
    DropReason.LIMIT: "Messages that died of a queue's limit",
    DropReason.EXPIRED: "Messages that died of their age",
    DropReason.REJECTED: "Messages that died of a consumer's refusal",
    DropReason.DELIVERY_LIMIT: "Messages that died of too many deliveries",
}


def _deaths(desk: Desk) -> Iterator[Metric]:
    """By reason, each by kind of queue and whether dead letters go on from there."""
    deaths = desk.deaths()
    for reason, says in _REASONS.items():
        kinds = (
            [QueueKind.QUORUM]
            if reason is DropReason.DELIVERY_LIMIT
            else [QueueKind.CLASSIC, QueueKind.QUORUM]
        )
        values = [
            (
                _labels(queue_type=f"rabbit_{kind}_queue", dead_letter_strategy=strategy),
                float(deaths.get((kind, reason, goes_on), 0)),
            )
            for kind in kinds
            for goes_on, strategy in ((True, "at_most_once"), (False, "disabled"))
        ]
        yield f"rabbitmq_global_messages_dead_lettered_{reason}_total", "counter", says, values


def _of_queues(samples: Iterable[QueueSample]) -> list[tuple[str, str, list[Value]]]:
    samples = list(samples)
    names = [_labels(vhost=each.vhost, queue=each.name) for each in samples]
    levels = (
        ("queue_messages_ready", "Messages ready", [each.ready for each in samples]),
        ("queue_messages_unacked", "Messages in flight", [each.in_flight for each in samples]),
        ("queue_messages", "Both together", [each.ready + each.in_flight for each in samples]),
        ("queue_consumers", "Consumers of a queue", [each.subscriptions for each in samples]),
    )
    return [(name, says, list(zip(names, map(float, values), strict=True))) for name, says, values in levels]


def _response(shown: Iterable[Metric]) -> Response:
    lines: list[str] = []
    for name, kind, says, values in shown:
        lines += [f"# TYPE {name} {kind}", f"# HELP {name} {says}"]
        lines += [f"{name}{labels} {_number(value)}" for labels, value in values]
    return Response(content="\n".join(lines) + "\n", content_type=CONTENT_TYPE)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"


def _labels(**labels: str) -> str:
    shown = ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())
    return f"{{{shown}}}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
