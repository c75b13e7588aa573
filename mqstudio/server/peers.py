"""What is known of clients beside their samples: programs and last errors; and who never became one."""

from collections import deque
from typing import TYPE_CHECKING

from mqstudio.model.errors import RefusedError
from mqstudio.model.limits import FAILED_HANDSHAKES
from mqstudio.model.rates import Scope, ScopeKind
from mqstudio.model.rows import ClientDetail, ClientDetails, FailedHandshake
from mqstudio.server.link import Link
from mqstudio.server.processes import Processes

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker

OURS = "native"
"""The protocol of windows and command lines: nobody's clients."""

_SILENT = "It hung up before it had logged in."


class Peers:
    """Told of refusals and of lost links; asked by windows."""

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker
        self._failed: deque[FailedHandshake] = deque(maxlen=FAILED_HANDSHAKES)
        self._errors: dict[int, tuple[int, str]] = {}
        """By connection: when it was last refused something, and why."""
        self.processes = Processes()

    def note_refusal(self, link: Link, refused: RefusedError) -> None:
        """A peer was told that it cannot have something."""
        self._errors[link.connection_id] = (self._broker.clock.now_us(), refused.says)

    def note_lost(self, link: Link, reason: str) -> None:
        """A peer is gone."""
        refusal = self._errors.pop(link.connection_id, None)
        if link.connection_id not in self._broker.sampler.greeted and link.protocol.name != OURS:
            why = reason or (refusal[1] if refusal else _SILENT)
            now_us = self._broker.clock.now_us()
            self._failed.appendleft(FailedHandshake(now_us, link.protocol.name, link.peer_address, why))
        self._broker.sampler.greeted.discard(link.connection_id)
        self.processes.forget(port_of(link.peer_address))

    def details(self) -> ClientDetails:
        """All that is known now; the programs of new clients are looked up for the next time."""
        broker, now_us = self._broker, self._broker.clock.now_us()
        links = [each for each in broker.links.values() if each.protocol.name != OURS]
        local = [port_of(link.peer_address) for link in links if link.is_loopback_peer]
        self.processes.look(local, now_us)
        return ClientDetails([self._detail(link, now_us) for link in links], list(self._failed))

    def _detail(self, link: Link, now_us: int) -> ClientDetail:
        scope = Scope(ScopeKind.CLIENT, link.connection_id)
        pid, program = self.processes.of(port_of(link.peer_address)) if link.is_loopback_peer else (0, "")
        at_us, says = self._errors.get(link.connection_id, (0, ""))
        holds = self._broker.sampler.chronicle.recent_holds(scope, now_us)
        return ClientDetail(link.connection_id, pid, program, holds, says, at_us)


def port_of(address: str) -> int:
    """The port of an address as links write it; 0 if it has none."""
    port = address.rpartition(":")[2]
    return int(port) if port.isascii() and port.isdigit() else 0
