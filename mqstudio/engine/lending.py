"""Lending: messages are handed out until a time, to whoever asks; then they come back by themselves.

A loan belongs to its queue, not to the connection that it was made to: who has borrowed a message may come
by another one to settle it. Who finds nothing may wait in the ring of those who want the queue's messages;
the first hand-over ends the waiting.
"""

from typing import TYPE_CHECKING

from mqstudio.engine import arriving, browse, dying, expiring, paging, removing, sending, settling
from mqstudio.engine.channel import Channel, Delivery
from mqstudio.engine.deadlines import Deadline
from mqstudio.engine.queue import Queue
from mqstudio.engine.subscription import Subscription
from mqstudio.model.delivery import DropReason, Outcome, ReleaseCause
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch, MessageDelivered, MessageSettled
from mqstudio.model.lending import (
    AbandonWait,
    BorrowMessages,
    ExtendLoan,
    GatherQueue,
    Loan,
    LoansReply,
    MessagesLent,
    ReturnLoan,
)
from mqstudio.model.refs import SubscriptionRef
from mqstudio.model.replies import CountReply

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine

PAGE_WAIT_US = 2_000_000
"""How long who would not wait does wait for messages that are on their way from the store."""


class Wait(Subscription):
    """Somebody waits for messages: a subscription that ends with what it gets.

    It is in its queue's ring and takes turns with others there, but no consumer of the queue.
    """

    __slots__ = ("command", "due")

    def __init__(self, queue: Queue, channel: Channel, command: BorrowMessages) -> None:
        ref = SubscriptionRef(0, channel.connection.info.id, channel.ref.number, command.tag)
        super().__init__(ref, queue, channel, credit=command.most)
        self.command = command
        self.is_eager = True
        self.due: Deadline | None = None


def borrow(engine: "Engine", command: BorrowMessages, now_us: int, events: EventBatch) -> LoansReply | None:
    """Lend what there is; None: MessagesLent will come.

    Raises: RefusedError: NO_SUCH_QUEUE, LOCKED_BY_OTHER_CONNECTION, NOT_SUPPORTED, TOO_MANY_IN_FLIGHT.
    """
    channel = engine.channel(command.channel_id)
    queue = engine.queue(channel, command.queue)
    _check(queue, command)
    removing.use(engine, queue, now_us)
    is_paused = queue.is_paused or engine.is_paused
    loans = () if is_paused else _lend(engine, queue, channel, command, now_us, events)
    wait_us = command.wait_us
    if queue.beyond is not None and not is_paused:
        queue.beyond.is_wanted = True
        paging.look(engine, queue)
        if queue.on_disk and not queue.ready:
            wait_us = max(wait_us, PAGE_WAIT_US)
    queue.empty_takes += not loans
    if loans or not wait_us:
        return LoansReply(loans)
    wait = Wait(queue, channel, command)
    wait.due = engine.deadlines.add(now_us + wait_us, _on_waited, wait)
    channel.waits[command.tag] = wait
    queue.eager.append(wait)
    return None


def _check(queue: Queue, command: BorrowMessages) -> None:
    facts = {"kind": "queue", "name": queue.ref.name, "vhost": queue.ref.vhost}
    if queue.is_log:
        says = f"Queue '{queue.ref.name}' is a log: its messages stay. Subscribe to read it."
        raise RefusedError(Refusal.NOT_SUPPORTED, says, **facts, attempted="borrow")
    if command.most_in_flight and queue.in_flight >= command.most_in_flight:
        says = f"{queue.in_flight} messages of queue '{queue.ref.name}' are in flight, the most there may be."
        raise RefusedError(Refusal.TOO_MANY, f"{says} Settle some first.", **facts)


def serve(engine: "Engine", wait: Wait, now_us: int, events: EventBatch) -> None:
    """Lend to somebody who waits and is the first in the ring; one who gets something waits no longer."""
    loans = _lend(engine, wait.queue, wait.channel, wait.command, now_us, events)
    if loans:
        _end(engine, wait, loans)


def abandon(engine: "Engine", command: AbandonWait, now_us: int, events: EventBatch) -> None:
    """Somebody does not wait any more: nothing is lent to them."""
    wait = engine.channel(command.channel_id).waits.get(command.tag)
    if wait is not None:
        _leave(engine, wait)


