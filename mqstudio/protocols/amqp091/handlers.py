"""What each method of an open channel does: a table at the end, one function per method.

A handler is a generator of requests to the engine. Refusals and protocol errors pass through it to
the session, which closes the channel or the connection.
"""

from collections.abc import Callable, Mapping

from mqstudio.model.commands import (
    Bind,
    CancelSubscription,
    CloseChannel,
    CommitTransaction,
    DeclareExchange,
    DeclareQueue,
    DeleteExchange,
    DeleteQueue,
    PurgeQueue,
    RecoverDeliveries,
    RollbackTransaction,
    SelectTransaction,
    SetChannelCredit,
    SettleDelivery,
    Subscribe,
    TakeMessage,
    Unbind,
)
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import RemoteError
from mqstudio.model.message import Header
from mqstudio.model.topology import Arguments, DestinationKind, ExchangeSpec
from mqstudio.protocols.amqp091 import codec, direct_reply
from mqstudio.protocols.amqp091.arguments import (
    check_consumer,
    consumer_priority,
    log_start,
    refuse_false_integers,
)
from mqstudio.protocols.amqp091.channel import Channel, Work
from mqstudio.protocols.amqp091.methods import CODES, Args
from mqstudio.protocols.amqp091.vetting import REPLY_TO

PREDECLARED_EXCHANGES = (
    ExchangeSpec("amq.direct", "direct", is_durable=True),
    ExchangeSpec("amq.fanout", "fanout", is_durable=True),
    ExchangeSpec("amq.topic", "topic", is_durable=True),
    ExchangeSpec("amq.headers", "headers", is_durable=True),
    ExchangeSpec("amq.match", "headers", is_durable=True),
    ExchangeSpec("amq.rabbitmq.trace", "topic", is_durable=True, is_internal=True),
)
"""What RabbitMQ has from the start. No other reserved name may be declared."""

_PREDECLARED_NAMES = frozenset(spec.name for spec in PREDECLARED_EXCHANGES)


def _check_reserved(kind: str, name: str) -> None:
    if name.startswith("amq."):
        raise RemoteError(f"{kind} name '{name}' contains reserved prefix 'amq.*'", 403)


def _close_channel(channel: Channel, args: Args) -> Work:
    yield from channel.ask(CloseChannel(channel.id))
    channel.session.outbox.write(channel.last_confirm())
    channel.send("channel.close-ok")
    channel.session.drop(channel)


def _open_channel(channel: Channel, args: Args) -> Work:
    raise RemoteError("second 'channel.open' seen", 504)


def _flow(channel: Channel, args: Args) -> Work:
    (is_active,) = args
    if not is_active:
        raise RemoteError("active=false", 540)
    channel.send("channel.flow-ok", True)
    return ()


def _declare_exchange(channel: Channel, args: Args) -> Work:
    _, name, kind, is_passive, is_durable, is_auto_delete, is_internal, is_nowait, arguments = args
    if not is_passive and name not in _PREDECLARED_NAMES:
        _check_reserved("exchange", name)
    yield from channel.ask(
        DeclareExchange(
            channel.id,
            name,
            kind,
            is_durable,
            is_auto_delete,
            is_internal,
            is_passive,
            codec.to_arguments(arguments),
        )
    )
    if not is_nowait:
        channel.send("exchange.declare-ok")


def _delete_exchange(channel: Channel, args: Args) -> Work:
    _, name, if_unused, is_nowait = args
    yield from channel.ask(DeleteExchange(channel.id, name, if_unused))
    if not is_nowait:
        channel.send("exchange.delete-ok")


def _exchange_binding(channel: Channel, args: Args) -> tuple[str, str, str, Arguments, DestinationKind]:
    _, destination, source, key, _, arguments = args
    return source, destination, key, codec.to_arguments(arguments), DestinationKind.EXCHANGE


def _bind_exchange(channel: Channel, args: Args) -> Work:
    yield from channel.ask(Bind(channel.id, *_exchange_binding(channel, args)))
    if not args[4]:
        channel.send("exchange.bind-ok")


def _unbind_exchange(channel: Channel, args: Args) -> Work:
    yield from channel.ask(Unbind(channel.id, *_exchange_binding(channel, args)))
    if not args[4]:
        channel.send("exchange.unbind-ok")


