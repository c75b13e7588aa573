"""The words of a lifecycle: events, times to the microsecond, where it stands, and what is not known."""

from datetime import datetime
from typing import Final

from mqstudio.model.lifecycle import BindingAsked, ExchangePassed, Lifecycle, LifePart
from mqstudio.model.rows import LifeStep, MessageRow, MessageState
from mqstudio.viewmodel.wording import clock, counted, duration, exchange_title, plain
from mqstudio.viewmodel.words import tr

LIVE: Final = frozenset({MessageState.READY, MessageState.IN_FLIGHT})


def span(time_us: int) -> str:
    """How long, also the shortest: 0 µs, 12 µs, 0.4 ms, 3.1 s."""
    return f"{time_us} µs" if 0 <= time_us < 1_000 else duration(time_us)


def fine(time_us: int) -> str:
    """How long, so finely that what follows close upon another differs: 12 µs, 32.4 ms, 3.14 s."""
    if time_us < 1_000:
        return f"{time_us} µs"
    if time_us < 1_000_000:
        return f"{time_us / 1_000:.1f} ms"
    return f"{time_us / 1_000_000:.2f} s" if time_us < 60_000_000 else duration(time_us)


def exact(at_us: int) -> str:
    """A moment to the microsecond, local: 24 Nov 12:01:04.112345."""
    at = datetime.fromtimestamp(at_us / 1_000_000)
    return f"{at.day} {at:%b} {at:%H:%M:%S}.{at_us % 1_000_000:06}"


def is_over(row: MessageRow) -> bool:
    """Whether it has left that queue."""
    return row.state not in LIVE


def step_title(step: LifeStep) -> str:
    """What happened, in a word or two."""
    if step.what == "settled":
        return {
            "accepted": tr("acked"),
            "released": tr("given back"),
            "rejected": tr("rejected"),
        }.get(step.outcome, tr("settled"))
    return _titles().get(step.what, plain(step.what.replace("_", " ")))


def _titles() -> dict[str, str]:
    return {
        "published": tr("published"),
        "routed": tr("routed"),
        "unroutable": tr("matched no queue"),
        "enqueued": tr("enqueued"),
        "delivered": tr("delivered"),
        "requeued": tr("back in its place"),
        "dropped": tr("dropped"),
        "dead_lettered": tr("dead-lettered"),
        "refused": tr("refused by the full queue"),
        "delayed": tr("held by its exchange"),
        "purged": tr("purged to the bin"),
        "restored": tr("restored from the bin"),
        "moved": tr("moved by hand"),
    }


def facts_of(step: LifeStep, part: LifePart, first_us: int, before_us: int | None) -> tuple[str, ...]:
    """All that is known of an event, a line each; the first one says what and when."""
    gone = tr("+{time} since it began", time=span(step.at_us - first_us))
    lines = [step_title(step), f"{exact(step.at_us)} · {gone}"]
    if before_us is not None:
        lines.append(tr("{time} after the event before", time=span(step.at_us - before_us)))
    lines += words_of(step, part)
    if step.delivery_tag:
        lines.append(tr("channel {channel}, delivery {tag}", channel=step.channel, tag=step.delivery_tag))
    where = tr("queue {queue}", queue=plain(step.queue, 80)) if step.queue else ""
    lines.append(" · ".join(each for each in (tr("message {number}", number=part.message_id), where) if each))
    return tuple(lines)


def words_of(step: LifeStep, part: LifePart) -> list[str]:
    """Who did it, and what came of it."""
    match step.what:
        case "published":
            return [_published(step, part)]
        case "delivered":
            again = f" · {tr('again')}" if is_again(step) else ""
            told = [tr("to {who}", who=who(step)) + again]
            if step.is_auto_settled:
                told.append(tr("it asked for no acknowledgements: done with as it was handed over"))
            return told
        case "settled":
            by = tr("not by its holder, but by hand") if step.forced_by is not None else ""
            because = plain(step.reason.replace("_", " "))
            return [each for each in (tr("by {who}", who=who(step)), by, because) if each]
        case "dead_lettered":
            reason, exchange = plain(step.reason.replace("_", " ")), exchange_title(step.exchange)
            went = tr(
                "goes on by {exchange} as message {number}", exchange=exchange, number=step.successor_id
            )
            return [f"{reason} · {went}"]
        case "requeued" | "enqueued":
            return []
    return [plain(step.detail)] if step.detail else []


def _published(step: LifeStep, part: LifePart) -> str:
    by = tr("by {who}", who=plain(step.client, 60)) if step.client and not part.parent_id else ""
    to = tr("to {exchange}", exchange=exchange_title(step.exchange))
    key = tr("with key {key}", key=plain(step.routing_key, 80)) if step.routing_key else tr("without a key")
    return " ".join(each for each in (by, to, key) if each)


def is_again(step: LifeStep) -> bool:
    """Whether a delivery was not the first."""
    return step.detail.endswith("(again)")


def who(step: LifeStep) -> str:
    """Whose delivery it was: connection, and consumer if there was one."""
    name = plain(step.client, 60) or tr("connection {number}", number=step.connection_id)
    return f"{name} · {plain(step.tag, 40)}" if step.tag else name


