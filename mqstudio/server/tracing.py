"""Tracing: which virtual hosts are traced, and what is to be copied for it. Costs nothing while none is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mqstudio.engine.engine import Engine
from mqstudio.model.commands import PublishInternally
from mqstudio.model.events import Event, EventBatch, VhostCreated, VhostDeleted
from mqstudio.model.topology import ConnectionInfo

Copies = Callable[[Iterable[Event], Iterable[str], Mapping[int, ConnectionInfo]], Iterable[PublishInternally]]
"""A protocol's way to tell of events by messages, its `trace_copies`."""


class Tracing:
    """Knows the traced virtual hosts by the events that say so."""

    def __init__(self, engine: Engine, protocols: Iterable[Any]) -> None:  # Any: few have trace_copies
        self._engine = engine
        found = (getattr(protocol, "trace_copies", None) for protocol in protocols)
        self._ways: list[Copies] = [each for each in found if each is not None]
        self._traced: set[str] = set()

    def note(self, notable: Iterable[Event]) -> None:
        """Virtual hosts have come, changed or gone."""
        for event in notable:
            if isinstance(event, VhostCreated):
                (self._traced.add if event.spec.is_traced else self._traced.discard)(event.spec.name)
            elif isinstance(event, VhostDeleted):
                self._traced.discard(event.name)

    def copies(self, batch: EventBatch) -> Sequence[PublishInternally]:
        """What is to be published because of a turn's events."""
        if not self._traced:
            return ()
        connections = {key: each.info for key, each in self._engine.connections.items()}
        return [copy for way in self._ways for copy in way(batch, self._traced, connections)]