def _declare_queue(channel: Channel, args: Args) -> Work:
    _, name, is_passive, is_durable, is_exclusive, is_auto_delete, is_nowait, arguments = args
    if name == REPLY_TO:  # a queue that is none says that it is there, whatever is asked of it
        channel.last_queue = name
        if not is_nowait:
            channel.send("queue.declare-ok", name, 0, 1)
        return
    if not is_passive:
        _check_reserved("queue", name)
        refuse_false_integers(arguments, name, channel.session.vhost)
        name = name or _new_name(channel, arguments)
    command = DeclareQueue(
        channel.id,
        name,
        # One that goes with its connection outlives nothing: RabbitMQ takes no notice of `durable` there.
        is_durable and not is_exclusive,
        is_exclusive,
        is_auto_delete,
        is_passive,
        codec.to_arguments(arguments),
    )
    status = yield from channel.ask(command)
    channel.last_queue = name
    if not is_nowait:
        channel.send("queue.declare-ok", status.name, status.ready, status.subscriptions)


def _new_name(channel: Channel, arguments: list[Header]) -> str:
    kind = next((each.value for each in arguments if each.name == "x-queue-type"), "classic")
    if kind in ("quorum", "stream"):
        raise RemoteError(f"Cannot declare a server-named queue for type rabbit_{kind}_queue", 406)
    return f"amq.gen-{channel.session.host.random_name()}"


def _bind_queue(channel: Channel, args: Args) -> Work:
    _, named, exchange, key, is_nowait, arguments = args
    queue = channel.named_or_last_queue(named)
    # No queue and no key means the last queue for both (RabbitMQ's expand_routing_key_shortcut).
    key = key if named or key else queue
    yield from channel.ask(Bind(channel.id, exchange, queue, key, codec.to_arguments(arguments)))
    if not is_nowait:
        channel.send("queue.bind-ok")


def _unbind_queue(channel: Channel, args: Args) -> Work:
    _, named, exchange, key, arguments = args
    queue = channel.named_or_last_queue(named)
    key = key if named or key else queue
    yield from channel.ask(Unbind(channel.id, exchange, queue, key, codec.to_arguments(arguments)))
    channel.send("queue.unbind-ok")


def _purge_queue(channel: Channel, args: Args) -> Work:
    _, name, is_nowait = args
    reply = yield from channel.ask(PurgeQueue(channel.id, channel.named_or_last_queue(name)))
    if not is_nowait:
        channel.send("queue.purge-ok", reply.count)


def _delete_queue(channel: Channel, args: Args) -> Work:
    _, name, if_unused, if_empty, is_nowait = args
    queue = channel.named_or_last_queue(name)
    reply = yield from channel.ask(DeleteQueue(channel.id, queue, if_unused, if_empty))
    if not is_nowait:
        channel.send("queue.delete-ok", reply.count)


def _qos(channel: Channel, args: Args) -> Work:
    """`global` is not the specification's: false is each consumer to come, true all of the channel."""
    size, count, is_shared = args
    if size:
        raise RemoteError(f"prefetch_size!=0 ({size})", 540)
    if is_shared:
        channel.has_shared_credit = True
        yield from channel.ask(SetChannelCredit(channel.id, count))
    else:
        channel.credit = count
        if channel.has_shared_credit:  # measured: qos(false) also lifts an earlier shared limit
            channel.has_shared_credit = False
            yield from channel.ask(SetChannelCredit(channel.id, 0))
    channel.send("basic.qos-ok")


def _consume(channel: Channel, args: Args) -> Work:
    _, name, tag, _no_local, is_auto_settled, is_exclusive, is_nowait, table = args
    tag = tag or f"amq.ctag-{channel.session.host.random_name()}"
    queue = channel.named_or_last_queue(name)
    if queue == REPLY_TO:
        queue = yield from direct_reply.begin(channel, tag, is_auto_settled=is_auto_settled)
    check_consumer(table, queue, channel.session.vhost)
    yield from channel.ask(
        Subscribe(
            channel.id,
            queue,
            tag,
            is_auto_settled,
            is_exclusive,
            channel.credit,
            codec.to_arguments(table),
            consumer_priority(table, queue, channel.session.vhost),
            log_start(table, channel.session.received_us),
        )
    )
    channel.session.begun.add((channel.id, tag))
    if not is_nowait:
        channel.send("basic.consume-ok", tag)


def _cancel(channel: Channel, args: Args) -> Work:
    tag, is_nowait = args
    yield from channel.ask(CancelSubscription(channel.id, tag))
    direct_reply.end(channel, tag)
    channel.session.writer.forget()
    if (channel.id, tag) not in channel.session.begun:
        channel.session.ended.add((channel.id, tag))
    if not is_nowait:
        channel.send("basic.cancel-ok", tag)