def standing(row: MessageRow, now_us: int) -> str:
    """Where it stands in a queue now, and how long that may last."""
    if row.state is MessageState.READY:
        return _ready(row, now_us)
    if row.state is MessageState.IN_FLIGHT:
        since = span(now_us - row.delivered_at_us) if row.delivered_at_us else ""
        words = tr("in flight: {who} has it since {time}", who=plain(row.holder, 60), time=since)
        if row.lease_until_us is not None:
            words += f", {_left(row.lease_until_us - now_us, tr('of its lease'))}"
        return words
    ended = f" {clock(row.ended_at_us)}" if row.ended_at_us else ""
    because = plain(row.ended_because.replace("_", " "))
    return {
        MessageState.DONE: tr("done") + ended,
        MessageState.DEAD_LETTERED: tr("dead-lettered: {why}", why=because) + ended,
        MessageState.PURGED: tr("taken out by hand: {why}", why=because) + ended,
    }.get(row.state, tr("dropped: {why}", why=because) + ended)


def _ready(row: MessageRow, now_us: int) -> str:
    words = tr("ready")
    if row.enqueued_at_us is not None and not row.delivery_count:
        words += f", {tr('waits since {time}', time=span(now_us - row.enqueued_at_us))}"
    if row.delivery_count:
        words += f", {counted(row.delivery_count, 'try', 'tries')}"
    if row.expires_at_us is not None:
        words += f", {_left(row.expires_at_us - now_us, tr('to live'))}"
    return words


def _left(time_us: int, of_what: str) -> str:
    if time_us <= 0:
        return tr("no time left {of_what}", of_what=of_what)
    return tr("{time} left {of_what}", time=span(time_us), of_what=of_what)


def parent_words(part: LifePart, lifecycle: Lifecycle) -> str:
    """What a message was before, if that is known."""
    if not part.parent_id:
        return ""
    how = next(
        (
            step.what
            for each in lifecycle.parts
            if each.message_id == part.parent_id
            for step in each.steps
            if step.successor_id == part.message_id or step.what == "delayed"
        ),
        "",
    )
    number = part.parent_id
    return {
        "dead_lettered": tr("dead letter of {number}", number=number),
        "delayed": tr("{number}, after its delay", number=number),
        "moved": tr("{number}, moved by hand", number=number),
    }.get(how, tr("was message {number} before", number=number))


def notes_of(lifecycle: Lifecycle, lanes_left_out: int) -> tuple[str, ...]:
    """What is not known, and what is not shown."""
    notes = [note for part in lifecycle.parts for note in _gaps(part, lifecycle)]
    known = {part.message_id for part in lifecycle.parts}
    gone = sorted({part.parent_id for part in lifecycle.parts if part.parent_id} - known)
    if gone and not lifecycle.left_out:
        numbers = ", ".join(str(each) for each in gone)
        notes.append(tr("The ledger has forgotten what it was before: message {numbers}.", numbers=numbers))
    if lifecycle.left_out:
        notes.append(
            tr(
                "{what} not shown.",
                what=counted(lifecycle.left_out, "more relative is", "more relatives are"),
            )
        )
    if lanes_left_out:
        notes.append(
            tr("{what} not shown.", what=counted(lanes_left_out, "more queue is", "more queues are"))
        )
    return tuple(notes)


def _gaps(part: LifePart, lifecycle: Lifecycle) -> list[str]:
    number = part.message_id
    if part.is_unrecorded:
        if lifecycle.recorded_one_in > 1:
            return [
                tr(
                    "Message {number} was not recorded: of messages that do not survive a restart the "
                    "recorder takes one in {one_in}. Shown is where it stands.",
                    number=number,
                    one_in=f"{lifecycle.recorded_one_in:,}",
                )
            ]
        return [tr("The ledger has no events of message {number}. Shown is where it stands.", number=number)]
    notes = []
    if part.is_trimmed:
        notes.append(tr("The ledger has forgotten the first events of message {number}.", number=number))
    if part.left_out:
        notes.append(
            tr("Of message {number} {what} not shown.", number=number,
               what=counted(part.left_out, "earlier event is", "earlier events are"))
        )  # fmt: skip
    return notes


def bindings_words(told: ExchangePassed) -> list[tuple[bool, str]]:
    """The bindings of an exchange, a line each, and whether it matched."""
    return [(each.is_matching, _binding(each)) for each in told.bindings]


def _binding(each: BindingAsked) -> str:
    binding = each.binding
    key = plain(binding.routing_key, 80) or ("" if binding.arguments else tr("(no key)"))
    arguments = ", ".join(
        f"{plain(k, 40)}={plain(str(v), 40)}" for k, v in list(binding.arguments.items())[:8]
    )
    rule = " ".join(part for part in (key, f"[{arguments}]" if arguments else "") if part)
    to = plain(binding.destination, 80)
    words = f"{rule} → {to}"
    if each.was_removed:
        words += f" ({tr('removed since')})"
    return f"{words}: {plain(each.why, 400)}" if each.why else words
