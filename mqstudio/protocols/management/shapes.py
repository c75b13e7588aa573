"""The broker's rows as the API's JSON objects, with the keys that tools read."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote_plus

import msgspec

from mqstudio.model.access import Permission, TopicPermission, User
from mqstudio.model.policies import Policy
from mqstudio.model.rows import ChannelRow, ExchangeRow, QueueRow, RateHistory, SubscriptionRow
from mqstudio.model.samples import ConnectionSample, Counters, QueueSample
from mqstudio.model.topology import Arguments, BindingSpec, VhostSpec
from mqstudio.protocols.management.answers import Json

NODE = "rabbit@localhost"
"""What tools take for the node's name."""


def stats(counters: Counters, history: RateHistory | None) -> Json:
    """`message_stats`; absent (None) until something has happened."""
    figures = {
        "publish": counters.published,
        "deliver_get": counters.delivered,
        "ack": counters.settled,
        "redeliver": counters.redelivered,
        "return_unroutable": counters.unroutable,
    }
    if not any(figures.values()):
        return None
    rates = {
        "publish": _last(history.published_per_s if history else []),
        "deliver_get": _last(history.delivered_per_s if history else []),
        "ack": _last(history.settled_per_s if history else []),
    }
    shown: dict[str, Json] = dict(figures)
    shown |= {f"{name}_details": {"rate": rates.get(name, 0.0)} for name in figures}
    return shown


def _last(rates: list[float]) -> float:
    return rates[-1] if rates else 0.0


def level(name: str, value: int) -> dict[str, Json]:
    """A level with its rate, as RabbitMQ shows both."""
    return {name: value, f"{name}_details": {"rate": 0.0}}


def queue(
    row: QueueRow, sample: QueueSample | None, history: RateHistory | None, consumers: list[Json]
) -> dict[str, Json]:
    """A queue."""
    spec = row.spec
    shown = {
        "name": spec.name,
        "vhost": row.vhost,
        "type": row.rules.kind.value,
        "durable": spec.is_durable,
        "auto_delete": spec.is_auto_delete,
        "exclusive": spec.is_exclusive,
        "arguments": spec.arguments,
        "node": NODE,
        "state": "running",
        "consumers": row.subscriptions,
        "consumer_capacity": 0.0,
        "consumer_utilisation": 0.0,
        "policy": row.policy or None,
        "operator_policy": row.operator_policy or None,
        "exclusive_consumer_tag": None,
        "single_active_consumer_tag": next(
            (c["consumer_tag"] for c in consumers if c["active"] and row.rules.is_single_active), None
        ),
        "consumer_details": consumers,
        **level("messages", row.ready + row.in_flight),
        **level("messages_ready", row.ready),
        **level("messages_unacknowledged", row.in_flight),
        "memory": 0,
    }
    if row.used_at_us and not row.subscriptions:
        shown["idle_since"] = _time(row.used_at_us)
    figures = stats(sample.counters, history) if sample else None
    if figures is not None:
        shown["message_stats"] = figures
    return shown


def _time(at_us: int) -> str:
    """As RabbitMQ writes times: ISO 8601, to the millisecond, with an offset."""
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).isoformat(timespec="milliseconds")


def exchange(row: ExchangeRow, published: int) -> dict[str, Json]:
    """An exchange."""
    spec = row.spec
    shown = {
        "name": spec.name,
        "vhost": row.vhost,
        "type": spec.kind,
        "durable": spec.is_durable,
        "auto_delete": spec.is_auto_delete,
        "internal": spec.is_internal,
        "arguments": spec.arguments,
    }
    if row.policy:
        shown["policy"] = row.policy
    if published:
        shown["message_stats"] = {"publish_in": published, "publish_in_details": {"rate": 0.0}}
    return shown


def properties_key(routing_key: str, arguments: Arguments) -> str:
    """What stands in a URL for a binding's key and arguments."""
    quoted = quote_plus(routing_key, safe="").replace("~", "%7E")
    if not arguments:
        return quoted or "~"
    digest = sha256(msgspec.msgpack.encode(arguments, order="sorted")).digest()
    return f"{quoted}~{urlsafe_b64encode(digest[:9]).decode()}"


def binding(vhost: str, spec: BindingSpec) -> dict[str, Json]:
    """A binding."""
    return {
        "source": spec.exchange,
        "vhost": vhost,
        "destination": spec.destination,
        "destination_type": spec.destination_kind.value,
        "routing_key": spec.routing_key,
        "arguments": spec.arguments,
        "properties_key": properties_key(spec.routing_key, spec.arguments),
    }


