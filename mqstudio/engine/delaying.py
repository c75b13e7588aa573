"""Delaying: exchanges that hold messages until their time has come."""

from typing import TYPE_CHECKING

from mqstudio.engine.deadlines import Action
from mqstudio.engine.vhost import Exchange
from mqstudio.model.events import EventBatch, MessageDelayed, MessageUnroutable
from mqstudio.model.message import Message

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def hold(  # noqa: PLR0917  # as its caller has them
    engine: "Engine", exchange: Exchange, message: Message, release: Action, now_us: int, events: EventBatch
) -> None:
    """Keep a message until its delay is over; `release` is then called with exchange and message."""
    until_us = now_us + (message.traits.delay_us or 0)
    events.append(MessageDelayed(now_us, message, exchange.vhost.name, until_us, exchange.spec.name))
    keep(engine, exchange, message, until_us, release)


def keep(engine: "Engine", exchange: Exchange, message: Message, until_us: int, release: Action) -> None:
    """Keep a message until a time."""
    engine.held_bytes += message.held_bytes
    engine.held_messages += 1
    exchange.held[message.id] = engine.deadlines.add(until_us, release, (exchange, message))


def let_go(engine: "Engine", exchange: Exchange, message: Message, events: EventBatch) -> None:
    """Hold a message no longer."""
    del exchange.held[message.id]
    engine.held_bytes -= message.held_bytes
    engine.held_messages -= 1
    events.held_bytes += message.held_bytes


def drop_held(engine: "Engine", exchange: Exchange, now_us: int, events: EventBatch) -> None:
    """The exchange goes, and what it holds leads nowhere any more."""
    for deadline in list(exchange.held.values()):
        _, message = deadline.subject
        engine.deadlines.cancel(deadline)
        let_go(engine, exchange, message, events)
        events.append(MessageUnroutable(now_us, message, False))
