"""The path of a message that died on its way: each queue, why it left, by which exchange it went on.

Read from its life, which begins with the messages it was before; what the ledger has forgotten is told
from the deaths that it carries (the header `x-death` of RabbitMQ).
"""

from collections.abc import Sequence

from msgspec import Struct

from mqstudio.model.message import Death
from mqstudio.model.rows import LifeStep, MessageDetail
from mqstudio.viewmodel.message_columns import STATE_TITLES, progress
from mqstudio.viewmodel.wording import clock, counted, duration, exchange_title, plain
from mqstudio.viewmodel.words import tr


class Stop(Struct, frozen=True):
    """One stop: `what` it is (published, exchange, queue, died, delayed, gap, now), words, and when."""

    what: str
    title: str
    detail: str = ""
    at: str = ""
    after: str = ""


def deaths_sentence(deaths: Sequence[Death]) -> str:
    """How often it died, where and why; "" if it never did."""
    if not deaths:
        return ""
    each = ", ".join(f"{_times(d.count)} {_reason(d.reason)} in {plain(d.queue, 60)}" for d in deaths)
    return tr("Died {counted}: {each}.", counted=counted(sum(d.count for d in deaths), "time"), each=each)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def _reason(reason: str) -> str:
    return {"maxlen": "dropped for room", "delivery_limit": "returned too often"}.get(reason, plain(reason))


def path_of(detail: MessageDetail, now_us: int) -> list[Stop]:
    """The stops of a message, oldest first, the last being where it is now."""
    groups = _groups(detail.life)
    deaths = detail.past.deaths if detail.past else ()
    stops: list[Stop] = []
    for place, (message_id, steps) in enumerate(groups):
        following = groups[place + 1][0] if place + 1 < len(groups) else 0
        stops += _arrival(steps, is_first=place == 0 and not (detail.past and message_id == groups[-1][0]))
        if following:
            stops += _departure(steps, following)
    told = sum(stop.what == "died" for stop in stops)
    stops = _forgotten(deaths, told) + stops
    return [*stops, *_here(detail, now_us)]


def _groups(life: Sequence[LifeStep]) -> list[tuple[int, list[LifeStep]]]:
    """The steps of each message that it was, in order."""
    groups: dict[int, list[LifeStep]] = {}
    for step in life:
        groups.setdefault(step.message_id, []).append(step)
    return list(groups.items())


def _arrival(steps: Sequence[LifeStep], *, is_first: bool) -> list[Stop]:
    step = next((step for step in steps if step.what == "published"), None)
    if step is None:
        return []
    key = f"with routing key {plain(step.routing_key, 60)}" if step.routing_key else "without a routing key"
    if is_first:
        title = f"Published {plain(step.detail, 80)}".rstrip()
        return [Stop("published", title, f"to {exchange_title(step.exchange)} {key}", clock(step.at_us))]
    return [Stop("exchange", exchange_title(step.exchange), key, clock(step.at_us))]


def _departure(steps: Sequence[LifeStep], successor_id: int) -> list[Stop]:
    """The queue it died in and why; or that its exchange held it."""
    arrived = steps[0]
    end = next((step for step in steps if step.successor_id == successor_id), None)
    if end is None:
        held = next((step for step in steps if step.what == "delayed"), None)
        return [Stop("delayed", tr("Held by its exchange"), held.detail, clock(held.at_us))] if held else []
    handed = [step for step in steps if step.what == "delivered" and step.queue == end.queue]
    there = duration(end.at_us - arrived.at_us)
    tries = counted(len(handed), "try", "tries") if handed else "nobody took it"
    return [
        Stop(
            "queue",
            plain(end.queue, 80),
            tr("{tries}, there for {there}", tries=tries, there=there),
            clock(arrived.at_us),
        ),
        _death(end, handed, there),
    ]


def _death(end: LifeStep, handed: Sequence[LifeStep], there: str) -> Stop:
    who = _holder(handed[-1]) if handed else ""
    tries = counted(len(handed), "try", "tries")
    title = {
        "rejected": f"Rejected{who and f' by {who}'} after {tries}",
        "expired": f"Expired after {there}",
        "maxlen": "Dropped to make room",
        "delivery_limit": f"Returned too often: {tries}",
    }.get(end.reason, plain(end.reason.replace("_", " ")).capitalize())
    return Stop(
        "died",
        title,
        tr("goes on by {exchange}", exchange=exchange_title(end.exchange)),
        clock(end.at_us),
        f"+{there}",
    )


def _holder(step: LifeStep) -> str:
    return plain(step.detail.removeprefix("to ").partition(" · ")[0].removesuffix(" (again)"), 60)


def _forgotten(deaths: Sequence[Death], told: int) -> list[Stop]:
    """What only the deaths tell: each queue and reason, the oldest first."""
    if sum(death.count for death in deaths) <= told:
        return []
    says = tr("The ledger no longer has every step; this is what the message itself remembers.")
    stops = [Stop("gap", tr("Earlier"), says)]
    for death in reversed(deaths):
        by = f"published by {exchange_title(death.exchange)}"
        stops.append(
            Stop(
                "died",
                f"{_reason(death.reason).capitalize()} in {plain(death.queue, 60)}",
                f"{_times(death.count)}, {by}",
                clock(death.at_us),
            )
        )
    return stops


def _here(detail: MessageDetail, now_us: int) -> list[Stop]:
    row = detail.row
    at_us = row.ended_at_us or row.delivered_at_us or row.enqueued_at_us or row.published_at_us
    words = f"{STATE_TITLES[row.state]}, {progress(row, now_us)}"
    if row.delivery_count > 1:
        words += f", {counted(row.delivery_count, 'try', 'tries')}"
    return [Stop("now", plain(row.queue, 80), words, clock(at_us))]
