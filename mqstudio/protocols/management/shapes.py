"""The broker's rows as the API's JSON objects, with the keys that tools read."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from urllib.parse import quote_plus

import msgspec

from mqstudio.model.access import HashKind, Permission, TopicPermission, User
from mqstudio.model.policies import Policy
from mqstudio.model.rows import ChannelRow, ExchangeRow, QueueRow, RateHistory, SubscriptionRow
from mqstudio.model.samples import Counters, QueueSample
from mqstudio.model.topology import Arguments, BindingSpec, ConnectionInfo, VhostSpec
from mqstudio.protocols.management.answers import Json

NODE = "rabbit@localhost"
"""What tools take for the node's name."""


RATE_SPAN_US = 5_000_000
"""Rates are means over this long: tools that ask once in a while would see but a quarter of a second."""


def stats(counters: Counters, history: RateHistory | None, *, is_whole: bool = False) -> Json:
    """`message_stats` of a queue, or of the broker; absent (None) until something has happened."""
    figures = {
        "publish": counters.published,
        "deliver_get": counters.delivered,
        **handed_over(counters),
        "get_empty": counters.empty_takes,
        "ack": acknowledged(counters),
        "redeliver": counters.redelivered,
    }
    if is_whole:
        figures["confirm"] = counters.confirmed
        figures["return_unroutable"] = counters.sent_back
        figures["drop_unroutable"] = counters.unroutable - counters.sent_back
    if not any(figures.values()):
        return None
    rates = {} if history is None else _shared_out(recent_rates(history), counters)
    shown: dict[str, Json] = dict(figures)
    shown |= {f"{name}_details": {"rate": rates.get(name, 0.0)} for name in figures}
    return shown


def handed_over(counters: Counters) -> dict[str, int]:
    """Hand-overs by kind, as RabbitMQ calls them."""
    at_once, taken_at_once = counters.auto_settled, counters.auto_taken
    return {
        "deliver": counters.delivered - counters.taken - (at_once - taken_at_once),
        "deliver_no_ack": at_once - taken_at_once,
        "get": counters.taken - taken_at_once,
        "get_no_ack": taken_at_once,
    }


def _shared_out(rates: dict[str, float], counters: Counters) -> dict[str, float]:
    """Rates of hand-overs by kind as well: the whole by the kinds' shares in all there ever were.

    So with acknowledgements: what was done with at once is none.
    """
    shared = dict(rates)
    if counters.delivered:
        each = rates["deliver_get"] / counters.delivered
        shared |= {kind: each * count for kind, count in handed_over(counters).items()}
    if counters.settled:
        shared["ack"] = rates["ack"] * acknowledged(counters) / counters.settled
    return shared


def acknowledged(counters: Counters) -> int:
    """What consumers have said they are done with: RabbitMQ does not count what was done with at once."""
    return counters.settled - counters.auto_settled


def recent_rates(history: RateHistory) -> dict[str, float]:
    """Events per second, lately."""
    times = history.times_us
    spans = [after - before for before, after in pairwise(times)]
    steps = range(len(times) - 1, 0, -1)
    lately = [step for step in steps if times[-1] - times[step] < RATE_SPAN_US]
    whole_us = sum(spans[step - 1] for step in lately)
    series = {
        "publish": history.published_per_s,
        "deliver_get": history.delivered_per_s,
        "ack": history.settled_per_s,
    }
    if not whole_us:
        return {name: rates[-1] if rates else 0.0 for name, rates in series.items()}
    return {
        name: sum(rates[step] * spans[step - 1] for step in lately) / whole_us
        for name, rates in series.items()
    }


def level(name: str, value: int, history: RateHistory | None = None) -> dict[str, Json]:
    """A level with its rate, as RabbitMQ shows both; 0 where no history is kept of it."""
    rate = 0.0
    if history is not None and len(history.times_us) > 1:
        span_us = history.times_us[-1] - history.times_us[-2]
        rate = (history.depth[-1] - history.depth[-2]) * 1_000_000 / span_us if span_us else 0.0
    return {name: value, f"{name}_details": {"rate": rate}}


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
        "policy": row.policy or None,
        "operator_policy": row.operator_policy or None,
        "exclusive_consumer_tag": None,
        "single_active_consumer_tag": next(
            (c["consumer_tag"] for c in consumers if c["active"] and row.rules.is_single_active), None
        ),
        "consumer_details": consumers,
        **level("messages", row.ready + row.in_flight, history),
        **level("messages_ready", row.ready),
        **level("messages_unacknowledged", row.in_flight),
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


def connection(info: ConnectionInfo, channels: int, *, is_blocked: bool) -> dict[str, Json]:
    """A client. Its name is that of its two ends, as RabbitMQ's."""
    peer, own, terms = _end(info.address), _end(info.local_address), info.terms
    return {
        "name": connection_name(info),
        "user_provided_name": info.name,
        "user": info.user,
        "vhost": info.vhost,
        "protocol": "AMQP 0-9-1",
        "state": "blocked" if is_blocked else "running",
        "node": NODE,
        "type": "network",
        "peer_host": peer[0],
        "peer_port": peer[1],
        "host": own[0],
        "port": own[1],
        "ssl": terms.is_encrypted,
        "auth_mechanism": terms.mechanism,
        "channels": channels,
        "channel_max": terms.channel_max,
        "frame_max": terms.frame_max,
        "timeout": terms.heartbeat_s,
        "connected_at": info.opened_at_us // 1000,
        "client_properties": {
            "product": info.product,
            "version": info.version,
            "platform": info.platform,
            "connection_name": info.name,
        },
    }


def _end(address: str) -> tuple[str, int]:
    """Host and port of an address as people write it."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port) if port.isdigit() else 0


def connection_name(info: ConnectionInfo) -> str:
    """What a connection is called in URLs."""
    return f"{info.address} -> {info.local_address}"


def channel(row: ChannelRow, owner: ConnectionInfo, prefetch: int = 0) -> dict[str, Json]:
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


def _details(owner: ConnectionInfo) -> dict[str, Json]:
    host, port = _end(owner.address)
    return {"name": connection_name(owner), "peer_host": host, "peer_port": port}


def consumer(row: SubscriptionRow, owner: ConnectionInfo) -> dict[str, Json]:
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
        "consumer_timeout": (row.lease_us or 0) // 1000,
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
        # Without a password there is no hash: RabbitMQ must know the word, or it refuses the whole file.
        "hashing_algorithm": (one.hash_kind if one.has_password else HashKind.SHA256).value,
        "tags": list(one.tags),
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
