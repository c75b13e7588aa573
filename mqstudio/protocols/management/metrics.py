"""Metrics for Prometheus, with the names that dashboards of RabbitMQ read."""

from collections.abc import Iterable

from mqstudio.model.queries import GetInfo
from mqstudio.model.rows import BrokerInfo
from mqstudio.protocols.management import looking, shapes
from mqstudio.protocols.management.answers import Desk, HttpRequest, Response, Steps
from mqstudio.protocols.management.overview import CLUSTER, RABBITMQ_VERSION

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Value = tuple[str, float]
"""Labels as they stand in the text ("" for none), and the value."""


def metrics(request: HttpRequest, desk: Desk) -> Steps:
    """All figures; those of queues summed, or (per-object, detailed) each on its own."""
    info: BrokerInfo = yield GetInfo()
    sample = yield from looking.sample()
    rows, owners = yield from looking.everybody()
    totals, counters = sample.totals, sample.totals.counters
    channels = sum(row.connection_id in owners for row in rows.channels)
    is_each = "per-object" in request.path or "detailed" in request.path
    lines = [
        *_metric(
            "rabbitmq_build_info", "gauge", "Version", [(_labels(rabbitmq_version=RABBITMQ_VERSION), 1)]
        ),
        *_metric(
            "rabbitmq_identity_info",
            "gauge",
            "Identity",
            [(_labels(rabbitmq_node=shapes.NODE, rabbitmq_cluster=CLUSTER), 1)],
        ),
        *_one("rabbitmq_connections", "gauge", "Connections open now", len(owners)),
        *_one("rabbitmq_channels", "gauge", "Channels open now", channels),
        *_one("rabbitmq_consumers", "gauge", "Consumers", len(rows.subscriptions)),
        *_one("rabbitmq_queues", "gauge", "Queues", totals.queues),
        *_one("rabbitmq_process_resident_memory_bytes", "gauge", "Message memory", totals.memory_bytes),
        *_one("rabbitmq_alarms_memory_used_watermark", "gauge", "1: alarm", totals.is_publishing_blocked),
        *_one("rabbitmq_erlang_uptime_seconds", "gauge", "Uptime", (sample.at_us - info.started_at_us) / 1e6),
        *_global("received", "Messages received", counters.published),
        *_global("routed", "Messages routed", counters.published - counters.unroutable),
        *_global("unroutable_dropped", "Unroutable messages", counters.unroutable),
        *_global("delivered", "Messages delivered", counters.delivered),
        *_global("redelivered", "Messages redelivered", counters.redelivered),
        *_global("acknowledged", "Messages acknowledged", counters.settled),
    ]
    levels = {
        "rabbitmq_queue_messages_ready": [each.ready for each in sample.queues],
        "rabbitmq_queue_messages_unacked": [each.in_flight for each in sample.queues],
        "rabbitmq_queue_messages": [each.ready + each.in_flight for each in sample.queues],
        "rabbitmq_queue_consumers": [each.subscriptions for each in sample.queues],
    }
    names = [_labels(vhost=each.vhost, queue=each.name) for each in sample.queues]
    for name, values in levels.items():
        shown: Iterable[Value] = zip(names, values, strict=True) if is_each else [("", sum(values))]
        lines += _metric(name, "gauge", "Of queues", shown)
    return Response(content="\n".join(lines) + "\n", content_type=CONTENT_TYPE)


def _one(name: str, kind: str, says: str, value: float) -> list[str]:
    return _metric(name, kind, says, [("", value)])


def _global(what: str, says: str, value: float) -> list[str]:
    labels = _labels(protocol="amqp091")
    return _metric(f"rabbitmq_global_messages_{what}_total", "counter", says, [(labels, value)])


def _metric(name: str, kind: str, says: str, values: Iterable[Value]) -> list[str]:
    return [
        f"# TYPE {name} {kind}",
        f"# HELP {name} {says}",
        *(
            f"{name}{labels} {float(value):g}" if value < 1e6 else f"{name}{labels} {int(value)}"
            for labels, value in values
        ),
    ]


def _labels(**labels: str) -> str:
    shown = ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())
    return f"{{{shown}}}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
