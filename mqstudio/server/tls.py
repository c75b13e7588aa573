"""TLS between a socket and a link, and what of it goes wrong, in words for the log.

Done here rather than by the loop, because a loop drops a peer that fails to shake hands without telling
anybody: here a person finds in the log that a certificate has expired, or that somebody speaks without TLS.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, cast

from mqstudio.model import attempts
from mqstudio.server import certificates, log
from mqstudio.server.certificates import SERVER_RENEWAL, Certificates
from mqstudio.server.link import Link

RECORD_BYTES: Final = 16 * 1024
"""The most that TLS gives at a time."""
RECORDS_IN_A_TURN: Final = 16
"""What a loop reads from a plain socket at once is about as much."""
_TLS_FIRST_BYTE: Final = 0x16
"""Of every TLS connection: a handshake record."""


class Contexts:
    """What TLS needs to know for new connections; the broker's certificate is renewed in time.

    Raises (when made): OSError, ValueError if the certificates cannot be made or read.
    """

    def __init__(self, kept: Certificates, now: Callable[[], datetime] = certificates.now) -> None:
        self._kept = kept
        self._now = now
        kept.make_authority(now())
        kept.renew_server(now())
        self._expires_at = certificates.good_until(kept.server.certificate)
        self._renew_at = self._expires_at - SERVER_RENEWAL
        self._context = _new_context(kept)

    @property
    def authority_path(self) -> str:
        """The file that clients need to trust us."""
        return str(self._kept.authority.certificate)

    def current(self) -> ssl.SSLContext:
        """The context for a connection that begins now."""
        if self._now() > self._renew_at:
            try:
                self._kept.renew_server(self._now())
                self._expires_at = certificates.good_until(self._kept.server.certificate)
                self._renew_at = self._expires_at - SERVER_RENEWAL
                self._context = _new_context(self._kept)
                log.info("certificate_renewed", good_until=self._expires_at.date().isoformat())
            except (OSError, ValueError) as error:  # the old one may do for a while
                log.warning("certificate_not_renewed", why=str(error))
                self._renew_at = self._now() + SERVER_RENEWAL / 30
        return self._context


def _new_context(kept: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(kept.server.certificate, kept.server.key)
    context.load_verify_locations(kept.authority.certificate)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


class TlsLayer(asyncio.Protocol, asyncio.Transport):
    """To the socket a protocol, to the link a transport: bytes go through encrypted."""

    def __init__(self, contexts: Contexts, link: Link) -> None:
        super().__init__()
        self._contexts = contexts
        self._link = link
        link.is_tls = True
        self._socket: asyncio.Transport
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls: ssl.SSLObject
        self._is_shaken = False
        self._is_paused = False
        self._has_begun = False
        self._failure = ""

    # ---- what the socket tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A peer has connected: the link's time to shake hands begins."""
        self._socket = cast(asyncio.Transport, transport)  # uvloop's is one by its methods, not its class
        self._tls = self._contexts.current().wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._link.connection_made(self)

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer, encrypted, or whatever it takes for that."""
        if not self._has_begun:
            self._has_begun = True
            if data[0] != _TLS_FIRST_BYTE:
                self._fail(describe_plain(data))
                return
        self._incoming.write(data)
        self._go_on()

    def pause_writing(self) -> None:
        """The peer does not keep up."""
        self._link.pause_writing()

    def resume_writing(self) -> None:
        """The peer has read on."""
        self._link.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        if self._failure:
            exc = ConnectionError(self._failure)
        elif not self._is_shaken and exc is None and self._has_begun:
            trusts = f"if it does not trust our certificate, it needs {self._contexts.authority_path}"
            exc = ConnectionError(f"{attempts.HUNG_UP_AMID_TLS}; {trusts}")
        self._link.connection_lost(exc)

    # ---- what the link asks

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # Any: as asyncio has it
        """What is known of the socket, which itself is nobody else's: what is in it is encrypted."""
        return default if name == "socket" else self._socket.get_extra_info(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """When the socket counts as full."""
        self._socket.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        """Bytes that the peer has not taken, encrypted."""
        return self._socket.get_write_buffer_size()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt and send; before the peer has shaken hands there is nothing it could understand."""
        if self._is_shaken and data:
            try:
                self._tls.write(data)
            except ssl.SSLError as error:
                self._fail(describe_error(error, self._contexts.authority_path))
            self._flush()

    def pause_reading(self) -> None:
        """Hand nothing on."""
        self._is_paused = True
        self._socket.pause_reading()

    def resume_reading(self) -> None:
        """Hand on what came, also what has come already."""
        self._is_paused = False
        self._socket.resume_reading()
        asyncio.get_running_loop().call_soon(self._go_on)

    def is_closing(self) -> bool:
        """Whether it is closed, or will be once all is written."""
        return self._socket.is_closing()

    def close(self) -> None:
        """Say goodbye in TLS, and hang up once all is written."""
        if self._is_shaken and not self._socket.is_closing():
            with contextlib.suppress(ssl.SSLError):  # it wants the peer's goodbye too; we do not wait for it
                self._tls.unwrap()
            self._flush()
        self._socket.close()

    def abort(self) -> None:
        """Hang up."""
        self._socket.abort()

    # ---- between them

    def _go_on(self) -> None:
        """Shake hands, then hand on what can be read."""
        try:
            if not self._is_shaken:
                self._tls.do_handshake()
                self._is_shaken = True
                self._link.is_encrypted = True
                self._link.certificate_name = name_in(self._tls.getpeercert())
            while not (self._is_paused or self._socket.is_closing()) and (data := self._read()):
                self._link.data_received(data)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self._fail(describe_error(error, self._contexts.authority_path))
        self._flush()

    def _read(self) -> bytes:
        """What has come, as much as makes one turn: TLS gives it in records of 16 KiB, and a turn costs.

        Raises: SSLError, SSLWantReadError among them, but not before what came earlier is handed on.
        """
        records: list[bytes] = []
        try:
            for _ in range(RECORDS_IN_A_TURN):
                records.append(self._tls.read(RECORD_BYTES))
                if not records[-1]:
                    self._socket.close()
                    break
        except ssl.SSLZeroReturnError:
            self._socket.close()
        except ssl.SSLError:
            if not records:
                raise
        return b"".join(records)

    def _fail(self, why: str) -> None:
        """Send what TLS has to say about it, and hang up; why is for the log."""
        self._failure = why
        self._flush()
        self._socket.close()

    def _flush(self) -> None:
        if self._outgoing.pending and not self._socket.is_closing():
            self._socket.write(self._outgoing.read())


def name_in(certificate: Any) -> str:  # Any: a dict of nested tuples, or None
    """Whom a peer's certificate names; "" without a certificate."""
    for part in (certificate or {}).get("subject", ()):
        for key, value in part:
            if key == "commonName":
                return str(value)
    return ""


def describe_plain(first: bytes) -> str:
    """Say what a peer speaks that does not speak TLS."""
    if first[:4] == b"AMQP":
        return f"{attempts.SPEAKS_AMQP} {attempts.WITHOUT_TLS}; this port is for TLS, the other one is for it"
    if first[:1].isalpha() and b"HTTP/" in first[:200]:
        return f"{attempts.SPEAKS_HTTP} {attempts.WITHOUT_TLS}"
    return f"{attempts.SPEAKS_SOMETHING} TLS: it began with {first[:8]!r}"


def describe_error(error: ssl.SSLError, authority_path: str) -> str:
    """Say what went wrong in TLS, and whose certificate is meant."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the client's certificate was refused: {error.verify_message}. "
            "`mqstudio certificates client NAME` makes one that is good"
        )
    reason = (error.reason or "").replace("_", " ").lower()
    if "alert" in reason and ("unknown ca" in reason or "certificate" in reason):
        return f"{attempts.REFUSES_CERTIFICATE} ({reason}); it needs to trust {authority_path}"
    if "unsupported protocol" in reason or "version" in reason:
        return f"the client wants a TLS older than 1.2 ({reason})"
    return f"TLS failed: {reason or error}"