def _get(channel: Channel, args: Args) -> Work:
    _, name, is_auto_settled = args
    queue = channel.named_or_last_queue(name)
    taken = yield from channel.ask(TakeMessage(channel.id, queue, is_auto_settled))
    message = taken.message
    if message is None:
        channel.send("basic.get-empty", "")
        return
    channel.send(
        "basic.get-ok",
        taken.delivery_tag,
        taken.is_redelivered,
        message.exchange,
        message.routing_key,
        taken.ready,
    )
    for part in channel.session.writer.content(channel.number, message, taken.notes):
        channel.session.outbox.write(part)


def _ack(channel: Channel, args: Args) -> Work:
    tag, is_multiple = args
    return channel.ask(SettleDelivery(channel.id, tag, is_multiple, Outcome.ACCEPTED))


def _reject(channel: Channel, args: Args) -> Work:
    tag, is_requeued = args
    return channel.ask(SettleDelivery(channel.id, tag, False, _OUTCOMES[is_requeued]))


def _nack(channel: Channel, args: Args) -> Work:
    tag, is_multiple, is_requeued = args
    return channel.ask(SettleDelivery(channel.id, tag, is_multiple, _OUTCOMES[is_requeued]))


_OUTCOMES = {True: Outcome.RELEASED, False: Outcome.REJECTED}


def _recover_async(channel: Channel, args: Args) -> Work:
    (is_requeued,) = args
    if not is_requeued:
        raise RemoteError("requeue=false", 540)
    return channel.ask(RecoverDeliveries(channel.id))


def _recover(channel: Channel, args: Args) -> Work:
    yield from _recover_async(channel, args)
    channel.send("basic.recover-ok")


def _select_transaction(channel: Channel, args: Args) -> Work:
    if channel.is_confirming:
        raise RemoteError("cannot switch from confirm to tx mode", 406)
    channel.is_transactional = True
    yield from channel.ask(SelectTransaction(channel.id))
    channel.send("tx.select-ok")


def _commit(channel: Channel, args: Args) -> Work:
    if channel.is_transactional:
        channel.session.outbox.hold_replies()  # returned messages come before commit-ok
    reply = yield from channel.ask(CommitTransaction(channel.id))
    if reply is not None and reply.is_refused:
        raise RemoteError("partial tx completion", 406)
    channel.send("tx.commit-ok")


def _roll_back(channel: Channel, args: Args) -> Work:
    yield from channel.ask(RollbackTransaction(channel.id))
    channel.send("tx.rollback-ok")


def _select_confirms(channel: Channel, args: Args) -> Work:
    (is_nowait,) = args
    if channel.is_transactional:
        raise RemoteError("cannot switch from tx to confirm mode", 406)
    channel.is_confirming = True
    if not is_nowait:
        channel.send("confirm.select-ok")
    return ()


def _ignore(channel: Channel, args: Args) -> Work:
    return ()


Handler = Callable[[Channel, Args], Work]

HANDLERS: Mapping[int, Handler] = {
    CODES[name]: handler
    for name, handler in {
        "channel.open": _open_channel,
        "channel.flow": _flow,
        "channel.flow-ok": _ignore,  # an answer to what we never ask
        "channel.close": _close_channel,
        "channel.close-ok": _ignore,
        "exchange.declare": _declare_exchange,
        "exchange.delete": _delete_exchange,
        "exchange.bind": _bind_exchange,
        "exchange.unbind": _unbind_exchange,
        "queue.declare": _declare_queue,
        "queue.bind": _bind_queue,
        "queue.unbind": _unbind_queue,
        "queue.purge": _purge_queue,
        "queue.delete": _delete_queue,
        "basic.qos": _qos,
        "basic.consume": _consume,
        "basic.cancel": _cancel,
        "basic.cancel-ok": _ignore,  # RabbitMQ's own cancels are nowait, some clients answer all the same
        "basic.get": _get,
        "basic.ack": _ack,
        "basic.reject": _reject,
        "basic.nack": _nack,
        "basic.recover": _recover,
        "basic.recover-async": _recover_async,
        "confirm.select": _select_confirms,
        "tx.select": _select_transaction,
        "tx.commit": _commit,
        "tx.rollback": _roll_back,
    }.items()
}
