"""Restoring: an engine becomes what another one was when it stopped.

What is restored goes the ways that commands go, without asking anybody: it was so before, so there are no
events. What cannot be restored is left out, and said.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from mqstudio.engine import (
    arriving,
    binding,
    declaring,
    delaying,
    enqueueing,
    expiring,
    hosting,
    log,
    paging,
    policies,
    sending,
)
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import Exchange, binding_key, find_exchange, find_queue
from mqstudio.model.arguments import check_queue
from mqstudio.model.errors import RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.policies import Policy
from mqstudio.model.restored import (
    RestoredBinding,
    RestoredExchange,
    RestoredHeld,
    RestoredQueue,
    RestoredState,
)
from mqstudio.model.rules import Overflow
from mqstudio.model.topology import DestinationKind, VhostSpec

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def restore(engine: "Engine", state: RestoredState, now_us: int) -> list[str]:
    """Fill a new engine. Returns: what had to be left out, a sentence for each thing."""
    for spec in state.vhosts:
        _restore_vhost(engine, spec)
    left_out: list[str] = []
    left_out += _each(engine, state.policies, _restore_policy, now_us)
    left_out += _each(engine, state.exchanges, _restore_exchange, now_us)
    left_out += _each(engine, state.queues, _restore_queue, now_us)
    left_out += _each(engine, state.bindings, _restore_binding, now_us)
    left_out += _each(engine, state.held, _restore_held, now_us)
    engine.next_message_id = state.next_message_id
    engine.next_queue_id = state.next_queue_id
    engine.next_subscription_id = state.next_subscription_id
    engine.next_bin_id = state.next_bin_id
    engine.renewed = state.next_message_id - 1 - state.published
    engine.unroutable, engine.retired = state.unroutable, state.retired
    engine.enqueued_again = state.retired.published + sum(each.counters.published for each in state.queues)
    return left_out


def _each(
    engine: "Engine",
    values: Iterable[Any],  # Any: what `restore_one` takes
    restore_one: Callable[["Engine", Any, int], None],
    now_us: int,
) -> list[str]:
    left_out = []
    for value in values:
        try:
            restore_one(engine, value, now_us)
        except (RefusedError, ValueError) as problem:
            left_out.append(f"{_name(value)} was left out: {problem}")
    return left_out


def _name(value: Policy | RestoredExchange | RestoredQueue | RestoredBinding | RestoredHeld) -> str:
    if isinstance(value, Policy):
        what = f"Policy '{value.name}'"
    elif isinstance(value, RestoredExchange):
        what = f"Exchange '{value.spec.name}'"
    elif isinstance(value, RestoredQueue):
        return f"Queue '{value.ref.name}' of virtual host '{value.ref.vhost}'"
    elif isinstance(value, RestoredBinding):
        what = f"The binding of '{value.spec.destination}' to exchange '{value.spec.exchange}'"
    else:
        what = f"Message {value.message.id}, held by exchange '{value.exchange}',"
    return f"{what} of virtual host '{value.vhost}'"


def _restore_vhost(engine: "Engine", spec: VhostSpec) -> None:
    existing = engine.vhosts.get(spec.name)
    if existing is not None:
        existing.spec = spec
    else:
        engine.vhosts[spec.name] = hosting.new_vhost(engine, spec)


def _restore_policy(engine: "Engine", policy: Policy, now_us: int) -> None:
    vhost = engine.vhost(policy.vhost)
    policies.check(policy)
    vhost.policies[policy.is_operator, policy.name] = policy
    for exchange in vhost.exchanges.values():  # those that are always there
        policies.apply_to_exchange(exchange)


def _restore_exchange(engine: "Engine", restored: RestoredExchange, now_us: int) -> None:
    vhost, spec = engine.vhost(restored.vhost), restored.spec
    if spec.name in vhost.exchanges:
        return
    declaring.check_exchange(engine, vhost, spec)
    declaring.add_exchange(engine, vhost, spec)


def _restore_queue(engine: "Engine", restored: RestoredQueue, now_us: int) -> None:
    vhost, ref = engine.vhost(restored.ref.vhost), restored.ref
    check_queue(restored.spec.arguments)
    queue = declaring.add_queue(engine, vhost, ref, restored.spec, now_us)
    queue.restore_counters(restored.counters)
    queue.flagged_up_to = restored.flagged_up_to
    sending.restore(queue, restored.sent)
    if queue.is_log:
        log.restore(engine, queue, restored)
    else:
        paging.restore(engine, queue, restored)
        if queue.is_timed:
            expiring.watch_head(engine, queue)
    if queue.has_limit():
        engine.deadlines.add(now_us, _enforce_limits, queue)


def _enforce_limits(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    """Drop what is too much: what was in flight has come back, and limits may have changed unseen."""
    if queue.is_deleted:
        return
    if queue.is_log:
        log.retain(engine, queue, now_us, events)
    elif queue.rules.overflow is Overflow.DROP_HEAD:
        enqueueing.enforce_limits(engine, queue, now_us, events)


def _restore_binding(engine: "Engine", restored: RestoredBinding, now_us: int) -> None:
    vhost, spec = engine.vhost(restored.vhost), restored.spec
    source = find_exchange(vhost, spec.exchange)
    destination: Queue | Exchange = (
        find_queue(vhost, spec.destination)
        if spec.destination_kind is DestinationKind.QUEUE
        else find_exchange(vhost, spec.destination)
    )
    if binding_key(spec) not in source.outgoing:
        binding.add(source, destination, spec)


def _restore_held(engine: "Engine", restored: RestoredHeld, now_us: int) -> None:
    exchange = find_exchange(engine.vhost(restored.vhost), restored.exchange)
    delaying.keep(engine, exchange, restored.message, restored.until_us, arriving.release)