def connection(sample: ConnectionSample) -> dict[str, Json]:
    """A client. Its name is that of its two ends, as RabbitMQ's."""
    host, _, port = sample.address.rpartition(":")
    return {
        "name": connection_name(sample),
        "user_provided_name": sample.name,
        "user": sample.user,
        "vhost": sample.vhost,
        "protocol": "AMQP 0-9-1",
        "state": "blocked" if sample.is_blocked else "running",
        "node": NODE,
        "type": "network",
        "peer_host": host.strip("[]"),
        "peer_port": int(port) if port.isdigit() else 0,
        "host": "127.0.0.1",
        "port": 5672,
        "ssl": False,
        "auth_mechanism": "PLAIN",
        "channels": sample.channels,
        "channel_max": 2047,
        "frame_max": 131_072,
        "timeout": 60,
        "connected_at": sample.opened_at_us // 1000,
        "client_properties": {
            "product": sample.product,
            "version": sample.version,
            "platform": sample.platform,
            "connection_name": sample.name,
        },
        "recv_oct": 0,
        "send_oct": 0,
    }


def connection_name(sample: ConnectionSample) -> str:
    """What a connection is called in URLs."""
    return f"{sample.address} -> 127.0.0.1:5672"


def channel(row: ChannelRow, owner: ConnectionSample, prefetch: int = 0) -> dict[str, Json]:
    """A channel; `prefetch` is that of its newest consumer."""
    return {
        "name": f"{connection_name(owner)} ({row.number})",
        "number": row.number,
        "vhost": row.vhost,
        "user": owner.user,
        "node": NODE,
        "state": "running",
        "connection_details": _details(owner),
        "consumer_count": row.subscriptions,
        "messages_unacknowledged": row.unacked,
        "messages_unconfirmed": 0,
        "messages_uncommitted": 0,
        "acks_uncommitted": 0,
        "prefetch_count": prefetch,
        "global_prefetch_count": row.credit,
        "transactional": row.is_transactional,
        "confirm": False,
    }


def _details(owner: ConnectionSample) -> dict[str, Json]:
    host, _, port = owner.address.rpartition(":")
    return {
        "name": connection_name(owner),
        "peer_host": host.strip("[]"),
        "peer_port": int(port) if port.isdigit() else 0,
    }


def consumer(row: SubscriptionRow, owner: ConnectionSample) -> dict[str, Json]:
    """A consumer."""
    details = _details(owner)
    return {
        "consumer_tag": row.tag,
        "queue": {"name": row.queue, "vhost": row.vhost},
        "channel_details": {
            "name": f"{details['name']} ({row.channel_number})",
            "number": row.channel_number,
            "connection_name": details["name"],
            "peer_host": details["peer_host"],
            "peer_port": details["peer_port"],
            "user": owner.user,
            "node": NODE,
        },
        "ack_required": not row.is_auto_settled,
        "prefetch_count": row.credit,
        "exclusive": row.is_exclusive,
        "active": row.is_active,
        "activity_status": "up" if row.is_active else "waiting",
        "arguments": row.arguments,
    }


def vhost(spec: VhostSpec, ready: int, in_flight: int) -> dict[str, Json]:
    """A virtual host."""
    return {
        "name": spec.name,
        "description": spec.description,
        "tags": list(spec.tags),
        "default_queue_type": spec.default_kind or "undefined",
        "metadata": {"description": spec.description, "tags": list(spec.tags)},
        "tracing": spec.is_traced,
        "cluster_state": {NODE: "running"},
        **level("messages", ready + in_flight),
        **level("messages_ready", ready),
        **level("messages_unacknowledged", in_flight),
    }


def user(one: User) -> dict[str, Json]:
    """A user."""
    return {
        "name": one.name,
        "password_hash": one.password_hash,
        "hashing_algorithm": one.hash_kind.value,
        "tags": list(one.tags),
        "limits": {},
    }


def permission(one: Permission) -> dict[str, Json]:
    """A permission."""
    return msgspec.structs.asdict(one)


def topic_permission(one: TopicPermission) -> dict[str, Json]:
    """A topic permission."""
    return msgspec.structs.asdict(one)


def policy(one: Policy) -> dict[str, Json]:
    """A policy."""
    return {
        "vhost": one.vhost,
        "name": one.name,
        "pattern": one.pattern,
        "apply-to": one.applies_to.value,
        "definition": one.definition,
        "priority": one.priority,
    }
