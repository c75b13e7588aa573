"""Peers of an HTTP port, and our patience with them: how many there may be, and how long each may take.

Its library waits for ever for a body, and for an answer to be read; for a first request an hour.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http import HttpProcessingError

from mqstudio.model import attempts, limits


class BodyError(Exception):
    """A body that cannot be had, with the status to say so."""

    def __init__(self, status: int, error: str, says: str) -> None:
        super().__init__(says)
        self.status = status
        self.error = error


class Stranger(web.RequestHandler):
    """Somebody at the port, who may turn out to speak another protocol."""

    __slots__ = ("_has_begun",)
    _has_begun: bool

    def data_received(self, data: bytes) -> None:
        """Look at the first bytes; what is not HTTP the library answers as it does any mistake."""
        if not hasattr(self, "_has_begun"):
            self._has_begun = True
            says = describe_stranger(data)
            if says and self.transport is not None and isinstance(self._manager, PatientServer):
                self._manager.on_stranger(self.transport, says)
        super().data_received(data)


def describe_stranger(first: bytes) -> str:
    """Say what a peer speaks that does not speak HTTP; "" if it may."""
    if first[:4] == b"AMQP":
        return attempts.SPEAKS_AMQP
    return attempts.SPEAKS_TLS if first[:2] == b"\x16\x03" else ""


class PatientServer(web.Server):
    """Hangs up on those who would be too many, and on those who come and do not ask: both keep others out.

    on_stranger: called with the socket and what is spoken there, if that is not HTTP.
    """

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        on_stranger: Callable[[asyncio.BaseTransport, str], None] = lambda _transport, _says: None,
    ) -> None:
        self.on_stranger = on_stranger
        super().__init__(
            handler,
            keepalive_timeout=limits.HTTP_IDLE_S,
            lingering_time=limits.HTTP_LINGER_S,
            auto_decompress=False,  # what is counted is what came
            access_log=None,
            logger=_library_log(),
        )
        self._silent: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._bodies: dict[web.RequestHandler, int] = {}
        self._bodies_bytes = 0

    def __call__(self) -> web.RequestHandler:
        """A handler for somebody who comes."""
        return Stranger(self, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Somebody has connected, and has so long to ask."""
        super().connection_made(handler, transport)
        if len(self.connections) > limits.HTTP_CONNECTIONS_MAX:
            transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._silent[handler] = loop.call_later(limits.HTTP_HEAD_S, transport.abort)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Somebody has gone."""
        self.heard(handler)
        super().connection_lost(handler, exc)

    def heard(self, handler: web.RequestHandler) -> None:
        """Note that a connection's first request is here; the library waits for those that follow."""
        silence = self._silent.pop(handler, None)
        if silence is not None:
            silence.cancel()

    def keep(self, handler: web.RequestHandler, size_bytes: int) -> None:
        """Count a part of a body. Raises: BodyError if all together are too much."""
        if self._bodies_bytes + size_bytes > limits.HTTP_BODIES_MAX_BYTES:
            says = f"Requests of {limits.HTTP_BODIES_MAX_BYTES} bytes are being worked on. Try again soon."
            raise BodyError(503, "service_unavailable", says)
        self._bodies_bytes += size_bytes
        self._bodies[handler] = self._bodies.get(handler, 0) + size_bytes

    def let_go(self, handler: web.RequestHandler) -> None:
        """Note that a connection's request is over."""
        self._bodies_bytes -= self._bodies.pop(handler, 0)


async def read(request: web.BaseRequest, server: PatientServer) -> bytes:
    """The body, which counts as kept until the request is answered.

    Raises: BodyError if it is too large, found out before it is kept, late, or broken.
    """
    too_large = BodyError(
        413, "payload_too_large", f"The body is larger than {limits.HTTP_BODY_MAX_BYTES} bytes."
    )
    if (request.content_length or 0) > limits.HTTP_BODY_MAX_BYTES:
        raise too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(limits.HTTP_BODY_S):
            async for part in request.content.iter_chunked(65_536):
                size += len(part)
                if size > limits.HTTP_BODY_MAX_BYTES:
                    raise too_large
                server.keep(request.protocol, len(part))
                parts.append(part)
    except TimeoutError:
        says = f"The body did not arrive within {limits.HTTP_BODY_S:g} seconds. Send it at once."
        raise BodyError(408, "request_timeout", says) from None
    except (ConnectionError, web.RequestPayloadError):
        says = "The body broke off, or is not as its headers say. Send it again."
        raise BodyError(400, "bad_request", says) from None
    return b"".join(parts)


async def send(answer: web.Response, request: web.BaseRequest) -> None:
    """Send an answer; who does not read it is hung up on, and not waited for."""
    try:
        async with asyncio.timeout(limits.HTTP_TAKE_S):
            await answer.prepare(request)
            await answer.write_eof()
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
    except ConnectionError:  # the peer has gone: the library finds that out as well, and ends the connection
        return


def _library_log() -> logging.Logger:
    """Where the library reports mistakes of its own."""
    found = logging.getLogger("mqstudio.http")
    found.addFilter(_is_of_ours)
    return found


def _is_of_ours(record: logging.LogRecord) -> bool:
    """What peers say wrong is told to them, and is no news: anybody could fill the log with it."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
