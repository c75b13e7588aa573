"""A link: one socket and the session on it."""

import asyncio
import os
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from mqstudio.model import limits
from mqstudio.model.events import Mail
from mqstudio.model.message import Message, Properties
from mqstudio.model.rights import Rights
from mqstudio.model.rows import BrokerInfo
from mqstudio.protocols.base import Request, Session, WatchItem, WireProtocol
from mqstudio.server import auth, log
from mqstudio.server.fairness import BULK_READ_BYTES, BULKY_BYTES, FULL_READ_BYTES, READ_PAUSE_BYTES
from mqstudio.server.reading import properties_of

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker

LOOPBACK_PREFIXES = ("127.", "::ffff:127.")

OURS = frozenset({"memory", "disk", "answer", "others"})
"""Why we may not read from a peer though it reads from us."""


class Link(asyncio.Protocol):
    """Carries bytes between a socket and a session, and knows when either is full.

    `is_choked`: the peer reads too slowly; nothing more is dispatched or sampled to it until it
    has read. `is_blocked`: its publishes are not read, for want of memory. It is also the session's
    Host.
    """

    def __init__(self, broker: "Broker", protocol: WireProtocol) -> None:
        self._broker = broker
        self.protocol = protocol
        self._transport: asyncio.Transport | None = None
        self._pauses: set[str] = set()
        self.session: Session
        self.connection_id = broker.new_id()
        self.peer_address = ""
        self.local_address = ""
        self.is_encrypted = False
        self.is_tls = False
        """Whether the port is one for TLS, shaken hands or not."""
        self.is_loopback_peer = False
        self.certificate_name = ""
        self.tally = broker.sampler.tally
        self.is_choked = False
        self.is_blocked = False
        self.is_refused_publishing = False
        self.requests: Iterator[Request] = iter(())
        self.closing_since_us = 0
        self.held_mail: deque[tuple[int, Sequence[Mail]]] = deque()
        """Redeliveries, and what came after them, until the commits with their counters are on disk."""

    # ---- what the session asks (Host)

    def new_id(self) -> int:
        """A number never given before; for channels."""
        return self._broker.new_id()

    def random_name(self) -> str:
        """22 URL-safe random characters."""
        return auth.random_name()

    @property
    def access_version(self) -> int:
        """Changes whenever anybody's rights do."""
        return self._broker.access.version

    def rights(self, user: str, vhost: str) -> Rights:
        """What a user may do in a virtual host, as of now."""
        return self._broker.access.rights(user, vhost)

    def exchange_kind(self, vhost: str, name: str) -> str:
        """Of which kind an exchange is; "" if there is none."""
        host = self._broker.engine.vhosts.get(vhost)
        exchange = host.exchanges.get(name) if host else None
        return exchange.spec.kind if exchange else ""

    def has_queue(self, vhost: str, name: str) -> bool:
        """Whether there is a queue of this name."""
        host = self._broker.engine.vhosts.get(vhost)
        return host is not None and name in host.queues

    def check_channel_limit(self, user: str) -> None:
        """Raises: RefusedError if this user may not open one more channel."""
        self._broker.logins.check_channel_limit(user)

    def check_queue_limit(self, vhost: str, name: str) -> None:
        """Raises: RefusedError if there is no room for this queue in its virtual host."""
        self._broker.logins.check_queue_limit(vhost, name)

    def check_token(self, token: str) -> bool:
        """Whether this is the native protocol's token."""
        return self._broker.check_token(token)

    def read_properties(self, message: Message) -> Properties:
        """A message's properties, whatever protocol it came by."""
        return properties_of(message, self._broker.protocols)[0]

    @property
    def is_lasting(self) -> bool:
        """Whether what is done here is done only when it is on disk."""
        return self._broker.is_lasting

    def info(self) -> BrokerInfo:
        """About the broker."""
        return self._broker.info()

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A peer has connected."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods, not its class
        peer = transport.get_extra_info("peername") or ("in-process", 0)
        host = str(peer[0])
        self.peer_address = written(peer)
        self.local_address = written(transport.get_extra_info("sockname") or ("in-process", 0))
        self.is_loopback_peer = host == "::1" or host.startswith(LOOPBACK_PREFIXES)
        self._transport.set_write_buffer_limits(
            high=limits.OUTBOUND_HIGH_WATER_BYTES, low=limits.OUTBOUND_HIGH_WATER_BYTES // 4
        )
        self.session = self.protocol.new_session(self, self._broker.clock.now_us())
        self._broker.on_connected(self)

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer: one turn of the broker."""
        self._broker.on_data(self, data)
        if len(data) >= FULL_READ_BYTES:
            self._let_others_go_first()

    def _let_others_go_first(self) -> None:
        """The peer has sent more than a read takes: others go first. The loop alone would read 32 times."""
        if not (self._pauses or self._transport is None or self._transport.is_closing()):
            self.pause_reading("others", is_paused=True)
            asyncio.get_running_loop().call_soon(self._end_pause)

    def _end_pause(self) -> None:
        """The others had their turn: fetch more of a large body, or have the loop read on.

        What is fetched is one chunk and one turn instead of four, and spared the copy which the loop makes of
        all that it reads.
        """
        if len(self._pauses) == 1 and self.session.held_bytes() >= BULKY_BYTES and (data := self._fetch()):
            self._broker.on_data(self, data)
            if len(data) >= FULL_READ_BYTES and self._transport is not None:
                asyncio.get_running_loop().call_soon(self._end_pause)
                return
        self.pause_reading("others", is_paused=False)

    def _fetch(self) -> bytes:
        """Read from the socket past its transport, where that can be done; b"" if there is nothing."""
        if self._transport is None or self._transport.is_closing() or os.name != "posix":
            return b""
        sock = self._transport.get_extra_info("socket")
        try:
            return os.read(sock.fileno(), BULK_READ_BYTES) if sock is not None else b""
        except OSError:  # nothing is there yet, or the connection is broken: the loop will find that, too
            return b""

    def pause_writing(self) -> None:
        """The peer does not keep up."""
        self.is_choked = True

    def resume_writing(self) -> None:
        """The peer has read on."""
        self.is_choked = False
        self.pause_reading("unread answers", is_paused=False)
        self._broker.on_drained(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone, whoever closed it."""
        self._broker.on_lost(self, str(exc) if exc else "")
        # Link, session and transport know each other. Cut here, they are free at once; else thousands of
        # them would wait for the collector, which then holds everybody up.
        self.session.forget()
        self.requests = iter(())
        self._transport = None

    # ---- what the broker calls

    def notify(self, mail: Sequence[Mail | WatchItem]) -> None:
        """Give the session its mail; if it cannot take it, that ends this connection only."""
        try:
            self.session.notify(mail)
        except Exception:  # the outer wall of a connection
            self.fail()

    def release(self, commit: int) -> bool:
        """All up to a commit is on disk: tell what waited for it; whether more waits."""
        while self.held_mail and self.held_mail[0][0] <= commit:
            self.notify(self.held_mail.popleft()[1])
        return self.session.release(commit) or bool(self.held_mail)

    def flush(self, now_us: int) -> None:
        """Write what the session has to say, and hang up when it has finished."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        try:
            data = self.session.data_to_send()
        except Exception:  # the outer wall of a connection
            self.fail()
            return
        if data:
            if isinstance(data, bytes):
                transport.write(data)
            else:
                transport.writelines(data)
            if transport.get_write_buffer_size() > READ_PAUSE_BYTES:
                self.pause_reading("unread answers", is_paused=True)
        if self.session.is_finished():
            self.closing_since_us = now_us
            transport.close()

    def pause_reading(self, why: str, *, is_paused: bool) -> None:
        """Stop, or go on, taking bytes from the peer; it goes on when no reason is left."""
        was_paused = bool(self._pauses)
        (self._pauses.add if is_paused else self._pauses.discard)(why)
        if self._transport is None or self._transport.is_closing() or was_paused == bool(self._pauses):
            return
        if self._pauses:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def is_paused(self) -> bool:
        """Whether we do not read from the peer (so that its silence means nothing)."""
        return bool(self._pauses)

    def is_kept_waiting(self) -> bool:
        """Whether we do not read from the peer for reasons of our own: it may well have sent heartbeats.

        Not so where it does not read itself: then its silence does mean something.
        """
        return not self._pauses.isdisjoint(OURS)

    def is_paused_for(self, why: str) -> bool:
        """Whether this is among the reasons why we do not read."""
        return why in self._pauses

    def abort(self) -> None:
        """Drop the connection, unwritten bytes included."""
        if self._transport is not None:
            self._transport.abort()

    def fail(self) -> None:
        """A bug in this connection's session: close it, and nothing else."""
        log.bug("connection_failed", peer=self.peer_address, protocol=self.protocol.name)
        self.abort()


def written(end: tuple[object, ...]) -> str:
    """One end of a socket as people write it."""
    host, port = str(end[0]), end[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
