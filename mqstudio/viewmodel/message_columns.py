"""How a message reads in the table: its columns, and its progress in words."""

from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.wording import clock, duration, plain, size, ticking

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
    return f"damaged · {_progress(row, now_us)}" if row.problem else _progress(row, now_us)


def _progress(row: MessageRow, now_us: int) -> str:
    if row.state is MessageState.READY:
        again = "back, " if row.is_redelivered else ""
        return f"{again}waiting {ticking(now_us - (row.enqueued_at_us or row.published_at_us))}"
    if row.state is MessageState.IN_FLIGHT:
        held = f"{ticking(now_us - row.delivered_at_us)} " if row.delivered_at_us else ""
        return f"held {held}by {plain(row.holder.partition(' · ')[0]) or 'a consumer'}"
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
        verb = "with" if row.state is MessageState.IN_FLIGHT else "last with"
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
    Column("progress", "Progress", 196, progress, is_live=True, tip=_tip),
    Column("tries", "Tries", 44, lambda row, _: str(row.delivery_count or ""), is_right=True, tip=_tip),
    Column("key", "Routing key", 86, lambda row, _: plain(row.routing_key)),
    Column("size", "Size", 56, lambda row, _: size(row.size_bytes), is_right=True),
    Column("body", "Body", 240, lambda row, _: plain(row.preview), is_mono=True),
]
