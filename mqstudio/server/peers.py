"""What is known of clients beside their samples: programs and last errors; and who never became one."""

from collections import deque
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mqstudio.model.errors import RefusedError
from mqstudio.model.limits import BROKEN_CONNECTIONS, FAILED_HANDSHAKES
from mqstudio.model.rates import Scope, ScopeKind
from mqstudio.model.rows import ClientDetail, ClientDetails, FailedHandshake
from mqstudio.server.link import Link
from mqstudio.server.processes import Processes

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker

OURS = "native"
"""The protocol of windows and command lines: nobody's clients."""

_SILENT = "It hung up before it had logged in."

UNSAID = "it hung up without a goodbye"
"""Why a client's connection ended that had not said so."""


class Peers:
    """Told of refusals and of lost links; asked by windows."""

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker
        self._failed: deque[FailedHandshake] = deque(maxlen=FAILED_HANDSHAKES)
        self._broken: deque[FailedHandshake] = deque(maxlen=BROKEN_CONNECTIONS)
        self._errors: dict[int, tuple[int, RefusedError]] = {}
        """By connection: when it was last refused something, and why."""
        self.processes = Processes()

    def note_refusal(self, link: Link, refused: RefusedError) -> None:
        """A peer was told that it cannot have something."""
        now_us = self._broker.clock.now_us()
        self._errors[link.connection_id] = (now_us, refused)
        self._broker.sampler.remembered.refused(now_us, link.connection_id, refused.says)

    def note_lost(self, link: Link, reason: str) -> None:
        """A peer is gone."""
        refusal = self._errors.pop(link.connection_id, None)
        was_client = link.connection_id in self._broker.sampler.greeted
        if link.protocol.name != OURS and not was_client:
            why = reason or (refusal[1].says if refusal else _SILENT)
            told = self._told(link, why, refusal[1] if refusal else None)
            add_attempt(self._failed, told)
        elif link.protocol.name != OURS and reason:
            name = self._broker.sampler.remembered.name_of(link.connection_id)
            told = self._told(link, reason, None)
            add_attempt(self._broken, replace(told, name=name, was_client=True))
        self._broker.sampler.greeted.discard(link.connection_id)
        self.processes.forget(port_of(link.peer_address))

    def note_stranger(self, protocol: str, address: str, local_address: str, why: str) -> None:
        """Somebody came to a port of another protocol, by another way than a link."""
        now_us = self._broker.clock.now_us()
        add_attempt(self._failed, FailedHandshake(now_us, protocol, address, why, local_address))

    def _told(self, link: Link, why: str, refusal: RefusedError | None) -> FailedHandshake:
        facts = refusal.facts if refusal is not None else {}
        return FailedHandshake(
            self._broker.clock.now_us(),
            link.protocol.name,
            link.peer_address,
            why,
            link.local_address,
            link.is_tls,
            refusal.why.name if refusal is not None else "",
            str(facts.get("user", "")),
            str(facts.get("vhost", "")),
        )

    def details(self) -> ClientDetails:
        """All that is known now; the programs of new clients are looked up for the next time."""
        broker, now_us = self._broker, self._broker.clock.now_us()
        links = [each for each in broker.links.values() if each.protocol.name != OURS]
        local = [port_of(link.peer_address) for link in links if link.is_loopback_peer]
        self.processes.look(local, now_us)
        told = [self._detail(link, now_us) for link in links]
        return ClientDetails(told, list(self._failed), list(self._broken))

    def _detail(self, link: Link, now_us: int) -> ClientDetail:
        scope = Scope(ScopeKind.CLIENT, link.connection_id)
        pid, program = self.processes.of(port_of(link.peer_address)) if link.is_loopback_peer else (0, "")
        at_us, refused = self._errors.get(link.connection_id, (0, None))
        says = refused.says if refused is not None else ""
        holds = self._broker.sampler.chronicle.recent_holds(scope, now_us)
        return ClientDetail(link.connection_id, pid, program, holds, says, at_us, link.is_choked)


def add_attempt(attempts: deque[FailedHandshake], new: FailedHandshake) -> None:
    """Put one to the front; the same from the same computer before counts with it."""
    for place, each in enumerate(attempts):
        if _same(each) == _same(new):
            del attempts[place]
            new = replace(new, count=each.count + 1)
            break
    attempts.appendleft(new)


def _same(attempt: FailedHandshake) -> tuple[object, ...]:
    host = attempt.address.rpartition(":")[0]
    return attempt.protocol, host, attempt.why, attempt.local_address, attempt.name


def port_of(address: str) -> int:
    """The port of an address as links write it; 0 if it has none."""
    port = address.rpartition(":")[2]
    return int(port) if port.isascii() and port.isdigit() else 0
