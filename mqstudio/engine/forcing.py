"""Ending by hand what somebody holds. Its holder may settle it later: of just that delivery it is ignored."""

from typing import TYPE_CHECKING

from mqstudio.engine import lending, log, settling
from mqstudio.engine.channel import Channel, Delivery
from mqstudio.engine.vhost import find_queue
from mqstudio.model.delivery import Outcome
from mqstudio.model.events import EventBatch, Intervened
from mqstudio.model.limits import FORCED_MAX
from mqstudio.model.verbs import ActedReply, ForceOutcome

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine

VERBS = {Outcome.RELEASED: "release", Outcome.ACCEPTED: "accept", Outcome.REJECTED: "reject"}
"""What the ledger calls it."""


def force_outcome(engine: "Engine", command: ForceOutcome, now_us: int, events: EventBatch) -> ActedReply:
    """End deliveries whoever holds them. Raises: RefusedError: NO_SUCH_QUEUE, NOT_SUPPORTED."""
    channel = engine.channel(command.channel_id)
    queue = find_queue(channel.vhost, command.queue)
    if queue.is_log:
        raise log.not_supported(queue, "force", "Whoever reads it settles what it has read")
    wanted, only = set(command.ids), set(command.deliveries)
    found: list[tuple[int, Delivery, Channel]] = []
    for holder in engine.channels.values() if queue.in_flight else ():
        found += (
            (tag, delivery, holder)
            for tag, delivery in holder.deliveries.items()
            if delivery.queue is queue
            and delivery.event.message.id in wanted
            and (not only or (holder.ref.id, tag) in only)
        )
    found.sort(key=lambda each: settling.return_order(each[:2]))
    by = channel.connection.id
    for tag, delivery, holder in found:
        del holder.deliveries[tag]
        _remember(holder, tag)
        settling.end(engine, holder, tag, delivery, command.outcome, now_us, events, by)
    ended = {delivery.event.message.id for _, delivery, _ in found}
    loans = [queue.loans[each] for each in sorted(wanted & queue.loans.keys(), reverse=True)]
    for loan in loans:
        if not only or (loan.event.channel.id, loan.event.delivery_tag) in only:
            lending.end(engine, loan, command.outcome, now_us, events, by)
            ended.add(loan.event.message.id)
    if ended:
        events.note(Intervened(now_us, by, VERBS[command.outcome], queue.ref, len(ended)))
    return ActedReply(len(ended), tuple(each for each in dict.fromkeys(command.ids) if each not in ended))


def _remember(holder: Channel, tag: int) -> None:
    holder.forced[tag] = None
    if len(holder.forced) > FORCED_MAX:
        del holder.forced[next(iter(holder.forced))]