def forget_waits(engine: "Engine", channel: Channel) -> None:
    """A channel ends, and whoever waited there is gone."""
    for wait in list(channel.waits.values()):
        _leave(engine, wait)


def end_queue(engine: "Engine", queue: Queue) -> None:
    """A queue goes: nobody gets anything from it, and no loan comes back."""
    for each in [each for each in queue.eager if isinstance(each, Wait)]:
        _end(engine, each, ())
    for loan in queue.loans.values():
        engine.deadlines.cancel(loan.due)


def _on_waited(engine: "Engine", wait: Wait, now_us: int, events: EventBatch) -> None:
    _end(engine, wait, ())


def _end(engine: "Engine", wait: Wait, loans: tuple[Loan, ...]) -> None:
    _leave(engine, wait)
    engine.post(wait.channel.connection, MessagesLent(wait.command.tag, loans))


def _leave(engine: "Engine", wait: Wait) -> None:
    engine.deadlines.cancel(wait.due)
    wait.channel.waits.pop(wait.command.tag, None)
    wait.queue.eager.remove(wait)


def _lend(  # noqa: PLR0917  # as its callers have them
    engine: "Engine",
    queue: Queue,
    channel: Channel,
    command: BorrowMessages,
    now_us: int,
    events: EventBatch,
) -> tuple[Loan, ...]:
    """Take messages from the head, at most so many; what was lent too often goes to the dead letters."""
    loans: list[Loan] = []
    while len(loans) < command.most:
        if queue.is_timed:
            expiring.drop_expired(engine, queue, now_us, events)
        if not queue.ready:
            break
        message, before = queue.take_first()
        if queue.rules.take_limit and before >= queue.rules.take_limit:
            queue.received_at_us.pop(message.id, None)
            dying.die(engine, queue, message, DropReason.DELIVERY_LIMIT, now_us, events)
            continue
        is_again = before > 0 or message.id <= queue.flagged_up_to
        event = MessageDelivered(
            now_us, message, queue.ref, channel.ref, None, channel.next_tag, is_again, False, None
        )
        channel.next_tag += 1
        events.append(event)
        delivery = Delivery(queue, None, event, before + 1, now_us + command.lease_us)
        delivery.due = engine.deadlines.add(_end_of(delivery), _on_overdue, delivery)
        queue.loans[message.id] = delivery
        first_us = queue.received_at_us.setdefault(message.id, now_us)
        loans.append(Loan(message, queue.ref, before + 1, first_us))
        channel.connection.has_redelivery |= is_again
        channel.connection.redelivered += is_again
        queue.redeliveries += is_again
    for loan in loans:  # only now: messages of one key may go together, to one holder
        queue.hold_key(loan.message)
    channel.connection.delivered += len(loans)
    queue.delivered += len(loans)
    queue.in_flight += len(loans)
    if queue.is_timed:
        expiring.watch_head(engine, queue)
    return tuple(loans)


def _end_of(delivery: Delivery) -> int:
    """When a loan ends by itself, its message's own time at the latest."""
    assert delivery.until_us is not None
    expiry_us = delivery.queue.expiry_us(delivery.event.message)
    return delivery.until_us if expiry_us is None else min(delivery.until_us, expiry_us)


def _on_overdue(engine: "Engine", delivery: Delivery, now_us: int, events: EventBatch) -> None:
    delivery.due = None
    end(engine, delivery, Outcome.RELEASED, now_us, events, cause=ReleaseCause.LEASE_ENDED)


