"""The broker's half of a native connection: the token first, then calls and watches.

    waiting for Hello ──right token──► open ──Goodbye (kicked, broken frame, broker stops)──► finished
          └──foreign bytes, wrong token, silence: hang up without a word──────────────────────────┘

Whoever has not shown the token learns nothing from us, not even what we are.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec import Struct

from mqstudio.model.commands import (
    CloseChannel,
    DeclareQueue,
    OpenChannel,
    OpenConnection,
    PublishMessage,
)
from mqstudio.model.errors import Refusal, RefusedError, RemoteError
from mqstudio.model.events import ConnectionKicked, Mail, MessageReturned
from mqstudio.model.limits import (
    NATIVE_CHANNELS_MAX,
    NATIVE_FRAME_MAX_BYTES,
    NATIVE_HELLO_MAX_BYTES,
    NATIVE_TOKEN_US,
    NATIVE_WATCHES_MAX,
    PARTIAL_FRAME_US,
)
from mqstudio.model.message import Message
from mqstudio.model.replies import PublishReply
from mqstudio.model.topology import DEFAULT_VHOST, ConnectionInfo
from mqstudio.protocols.base import Host, Request, StartWatch, StopWatch, WatchItem
from mqstudio.protocols.native import codec, messages
from mqstudio.protocols.native.convert import read_request, read_watch, to_command, vhost_of

PROTOCOL_NAME = "native"

_to_broker = codec.decoder(messages.ToBroker)


class _Published(Struct, frozen=True):
    """A publish whose answer waits for the end of the turn, when we know whether it came back."""

    call_id: int
    command: PublishMessage
    was_refused: bool


class NativeSession:
    """See the module; implements protocols.base.Session."""

    holds_answers = True

    def __init__(self, host: Host, now_us: int) -> None:
        self.wants_answer = False
        self._sealed: deque[tuple[int, bytes]] = deque()
        """What waits for commits to be on disk, and what did."""
        self._released: list[bytes] = []
        self.close_reason = ""
        self._host = host
        self._frames = codec.FrameReader(NATIVE_HELLO_MAX_BYTES)
        self._began_at_us = now_us
        self._heard_at_us = now_us
        self._channels: dict[str, int] = {}
        """A channel for each virtual host that was asked for; the one asked for last comes last."""
        self._last_number = 0
        self._is_open = False
        self._is_welcome = False
        self._is_finished = False
        self._call_id: int | None = None  # of the request being done
        self._request: Request | None = None
        self._is_done = False
        """Whether the last request was not refused."""
        self._is_stale = False
        """Whether it was refused because its virtual host, and our channel with it, has gone meanwhile."""
        self._watch_ids: set[int] = set()
        self._returned: list[tuple[int, Message]] = []  # with the channel they came by
        self._outbox: list[bytes | _Published] = []

    # ---- from the peer

    def receive_data(self, data: bytes, now_us: int) -> Iterator[Request]:
        """Take bytes from the peer; yield what they ask for, one at a time. None are a sign of life only."""
        self._heard_at_us = now_us
        if not data:  # what came before may still be at work
            return
        self._frames.feed(data)
        try:
            while not self._is_finished and (payload := self._frames.next_frame()) is not None:
                yield from self._take(payload, now_us)
        except RemoteError as error:
            self._hang_up(error.says, says=error.says if self._is_welcome else None)
        if self._is_finished:
            self._frames.drop()

    def _take(self, payload: bytes, now_us: int) -> Iterator[Request]:
        try:
            message = _to_broker.decode(payload)
        except codec.INVALID as error:
            raise RemoteError(f"a frame is no message of the native protocol: {error}") from error
        if not self._is_welcome:
            yield from self._greet(message, now_us)
            return
        match message:
            case messages.Call(id, raw):
                yield from self._within(id, lambda: self._call(id, raw))
            case messages.Watching(id, raw):
                yield from self._within(id, lambda: self._start_watch(id, raw))
            case messages.Unwatch(id) if id in self._watch_ids:
                self._watch_ids.discard(id)
                yield from self._do(StopWatch(id), None)
            case messages.Unwatch():
                pass  # it was refused, or has ended already
            case messages.Hello():
                raise RemoteError("a second Hello came")

    def _call(self, call_id: int, raw: msgspec.Raw) -> Iterator[Request]:
        """Do what a call asks, on a channel of its virtual host."""
        request = read_request(raw)
        vhost = vhost_of(request)
        if vhost is None:
            yield from self._do(to_command(request, 0), call_id)
            return
        for _ in range(2):  # a channel can turn out to have gone with its virtual host: then on a new one
            if vhost not in self._channels:
                yield from self._open_channel(vhost, call_id)
            if vhost not in self._channels:
                return
            channel_id = self._channels[vhost] = self._channels.pop(vhost)
            yield from self._do(self._declared(to_command(request, channel_id), vhost), call_id)
            if not self._is_stale:
                return
            del self._channels[vhost]

    def _declared(self, request: Request, vhost: str) -> Request:
        """A queue declared without a name gets one of its own, as on AMQP; and there may be too many already.

        Raises: RefusedError(TOO_MANY_QUEUES_OF_VHOST).
        """
        if not isinstance(request, DeclareQueue) or request.is_passive:
            return request
        if not request.name:
            request = msgspec.structs.replace(request, name=f"amq.gen-{self._host.random_name()}")
        self._host.check_queue_limit(vhost, request.name)
        return request

    def _open_channel(self, vhost: str, call_id: int | None) -> Iterator[Request]:
        """Open a channel in a virtual host; if that is refused, so is the call."""
        if len(self._channels) >= NATIVE_CHANNELS_MAX:
            yield from self._do(CloseChannel(self._channels.pop(next(iter(self._channels)))), None)
        channel_id = self._host.new_id()
        self._last_number += 1
        elsewhere = "" if vhost == DEFAULT_VHOST else vhost
        opening = OpenChannel(channel_id, self._host.connection_id, self._last_number, elsewhere)
        yield from self._do(opening, call_id)
        if self._is_done:
            self._channels[vhost] = channel_id

    def _greet(self, message: messages.ToBroker, now_us: int) -> Iterator[Request]:
        if not isinstance(message, messages.Hello) or not self._host.check_token(message.token):
            self._hang_up("the first frame had not the right token")
            return
        self._frames.limit_bytes = NATIVE_FRAME_MAX_BYTES
        self._is_open = True
        yield from self._do(OpenConnection(self._introduce(message, now_us)), None)
        if not self._is_finished:
            yield from self._open_channel(DEFAULT_VHOST, None)
        if not self._is_finished:
            self._is_welcome = True
            self._send(messages.Welcome(self._host.info()))

    def _introduce(self, hello: messages.Hello, now_us: int) -> ConnectionInfo:
        return ConnectionInfo(
            id=self._host.connection_id,
            protocol=PROTOCOL_NAME,
            address=self._host.peer_address,
            name=hello.client or self._host.peer_address,
            product=hello.client,
            version=hello.version,
            opened_at_us=now_us,
        )

    def _within(self, call_id: int, ask: Callable[[], Iterator[Request]]) -> Iterator[Request]:
        """Answer a call that makes no sense by its id."""
        try:
            yield from ask()
        except RefusedError as error:
            self._send(_failed(call_id, error))

    def _start_watch(self, watch_id: int, raw: msgspec.Raw) -> Iterator[Request]:
        if watch_id in self._watch_ids:
            raise RefusedError(
                Refusal.INVALID_ARGUMENT, f"Watch {watch_id} runs already; give each one an id of its own."
            )
        if len(self._watch_ids) >= NATIVE_WATCHES_MAX:
            raise RefusedError(
                Refusal.INVALID_ARGUMENT,
                f"{NATIVE_WATCHES_MAX} watches run on this connection; end one first.",
            )
        watch = read_watch(raw)
        self._watch_ids.add(watch_id)
        yield from self._do(StartWatch(watch_id, watch), watch_id)

    def _do(self, request: Request, call_id: int | None) -> Iterator[Request]:
        self._request, self._call_id = request, call_id
        self._is_done, self._is_stale = True, False
        self.wants_answer = call_id is not None
        yield request
        self._request, self._call_id = None, None

    # ---- from the broker

    def answer(self, reply: object) -> None:
        """The last request was done."""
        if self._call_id is None or isinstance(self._request, OpenChannel):
            return  # only what was asked for is answered, not what it takes to do it
        if isinstance(self._request, PublishMessage):
            was_refused = isinstance(reply, PublishReply) and reply.is_refused
            self._outbox.append(_Published(self._call_id, self._request, was_refused))
        else:
            self._send(messages.Answer(self._call_id, codec.raw(reply)))

    def refuse(self, error: RefusedError) -> None:
        """The last request was refused and has changed nothing."""
        self._is_done = False
        self._is_stale = self._is_on_lost_channel(error)
        if isinstance(self._request, StartWatch):
            self._watch_ids.discard(self._request.watch_id)
        if self._is_stale:
            return
        if self._call_id is not None:
            self._send(_failed(self._call_id, error))
        elif not self._is_welcome:
            self._is_open = self._is_open and not isinstance(self._request, OpenConnection)
            self._hang_up(error.says, says=error.says)

    def _is_on_lost_channel(self, error: RefusedError) -> bool:
        is_ours = getattr(self._request, "channel_id", None) in self._channels.values()
        return error.why is Refusal.NO_SUCH_CHANNEL and is_ours

    def notify(self, mail: Sequence[Mail | WatchItem]) -> None:
        """Events addressed to this connection, in order."""
        for letter in mail:
            match letter:
                case WatchItem(watch_id, item, gap) if watch_id in self._watch_ids:
                    if gap:
                        self._send(messages.Gap(watch_id, gap))
                    if item is not None:
                        self._send(messages.Item(watch_id, codec.raw(item)))
                case MessageReturned(channel, message):
                    self._returned.append((channel.id, message))
                case ConnectionKicked(_, reason):
                    self._hang_up(f"kicked: {reason}", says=reason)
                case _:
                    pass  # we have no subscriptions: nothing is delivered to us

    def advance(self, now_us: int) -> None:
        """Time has passed: give up on peers that do not say who they are, or stop amid a frame."""
        if not self._is_welcome and now_us - self._began_at_us >= NATIVE_TOKEN_US:
            self._hang_up(f"no token within {NATIVE_TOKEN_US // 1_000_000} s")
        elif self._frames.has_rest() and now_us - self._heard_at_us >= PARTIAL_FRAME_US:
            says = f"a frame was begun and not finished within {PARTIAL_FRAME_US // 1_000_000} s"
            self._hang_up(says, says=says)

    def is_calm(self) -> bool:
        """Whether no deadline is near: the token has come, and no frame is half here."""
        return self._is_welcome and not (self._is_finished or self._frames.has_rest())

    def held_bytes(self) -> int:
        """Memory that a frame takes that has half arrived."""
        return self._frames.held_bytes()

    def shut_down(self, reason: str) -> None:
        """The broker stops."""
        self._hang_up("", says=reason if self._is_welcome else None)

    def forget(self) -> None:
        """The socket is gone: let go of the host."""
        del self._host

    # ---- to the peer

    def data_to_send(self) -> bytes:
        """Everything to write now, once; empties the buffer."""
        if self._sealed and self._outbox and not self._is_finished:
            self._sealed.append((self._sealed[-1][0], self._written()))
        released = b"".join(self._released)
        self._released.clear()
        return released if self._sealed and not self._is_finished else released + self._written()

    def _written(self) -> bytes:
        data = b"".join(
            entry if isinstance(entry, bytes) else codec.frame(self._answer_publish(entry))
            for entry in self._outbox
        )
        self._outbox.clear()
        self._returned.clear()
        return data

    def seal(self, commit: int) -> None:
        """Hold what this turn has to say, and all that comes after it, until its commit is on disk."""
        self._sealed.append((commit, self._written()))

    def release(self, commit: int) -> bool:
        """Let go of what waited for commits that are on disk now; whether there is more."""
        while self._sealed and self._sealed[0][0] <= commit:
            self._released.append(self._sealed.popleft()[1])
        return bool(self._sealed)

    def refuse_sealed(self, says: str) -> None:
        """What was asked for is done, but not on disk: the peer must look what there is."""
        if self._sealed:
            self._sealed.clear()
            self._hang_up(says, says=says)

    def is_finished(self) -> bool:
        """Whether to hang up once the bytes are written."""
        return self._is_finished

    def is_open(self) -> bool:
        """Whether the engine is to know this connection: not before its token, nor once it is closing."""
        return self._is_open and not self._is_finished

    def _answer_publish(self, published: _Published) -> messages.Answer:
        """Say whether it was routed: the messages that came back are in the order of publishing.

        Two equal in every byte within one turn could trade their answers; nobody can tell those apart.
        """
        came_back = bool(self._returned) and _is_same(*self._returned[0], published.command)
        if came_back:
            self._returned.pop(0)
        reply = messages.PublishReply(not came_back, published.was_refused)
        return messages.Answer(published.call_id, codec.raw(reply))

    def _send(self, message: messages.FromBroker) -> None:
        if not self._is_finished:
            self._outbox.append(codec.frame(message))

    def _hang_up(self, reason: str, *, says: str | None = None) -> None:
        """End the connection: `reason` for the log, `says` for the peer (None: without a word)."""
        if self._is_finished:
            return
        if says is not None:
            self._send(messages.Goodbye(says))
        self.close_reason = reason
        self._is_finished = True


def _failed(call_id: int, error: RefusedError) -> messages.Failed:
    code = messages.INVALID if error.why is Refusal.INVALID_ARGUMENT else error.why.name.lower()
    return messages.Failed(call_id, code, error.says)


def _is_same(channel_id: int, message: Message, command: PublishMessage) -> bool:
    return (
        channel_id == command.channel_id
        and message.exchange == command.exchange
        and message.routing_key == command.routing_key
        and message.properties == command.properties
        and message.body == command.body
    )
