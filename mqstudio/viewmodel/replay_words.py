"""What the replay panel says: how far it is, what a dry run found, how it ended. Pure."""

from msgspec import Struct

from mqstudio.client.replay_shaping import origin
from mqstudio.client.replay_trial import Example, Trial, WayTold
from mqstudio.client.replay_values import Failed
from mqstudio.client.replaying import Replaying
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.wording import count, counted, duration, exchange_title, plain, size
from mqstudio.viewmodel.words import tr


class Line(Struct, frozen=True):
    """A row of what was found: of so many messages that go one way, or of one that did not arrive."""

    number: int
    what: str
    exchange: str
    routing_key: str
    says: str


LINE_COLUMNS: list[Column[Line]] = [
    Column("what", "Messages", 84, lambda line, _: line.what, is_right=True),
    Column("exchange", "Exchange", 120, lambda line, _: line.exchange),
    Column("key", "Routing key", 160, lambda line, _: line.routing_key),
    Column("to", "Goes to, or why not", 320, lambda line, _: line.says, tip=lambda line: line.says),
]

BODY_SHOWN = 400
"""Characters of a body in the preview of a change."""


def trial_says(trial: Trial) -> str:
    """What would be sent, in one line."""
    what = counted(trial.messages, tr("message"), tr("messages"))
    parts = [tr("{what}, {size}", what=what, size=size(trial.size_bytes))]
    if trial.lasts_s:
        parts.append(tr("takes {long}", long=duration(int(trial.lasts_s * 1e6))))
    if trial.left_out:
        parts.append(tr("{count} come of others, and do not go", count=count(trial.left_out)))
    return " · ".join(parts)


def trial_warnings(trial: Trial) -> list[str]:
    """What would go wrong."""
    found = []
    if trial.loops:
        queues = ", ".join(plain(name, 40) for name in trial.loops[:3])
        found.append(tr("Goes into {queues}, where it is taken from", queues=queues))
    if trial.unroutable:
        found.append(tr("{count} would reach no queue", count=count(trial.unroutable)))
    if trial.unfit:
        why = trial.failed[0].says if trial.failed else ""
        found.append(tr("{count} cannot be made so: {why}", count=count(trial.unfit), why=why))
    if trial.unknown:
        found.append(tr("{count} were not looked up: they go too many ways", count=count(trial.unknown)))
    return found


def way_says(way: WayTold) -> tuple[str, str, str, str]:
    """A way as a row: how many, exchange, key, where to."""
    to = ", ".join(plain(queue, 60) for queue in way.queues) or plain(way.problem, 200)
    return count(way.count), plain(exchange_title(way.exchange), 60), plain(way.routing_key, 120), to


def failed_says(failed: Failed) -> tuple[str, str, str, str]:
    """A failure as a row: the message, exchange, key, why."""
    exchange = plain(exchange_title(failed.exchange), 60)
    return f"#{failed.message_id}", exchange, plain(failed.routing_key, 120), plain(failed.says, 300)


def running_says(replaying: Replaying, total: int) -> str:
    """How far it is."""
    counts = replaying.counts
    done = (
        tr("{done} of {total}", done=count(counts.done), total=count(total)) if total else count(counts.done)
    )
    parts = [done]
    parts += [
        text for number, text in (
            (counts.confirmed, tr("{count} confirmed", count=count(counts.confirmed))),
            (counts.expected, tr("{count} to no queue, as before", count=count(counts.expected))),
            (counts.unroutable, tr("{count} unroutable", count=count(counts.unroutable))),
            (counts.refused, tr("{count} refused", count=count(counts.refused))),
            (counts.failed, tr("{count} failed", count=count(counts.failed))),
            (counts.unfit, tr("{count} could not be made", count=count(counts.unfit))),
            (replaying.late.count, tr("{count} late", count=count(replaying.late.count))),
        ) if number
    ]  # fmt: skip
    if replaying.has_ended:
        pass
    elif replaying.waits_for:
        parts.append(tr("waits: {why}", why=replaying.waits_for))
    elif replaying.is_paused:
        parts.append(tr("paused"))
    elif replaying.is_stepping:
        parts.append(tr("step by step"))
    return " · ".join(parts)


def outcome_says(replaying: Replaying, title: str, total: int) -> str:
    """How it ended."""
    says = running_says(replaying, total)
    if replaying.failure:
        return tr("{title} ended early. {why} {says}.", title=title, why=replaying.failure, says=says)
    if replaying.is_cancelled:
        return tr("{title} was stopped: {says}.", title=title, says=says)
    return tr("{title}: {says}.", title=title, says=says)


def next_says(replaying: Replaying) -> str:
    """Which message goes next, for who goes step by step."""
    item = replaying.next_up
    if item is None:
        return ""
    parcel = item.parcel
    where = f"{exchange_title(parcel.exchange)} · {parcel.routing_key}"
    return plain(f"#{item.message_id}  {where}  {_text(parcel.body)}", 300)


def example_says(example: Example) -> tuple[str, str]:
    """The first message as it was, and as it would go."""
    record, parcel = example.record, example.parcel
    exchange, key = origin(record)
    before = f"{exchange_title(exchange)} · {key}\n{_text(record.body)}"
    return before, f"{exchange_title(parcel.exchange)} · {parcel.routing_key}\n{_text(parcel.body)}"


def _text(body: bytes) -> str:
    return body[: BODY_SHOWN * 4].decode("utf-8", "replace")[:BODY_SHOWN]