def end(  # noqa: PLR0917  # as settling.end
    engine: "Engine",
    loan: Delivery,
    outcome: Outcome,
    now_us: int,
    events: EventBatch,
    forced_by: int | None = None,
    cause: ReleaseCause = ReleaseCause.GIVEN_BACK,
) -> None:
    """End a loan: its message is done with, or comes back."""
    queue, message = loan.queue, loan.event.message
    engine.deadlines.cancel(loan.due)
    queue.loans.pop(message.id, None)
    queue.in_flight -= 1
    queue.free_key(message)
    channel, tag = loan.event.channel, loan.event.delivery_tag
    events.append(MessageSettled(now_us, message, queue.ref, channel, tag, outcome, False, forced_by, cause))
    if outcome is Outcome.RELEASED:
        expiry_us = queue.expiry_us(message)
        if expiry_us is None or expiry_us > now_us:
            settling.return_message(engine, loan, now_us, events)
            return
    queue.received_at_us.pop(message.id, None)
    if outcome is Outcome.ACCEPTED:
        if forced_by is None:
            events.answered.append(loan.event)
        queue.settled += 1
        queue.bytes_held -= message.held_bytes
        events.held_bytes += message.held_bytes
    else:
        reason = DropReason.REJECTED if outcome is Outcome.REJECTED else DropReason.EXPIRED
        dying.die(engine, queue, message, reason, now_us, events)
    if queue.is_timed:
        expiring.watch_head(engine, queue)
    engine.touch(queue)  # the next of its key may go now


def give_back(engine: "Engine", command: ReturnLoan, now_us: int, events: EventBatch) -> None:
    """Settle what was lent as done. A message that has left the queue is done with already.

    is_strict: only by who has it now. Raises: RefusedError: NO_SUCH_QUEUE, NO_SUCH_DELIVERY.
    """
    channel = engine.channel(command.channel_id)
    queue = engine.queue(channel, command.queue)
    loan = queue.loans.get(command.message_id)
    is_current = loan is not None and loan.count == command.count
    if loan is not None and (is_current or not command.is_strict):
        end(engine, loan, Outcome.ACCEPTED, now_us, events)
        return
    message = browse.find_ready(queue, command.message_id)
    if command.is_strict and (loan is not None or message is not None):
        raise _not_lent(command.message_id)
    if message is None:
        return
    queue.ready.take_out({message.id})
    queue.redelivered.pop(message.id, None)
    queue.received_at_us.pop(message.id, None)
    if not queue.is_plain:
        queue.ready_bytes -= len(message.body)
    events.append(MessageSettled(now_us, message, queue.ref, channel.ref, 0, Outcome.ACCEPTED))
    queue.settled += 1
    queue.bytes_held -= message.held_bytes
    events.held_bytes += message.held_bytes


def extend(engine: "Engine", command: ExtendLoan, now_us: int, events: EventBatch) -> None:
    """Have a loan end at another time; at once if the lease is 0.

    Raises: RefusedError: NO_SUCH_QUEUE, NO_SUCH_DELIVERY, INVALID_ARGUMENT if it would last for too long.
    """
    queue = engine.queue(engine.channel(command.channel_id), command.queue)
    loan = queue.loans.get(command.message_id)
    if loan is None or loan.count != command.count:
        is_there = loan is not None or browse.find_ready(queue, command.message_id) is not None
        raise _not_lent(command.message_id, is_there=is_there)
    if not command.lease_us:
        end(engine, loan, Outcome.RELEASED, now_us, events)
        return
    until_us = now_us + command.lease_us
    if until_us - loan.event.at_us > command.most_us:
        says = f"Message {command.message_id} would be lent for more than {command.most_us // 10**6} s."
        raise RefusedError(Refusal.INVALID_ARGUMENT, f"{says} Let it come back, and borrow it again.")
    engine.deadlines.cancel(loan.due)
    loan.until_us = until_us
    loan.due = engine.deadlines.add(_end_of(loan), _on_overdue, loan)


def gather(engine: "Engine", command: GatherQueue, now_us: int, events: EventBatch) -> CountReply:
    """Bring back all that is lent or held back, so that the queue has it, and forget what was sent."""
    channel = engine.channel(command.channel_id)
    queue = engine.queue(channel, command.queue)
    loans = sorted(queue.loans.values(), key=lambda each: -each.event.message.id)
    for loan in loans:
        end(engine, loan, Outcome.RELEASED, now_us, events, channel.connection.id)
    waiting = sending.held_back(engine, queue)
    for deadline in waiting:
        held = deadline.subject
        engine.deadlines.cancel(deadline)
        arriving.release(engine, held, now_us, events)
    queue.sent.clear()
    return CountReply(len(loans) + len(waiting))


def _not_lent(message_id: int, *, is_there: bool = True) -> RefusedError:
    return RefusedError(
        Refusal.NO_SUCH_DELIVERY,
        f"Message {message_id} is not lent by this receipt: it came back, or was settled. Receive it again.",
        is_there=is_there,
    )
