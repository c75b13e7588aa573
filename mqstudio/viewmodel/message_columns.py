"""How a message reads in the table: its columns, and its progress in words."""

from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.wording import clock, duration, exchange_title, plain, size, ticking
from mqstudio.viewmodel.words import tr

STATE_TITLES = {
    MessageState.READY: "Ready",
    MessageState.IN_FLIGHT: "In flight",
    MessageState.DONE: "Done",
    MessageState.DROPPED: "Dropped",
    MessageState.DEAD_LETTERED: "Dead",
    MessageState.PURGED: "Purged",
}

BROKER_WORDS = {
    MessageState.READY: "waiting for a consumer",
    MessageState.IN_FLIGHT: "unacked: delivered, not yet acknowledged",
    MessageState.DONE: "acked: acknowledged by its consumer",
    MessageState.DROPPED: "left the queue without being accepted",
    MessageState.DEAD_LETTERED: "dead-lettered: left this queue and goes on by another exchange",
    MessageState.PURGED: "in the bin: undo brings it back",
}
"""The broker's own words for our states, in grey beside them."""


def progress(row: MessageRow, now_us: int) -> str:
    """Where the message stands: waiting how long, with whom for how long, or how it ended."""
    return tr("damaged · {row}", row=_progress(row, now_us)) if row.problem else _progress(row, now_us)


def _progress(row: MessageRow, now_us: int) -> str:
    if row.state is MessageState.READY:
        again = "back, " if row.is_redelivered else ""
        return f"{again}waiting {ticking(now_us - (row.enqueued_at_us or row.published_at_us))}"
    if row.state is MessageState.IN_FLIGHT:
        held = f"{ticking(now_us - row.delivered_at_us)} " if row.delivered_at_us else ""
        return tr(
            "held {held}by {value}", held=held, value=plain(row.holder.partition(" · ")[0]) or "a consumer"
        )
    if row.state is MessageState.DONE:
        return " · ".join(_spans(row)) or "accepted"
    after = f" after {duration(row.ended_at_us - row.published_at_us)}" if row.ended_at_us else ""
    return f"{_ended(row)}{after}"


def _spans(row: MessageRow) -> list[str]:
    """How long it waited and how long it was held, as far as the ledger remembers."""
    spans = []
    if row.delivered_at_us and row.enqueued_at_us:
        spans.append(f"waited {duration(row.delivered_at_us - row.enqueued_at_us)}")
    if row.ended_at_us and row.delivered_at_us:
        spans.append(f"held {duration(row.ended_at_us - row.delivered_at_us)}")
    return spans


def _ended(row: MessageRow) -> str:
    return plain(row.ended_because.replace("_", " ")) or STATE_TITLES[row.state].lower()


def _tip(row: MessageRow) -> str:
    parts = [f"{STATE_TITLES[row.state]}: {BROKER_WORDS[row.state]}"]
    if row.holder:
        verb = "with" if row.state is MessageState.IN_FLIGHT else tr("last with")
        parts.append(f"{verb} {plain(row.holder)}")
    if row.publisher:
        parts.append(f"published by {plain(row.publisher)}")
    if row.delivery_count > 1:
        parts.append(f"delivered {row.delivery_count} times")
    if row.problem:
        parts.append(f"damaged: {plain(row.problem)}")
    return "; ".join(parts)


MESSAGE_COLUMNS: list[Column[MessageRow]] = [
    Column("state", "State", 88, lambda row, _: STATE_TITLES[row.state], tip=_tip),
    Column("id", "#", 50, lambda row, _: str(row.message_id), is_right=True),
    Column("time", "Time", 98, lambda row, _: clock(row.published_at_us)),
    Column("progress", "Progress", 236, progress, is_live=True, tip=_tip),
    Column("tries", "Tries", 44, lambda row, _: str(row.delivery_count or ""), is_right=True, tip=_tip),
    Column("key", "Routing key", 86, lambda row, _: plain(row.routing_key)),
    Column("size", "Size", 56, lambda row, _: size(row.size_bytes), is_right=True),
    Column("body", "Body", 240, lambda row, _: plain(row.preview), is_mono=True),
]
"""Those that are shown at first."""

