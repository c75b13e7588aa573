"""Which exchanges a message passed, which of their bindings matched, and why the others did not.

The ledger says where a message went, not which bindings there were. Those are put together from the ones
there are now and what happened to them since; where that is not remembered, or does not come to what the
ledger says, the answer says so.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mqstudio.engine.engine import Engine
from mqstudio.engine.vhost import Binding, Exchange, VirtualHost, binding_key
from mqstudio.model import limits
from mqstudio.model.events import MessageEvent, MessageRouted
from mqstudio.model.lifecycle import BindingAsked, ExchangePassed
from mqstudio.model.message import Message, Properties, plain_headers
from mqstudio.model.mismatch import CHOOSING, ROUTES_AS, nearly, quoted, why_not
from mqstudio.model.queries import GetHappenings
from mqstudio.model.rows import Happening
from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.server.happenings import Remembered

NOT_REMEMBERED = "These are the bindings of now; which there were then is not remembered."
DIFFERS = (
    "What is said of bindings was put together afterwards, and does not come to the queues that the message "
    "went to: something was declared or deleted meanwhile."
)
ASKED_MAX = 5_000
"""Bindings held against one message; the rest of a larger exchange is only counted."""


class Passing:
    """Follows messages on their way. began_us: when this broker did, and began to remember."""

    def __init__(self, engine: Engine, remembered: Remembered, began_us: int) -> None:
        self._engine = engine
        self._remembered = remembered
        self._began_us = began_us

    def passed(
        self, vhost: str, message: Message, events: Sequence[MessageEvent]
    ) -> tuple[ExchangePassed, ...]:
        """The exchanges on a message's way, in order."""
        host = self._engine.vhosts.get(vhost)
        first = host.exchanges.get(message.exchange) if host is not None else None
        if host is None:
            return ()
        if not message.exchange:
            return (_default(host, message, events),)
        if first is None:
            return (ExchangePassed(message.exchange, "", doubt="The exchange is gone, and its bindings."),)
        asked = _Asked(self._engine, message, self._changes(vhost, message.published_at_us))
        found: list[ExchangePassed] = []
        todo, queues = [first], set[str]()
        for exchange in todo:
            if len(found) >= limits.LIFECYCLE_EXCHANGES:
                break
            told, matched = asked.ask(exchange)
            onward = [b.destination for b in matched if b.destination_kind is DestinationKind.EXCHANGE]
            if not matched and exchange.alternate:
                onward = [exchange.alternate]
                told = _with_doubt(told, f"It handed on to its alternate, '{exchange.alternate}'.")
            queues |= {b.destination for b in matched if b.destination_kind is DestinationKind.QUEUE}
            todo += [each for name in onward if (each := host.exchanges.get(name)) and each not in todo]
            found.append(told)
        went = next((event.queues for event in events if isinstance(event, MessageRouted)), ())
        if not asked.is_known:
            found[0] = _with_doubt(found[0], NOT_REMEMBERED)
        elif queues != {ref.name for ref in went} and not asked.is_chosen:
            found[0] = _with_doubt(found[0], DIFFERS)
        return tuple(found)

    def _changes(self, vhost: str, at_us: int) -> tuple[list[Happening], bool]:
        """What happened to bindings since, the latest first; and whether that is all remembered."""
        query = GetHappenings(at_us + 1, None, 8 * limits.HAPPENINGS_MAX)
        told = self._remembered.answer(query, self._began_us)
        changes = [each for each in told.happenings if each.binding is not None and each.vhost == vhost]
        return changes[::-1], told.known_since_us <= at_us


def _default(host: VirtualHost, message: Message, events: Sequence[MessageEvent]) -> ExchangePassed:
    """The default exchange leads to the queue that is named as the key is."""
    key = message.routing_key
    went = next((event.queues for event in events if isinstance(event, MessageRouted)), ())
    why = ""
    if not went:
        why = "there was no queue of this name"
        near = next((name for name in host.queues if name != key and nearly(name, key)), None)
        if near is not None:
            why += f"; there is {quoted(near)}{nearly(near, key)}"
    return ExchangePassed("", "direct", (BindingAsked(BindingSpec("", key, key), not why, why),))


