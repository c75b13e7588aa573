"""A client's connection: coming and going, calls and watches, the one task that reads the stream.

One task, owned by the connection, reads the stream and hands answers to whoever waits for them.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar, overload

import msgspec

import mqstudio
from mqstudio.client.answers import Answers, Waiting
from mqstudio.client.runtime_files import find_broker
from mqstudio.client.transport import SocketTransport, Transport
from mqstudio.client.watching import MERGES, WatchStream
from mqstudio.model.errors import Refusal, RefusedError, RemoteError
from mqstudio.model.limits import NATIVE_FRAME_MAX_BYTES, SEND_OPEN_BYTES
from mqstudio.model.queries import Search, Watch, WatchEvents, WatchIncoming, WatchSamples
from mqstudio.model.rows import BrokerInfo, Found, TailItem
from mqstudio.model.samples import Incoming, Sample
from mqstudio.protocols.native import codec, messages

CONNECT_TIMEOUT_S = 5.0
CALL_TIMEOUT_S = 60.0
LOOPBACK = "127.0.0.1"
UNANSWERED = f"The broker has not answered for {CALL_TIMEOUT_S:g} seconds."
OTHER_VERSION = "What answers here is no MQ Studio broker, or one of another version ({})."

ITEMS: Final[dict[type, type]] = {
    WatchSamples: Sample,
    WatchIncoming: Incoming,
    WatchEvents: TailItem,
    Search: Found,
}
"""What comes of each kind of watch."""

R = TypeVar("R")


class Wire:
    """A connection to a broker. Refusals are raised as RefusedError, its end as ConnectionError."""

    info_at_start: BrokerInfo
    """What the broker said about itself when it let us in."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._frames = codec.FrameReader(NATIVE_FRAME_MAX_BYTES)
        self._decoder = codec.decoder(messages.FromBroker)
        self._last_id = 0
        self._answers: dict[int, Waiting] = {}
        self._watches: dict[int, tuple[WatchStream[Any], type[Any]]] = {}  # Any: one of ITEMS
        self._end_says = ""
        self._ended = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    # ---- coming and going

    @classmethod
    async def connect(cls, host: str, port: int, token: str, *, name: str = "MQ Studio client") -> Self:
        """Connect over TCP. Raises ConnectionError with a sentence for people."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                transport = await SocketTransport.connect(host, port)
        except (OSError, TimeoutError) as error:
            raise ConnectionError(
                f"No broker answers on {host}:{port} ({_reason(error)}). Is it still running?"
            ) from error
        return await cls.over(transport, token, name=name)

    @classmethod
    async def attach(cls, data_dir: Path, *, name: str = "MQ Studio client") -> Self:
        """Connect to the broker that runs in a data folder. Raises ConnectionError."""
        broker = find_broker(data_dir)
        return await cls.connect(LOOPBACK, broker.ports.native, broker.token, name=name)

    @classmethod
    async def over(cls, transport: Transport, token: str, *, name: str = "MQ Studio client") -> Self:
        """Begin on a stream that is already there. Raises ConnectionError."""
        client = cls(transport)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                client.info_at_start = await client._introduce(token, name)
        except TimeoutError as error:
            await transport.close()
            raise ConnectionError(f"The broker said nothing for {CONNECT_TIMEOUT_S:g} seconds.") from error
        except BaseException:
            await transport.close()
            raise
        # Owned by this client: ended in close(). A TaskGroup would tie it to one `async with`, but a
        # window keeps its client for as long as it is open.
        client._reader = asyncio.create_task(client._read())  # noqa: TID251
        return client

    async def close(self) -> None:
        """Hang up; what still waits for an answer gets ConnectionError. Closing twice is fine."""
        self._end("The connection to the broker was closed.", is_wanted=True)
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
        await self._transport.close()

    async def wait_closed(self) -> str:
        """Wait until the connection has ended, by either side; returns why, as a sentence."""
        await self._ended.wait()
        return self._end_says

    @property
    def is_closed(self) -> bool:
        """Whether the connection has ended."""
        return self._ended.is_set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # ---- the two things everything is made of

    async def call(self, request: messages.Request, returns: type[R]) -> R:
        """Ask for something; `returns` is the type that the request's docstring names.

        Raises: RefusedError, ConnectionError, TimeoutError.
        """
        is_large = isinstance(request, messages.Publish) and len(request.body) > SEND_OPEN_BYTES
        raw = await asyncio.to_thread(codec.raw, request) if is_large else codec.raw(request)
        result = await self._ask(messages.Call(self._new_id(), raw), is_large=is_large)
        try:
            return msgspec.msgpack.decode(result, type=returns)
        except codec.INVALID as error:
            raise ConnectionError(OTHER_VERSION.format(error)) from error

    async def call_all(self, requests: Sequence[messages.Request], returns: type[R]) -> list[R | Exception]:
        """Ask for several things in one go; what came of each, in order: its answer, or why there is none.

        So much is written at once: the caller bounds it. Raises: ConnectionError, before anything is asked.
        """
        if self.is_closed:
            raise ConnectionError(self._end_says)
        calls = [messages.Call(self._new_id(), codec.raw(request)) for request in requests]
        answers = Answers(len(calls))
        self._answers.update((call.id, answers.at(place)) for place, call in enumerate(calls))
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await self._transport.send(b"".join(map(codec.frame, calls)))
                await answers.wait()
        except TimeoutError:
            answers.give_up(TimeoutError(UNANSWERED))
        except OSError as error:
            answers.give_up(error)
        finally:
            for call in calls:
                del self._answers[call.id]
        try:
            return answers.read(returns)
        except codec.INVALID as error:
            raise ConnectionError(OTHER_VERSION.format(error)) from error

    @overload
    def watch(self, watch: WatchSamples) -> WatchStream[Sample]: ...
    @overload
    def watch(self, watch: WatchIncoming) -> WatchStream[Incoming]: ...
    @overload
    def watch(self, watch: WatchEvents) -> WatchStream[TailItem]: ...
    @overload
    def watch(self, watch: Search) -> WatchStream[Found]: ...
    def watch(self, watch: Watch) -> WatchStream[Any]:
        """Follow what happens; see WatchStream for how to use it."""
        message = messages.Watching(self._new_id(), codec.raw(watch))

        async def start() -> None:
            self._watches[stream.id] = (stream, ITEMS[type(watch)])
            try:
                await self._ask(message)
            except BaseException:
                self._watches.pop(stream.id, None)
                raise

        async def stop() -> None:
            if self._watches.pop(stream.id, None) is not None and not self.is_closed:
                with suppress(OSError):  # the broker may be going at this very moment
                    await self._transport.send(codec.frame(messages.Unwatch(stream.id)))

        stream: WatchStream[Any] = WatchStream(message.id, start, stop, merge=MERGES.get(type(watch)))
        return stream

    # ---- the stream

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def _ask(
        self, message: messages.Call | messages.Watching, *, is_large: bool = False
    ) -> msgspec.Raw:
        """is_large: it is put together in a thread, for copying tens of megabytes would hold up a window.

        Such a one goes alone (see `sending`), so none of its own kind gets before it.
        """
        if self.is_closed:
            raise ConnectionError(self._end_says)
        data = await asyncio.to_thread(codec.frame, message) if is_large else codec.frame(message)
        if len(data) > NATIVE_FRAME_MAX_BYTES:
            raise RefusedError(
                Refusal.TOO_LARGE,
                f"This request has {len(data)} bytes; a broker takes up to {NATIVE_FRAME_MAX_BYTES}.",
            )
        answer: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self._answers[message.id] = answer
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await self._transport.send(data)
                return await answer
        except TimeoutError as error:
            raise TimeoutError(UNANSWERED) from error
        finally:
            del self._answers[message.id]

    async def _introduce(self, token: str, name: str) -> BrokerInfo:
        """Say Hello and wait to be let in. Raises ConnectionError."""
        try:
            await self._transport.send(codec.frame(messages.Hello(token, name, mqstudio.__version__)))
            message = await self._receive()
        except (ConnectionResetError, BrokenPipeError):
            message = None
        match message:
            case messages.Welcome(info):
                return info
            case messages.Goodbye(says):
                raise ConnectionError(f"The broker hung up: {says}")
            case None:
                raise ConnectionError(
                    "The broker hung up without a word: the token is not its own (was it started anew?), "
                    "or this is not the port of an MQ Studio broker."
                )
            case _:
                raise ConnectionError(OTHER_VERSION.format(type(message).__name__))

    async def _receive(self) -> Any:
        """Wait for the next message; None once the broker has hung up."""
        while True:
            try:
                payload = self._frames.next_frame()
                if payload is not None:
                    return self._decoder.decode(payload)
            except (RemoteError, *codec.INVALID) as error:
                raise ConnectionError(OTHER_VERSION.format(error)) from error
            data = await self._transport.receive()
            if not data:
                return None
            self._frames.feed(data)

    async def _read(self) -> None:
        """Hand every message to whoever waits for it, until the stream ends."""
        try:
            while (message := await self._receive()) is not None:
                self._take(message)
            self._end("The broker has gone: it was stopped, or it broke down. Its log says which.")
        except OSError as error:
            self._end(f"The connection to the broker broke: {_reason(error)}")
        except codec.INVALID as error:
            self._end(OTHER_VERSION.format(error))

    def _take(self, message: messages.FromBroker) -> None:
        match message:
            case messages.Answer(id, result):
                if (answer := self._answers.get(id)) is not None and not answer.done():
                    answer.set_result(result)
            case messages.Failed(id, code, says):
                if (answer := self._answers.get(id)) is not None and not answer.done():
                    answer.set_exception(RefusedError(_refusal(code), says))
            case messages.Item(id, item):
                if (watch := self._watches.get(id)) is not None:
                    stream, kind = watch
                    stream.put(msgspec.msgpack.decode(item, type=kind))
            case messages.Gap(id, _):
                if (watch := self._watches.get(id)) is not None:
                    watch[0].put(message)
            case messages.Goodbye(says):
                self._end(f"The broker hung up: {says}")

    def _end(self, says: str, *, is_wanted: bool = False) -> None:
        if self.is_closed:
            return
        self._end_says = says
        self._ended.set()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError(says))
        for stream, _ in self._watches.values():
            stream.end(None if is_wanted else ConnectionError(says))
        self._watches.clear()


def _refusal(code: str) -> Refusal:
    """A Failed code's refusal; what a newer broker may send counts as not supported."""
    if code == messages.INVALID:
        return Refusal.INVALID_ARGUMENT
    return Refusal.__members__.get(code.upper(), Refusal.NOT_SUPPORTED)


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
