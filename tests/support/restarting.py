"""What a store would tell of an engine after the broker stopped: all that waits or is held, in its place."""

from mqstudio.engine.engine import Engine
from mqstudio.engine.queue import Queue
from mqstudio.model.places import PageEntry
from mqstudio.model.restored import (
    RestoredBinding,
    RestoredExchange,
    RestoredHeld,
    RestoredQueue,
    RestoredState,
)


def rows_of(engine: Engine, queue: Queue, beyond: list[PageEntry]) -> list[PageEntry]:
    """A queue's rows in order of their places, those in flight among them."""
    rows = {m.id: PageEntry(queue.position(m), m, queue.redelivered.get(m.id, 0)) for m in queue.ready}
    rows.update((entry.message.id, entry) for entry in beyond)
    for channel in engine.channels.values():
        for delivery in channel.held():
            if delivery.queue is queue and not queue.is_log:
                message = delivery.event.message
                rows[message.id] = PageEntry(queue.position(message), message, delivery.count)
    return sorted(rows.values(), key=lambda row: row.position)


def restored_queue(queue: Queue, rows: list[PageEntry], page: int, flagged_up_to: int = 0) -> RestoredQueue:
    """A queue of which the first `page` messages are in memory; of a log the last."""
    page = min(page, len(rows))
    entries = rows[len(rows) - page :] if queue.is_log else rows[:page]
    others = rows[: len(rows) - page] if queue.is_log else rows[page:]
    return RestoredQueue(
        queue.ref,
        queue.spec,
        tuple(entries),
        len(others),
        sum(len(row.message.body) for row in others),
        flagged_up_to,
        getattr(queue.ready, "first_offset", 0),
        getattr(queue.ready, "next_offset", 0),
        queue.counters(),
    )


def snapshot(engine: Engine, queues: list[RestoredQueue]) -> RestoredState:
    """Everything else of an engine, as if all of it lasted."""
    hosts = engine.vhosts.values()
    exchanges = [exchange for host in hosts for exchange in host.exchanges.values() if not exchange.is_system]
    everywhere = [exchange for host in hosts for exchange in host.exchanges.values()]
    return RestoredState(
        tuple(host.spec for host in hosts),
        tuple(policy for host in hosts for policy in host.policies.values()),
        tuple(RestoredExchange(each.vhost.name, each.spec) for each in exchanges),
        tuple(queues),
        tuple(RestoredBinding(each.vhost.name, spec) for each in everywhere for spec in each.bindings()),
        tuple(
            RestoredHeld(each.vhost.name, each.spec.name, deadline.subject[1], deadline.at_us)
            for each in everywhere
            for deadline in each.held.values()
        ),
        engine.next_message_id,
        engine.next_queue_id,
        engine.next_subscription_id,
        engine.next_bin_id,
        engine.published,
        engine.unroutable,
        engine.retired,
    )