class _Asked:
    """Holds bindings against one message."""

    def __init__(self, engine: Engine, message: Message, changes: tuple[list[Happening], bool]) -> None:
        self._engine = engine
        self._message = message
        self._changes, self.is_known = changes
        self.is_chosen = False
        """Whether chance, or a hash, decided on the way."""
        self._properties: Properties | None = None

    def ask(self, exchange: Exchange) -> tuple[ExchangePassed, list[BindingSpec]]:
        """What an exchange made of the message, and the bindings that led on."""
        there, removed = self._then(exchange)
        matching = self._matching(exchange, there)
        kind = str(exchange.spec.arguments.get(ROUTES_AS, exchange.spec.kind))
        self.is_chosen = self.is_chosen or kind in CHOOSING
        headers = plain_headers(self._read().headers) if kind == "headers" else {}
        matched: list[BindingAsked] = []
        others: list[BindingAsked] = []
        for spec in [*there[:ASKED_MAX], *removed]:
            was_removed = spec in removed
            fits = self._fits(exchange, spec) if was_removed else binding_key(spec) in matching
            if fits:
                matched.append(BindingAsked(spec, True, was_removed=was_removed))
            else:
                why = self._why(kind, spec, headers)
                others.append(BindingAsked(spec, False, why, was_removed))
        others.sort(key=lambda each: -self._nearness(each.binding))
        left_out = max(0, len(others) - limits.LIFECYCLE_BINDINGS) + max(0, len(there) - ASKED_MAX)
        shown = (*matched, *others[: limits.LIFECYCLE_BINDINGS])
        told = ExchangePassed(exchange.spec.name, exchange.spec.kind, shown, left_out)
        return told, [each.binding for each in matched]

    def _then(self, exchange: Exchange) -> tuple[list[BindingSpec], list[BindingSpec]]:
        """The bindings there were when the message came: those there still are, and those removed since."""
        there = {key: binding.spec for key, binding in exchange.outgoing.items()}
        now = set(there)
        for change in self._changes:
            if change.binding is None or change.binding.exchange != exchange.spec.name:
                continue
            key = binding_key(change.binding)
            if change.what == "binding_added":
                there.pop(key, None)
            else:
                there[key] = change.binding
        kept = [spec for key, spec in there.items() if key in now]
        return kept, [spec for key, spec in there.items() if key not in now]

    def _keys(self, exchange: Exchange) -> tuple[str, ...]:
        message = self._message
        keys = (message.routing_key, *message.traits.extra_keys)
        return keys[:1] if exchange.index.is_blind else keys

    def _matching(self, exchange: Exchange, there: Sequence[BindingSpec]) -> set[Any]:  # Any: binding keys
        if exchange.spec.kind in CHOOSING:
            return set()
        found = {
            binding_key(binding.spec)
            for key in self._keys(exchange)
            for binding in exchange.index.match(key, self._read)
        }
        return found & {binding_key(spec) for spec in there}

    def _fits(self, exchange: Exchange, spec: BindingSpec) -> bool:
        """Whether a binding that is gone matched."""
        if exchange.spec.kind in CHOOSING:
            return False
        index = exchange.kind.new_index(exchange.spec, self._engine.surroundings)
        index.add(Binding(exchange, exchange, spec))
        return any(True for key in self._keys(exchange) for _ in index.match(key, self._read))

    def _why(self, kind: str, spec: BindingSpec, headers: Mapping[str, Any]) -> str:
        why = why_not(kind, spec, self._message.routing_key, headers)
        more = len(self._message.traits.extra_keys)
        return f"{why}; nor does any of its {more} other keys" if why and more else why

    def _nearness(self, spec: BindingSpec) -> int:
        """How much of its key is as in the message's: what nearly matched is told first."""
        key = self._message.routing_key.casefold()
        pairs = zip(key, spec.routing_key.casefold(), strict=False)
        return next((place for place, (one, other) in enumerate(pairs) if one != other), 1_000)

    def _read(self) -> Properties:
        if self._properties is None:
            self._properties = self._engine.read_properties(self._message)
        return self._properties


def _with_doubt(told: ExchangePassed, doubt: str) -> ExchangePassed:
    doubts = f"{told.doubt} {doubt}".strip()
    return ExchangePassed(told.exchange, told.kind, told.bindings, told.left_out, doubts)