SAYS = {
    "state": "where it stands in the queue",
    "id": "its number in this broker",
    "time": "when it was published",
    "progress": "waiting how long, with whom, or how it ended",
    "tries": "how often it was handed over",
    "key": "the routing key",
    "size": "the size of its body",
    "body": "the beginning of its body",
}
"""What those columns show, for who chooses columns."""


def lease_left(row: MessageRow, now_us: int) -> str:
    """How long who holds it may go on holding it; "" where there is no end to that."""
    if row.state is not MessageState.IN_FLIGHT or row.lease_until_us is None:
        return ""
    return _left(row.lease_until_us - now_us, "overdue")


def time_to_live(row: MessageRow, now_us: int) -> str:
    """How long a ready message may go on waiting; "" where it may for ever."""
    if row.state is not MessageState.READY or row.expires_at_us is None:
        return ""
    return _left(row.expires_at_us - now_us, "expired")


def _left(left_us: int, over: str) -> str:
    return f"{ticking(left_us)} left" if left_us > 0 else over


def ack_latency(row: MessageRow, _: int) -> str:
    """How long its consumer took to accept it."""
    if row.state is not MessageState.DONE or not row.ended_at_us or not row.delivered_at_us:
        return ""
    return duration(row.ended_at_us - row.delivered_at_us)


def waited(row: MessageRow, now_us: int) -> str:
    """How long it waited to be handed over, or has been waiting."""
    since_us = row.enqueued_at_us or row.published_at_us
    if row.delivered_at_us:
        return duration(row.delivered_at_us - since_us)
    return ticking(now_us - since_us) if row.state is MessageState.READY else ""


def _consumer(row: MessageRow, _: int) -> str:
    return plain(row.holder.rpartition(" · ")[2]) if " · " in row.holder else ""


def _moment(at_us: int | None) -> str:
    return clock(at_us) if at_us else ""


OTHER_COLUMNS: list[Column[MessageRow]] = [
    Column("exchange", "Exchange", 100, lambda row, _: exchange_title(row.exchange),
           says="where it was published to"),
    Column("publisher", "Publisher", 140, lambda row, _: plain(row.publisher),
           says="the connection that published it"),
    Column("holder", "Held by", 140, lambda row, _: plain(row.holder.partition(" · ")[0]),
           says="the connection that has it, or had it last"),
    Column("consumer", "Consumer", 110, _consumer, says="the consumer tag that has it, or had it last"),
    Column("delivered", "Delivered", 98, lambda row, _: _moment(row.delivered_at_us),
           says="when it was last handed over"),
    Column("ended", "Ended", 98, lambda row, _: _moment(row.ended_at_us), says="when it left the queue"),
    Column("reason", "Reason", 100, lambda row, _: plain(row.ended_because.replace("_", " ")),
           says="why it left the queue"),
    Column("waited", "Waited", 72, waited, is_right=True, is_live=True,
           says="from being published to being handed over, or until now"),
    Column("ack", "Ack latency", 84, ack_latency, is_right=True,
           says="how long its consumer took to accept it"),
    Column("lease", "Lease left", 84, lease_left, is_right=True, is_live=True,
           says="how long who holds it may hold it: the consumer timeout"),
    Column("ttl", "TTL left", 84, time_to_live, is_right=True, is_live=True, says="until it expires"),
    Column("redelivered", "Redelivered", 84, lambda row, _: "redelivered" if row.is_redelivered else "",
           says="whether it was handed over before"),
    Column("mark", "Mark", 110, lambda _, __: "", says="the star or colour, and the comment, of yours"),
    Column("priority", "Priority", 56, lambda row, _: str(row.priority or ""), is_right=True,
           says="its priority"),
]  # fmt: skip
"""Those that rows carry, beside the first."""

PROPERTY_TITLES = {
    "message_id": "Message id",
    "correlation_id": "Correlation id",
    "reply_to": "Reply to",
    "type": "Type",
    "content_type": "Content type",
    "content_encoding": "Encoding",
    "app_id": "App id",
    "user_id": "User id",
    "expiration": "Expiration",
}
"""Fields of the properties that are columns; their values are looked up. See `message_values`."""
