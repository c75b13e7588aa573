"""The broker's half of an AMQP 0-9-1 connection.

`receive_data` has two ways through it. Frames that come by the hundred thousand, whole publishes and
acks on open channels, are taken apart in its loop with local variables only. Every other frame goes
through `frames.work_off`: phases, handlers, contents in pieces, and all that a peer can do wrong. The
fast way takes only what it recognises wholly, so no rule is written twice: the slow one judges the rest.

A peer's mistake closes its channel or its connection with RabbitMQ's code and text. What gives no
hope of an answer (another protocol, a dead peer) just ends it.
"""

from collections.abc import Generator, Iterator, Sequence
from itertools import chain
from struct import Struct
from typing import Any, Final

from mqstudio.model import attempts, limits
from mqstudio.model.commands import CloseChannel, CloseConnection, PublishMessage, SettleDelivery
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import RefusedError, RemoteError
from mqstudio.model.events import (
    ChannelExpired,
    ConnectionKicked,
    MessageDelivered,
    MessageReturned,
    PublishingBlocked,
    PublishingResumed,
    SubscriptionClosed,
)
from mqstudio.model.rights import NO_RIGHTS
from mqstudio.protocols.amqp091 import codec, errors, frames, handshake, methods
from mqstudio.protocols.amqp091.channel import Channel, Work
from mqstudio.protocols.amqp091.connection import Phase
from mqstudio.protocols.amqp091.content import Contents
from mqstudio.protocols.amqp091.deliveries import DeliveryWriter, Letter
from mqstudio.protocols.amqp091.outbox import Outbox
from mqstudio.protocols.amqp091.publishes import PublishReader
from mqstudio.protocols.base import BREATH, Host, Output, Request

_CHANNEL_CLOSE: Final = methods.CODES["channel.close"]
_CANCEL: Final = methods.CODES["basic.cancel"]
_BLOCKED: Final = methods.CODES["connection.blocked"]
_UNBLOCKED: Final = methods.CODES["connection.unblocked"]
_RETURN: Final = methods.CODES["basic.return"]
_PUBLISH: Final = methods.CODES["basic.publish"]
_SETTLING_SIZE: Final = 13
_ACCEPTED: Final = (False, Outcome.ACCEPTED), (True, Outcome.ACCEPTED)
_REJECTED: Final = (False, Outcome.REJECTED), (False, Outcome.RELEASED)
_SETTLING: Final = {
    methods.CODES["basic.ack"]: _ACCEPTED * 2,
    methods.CODES["basic.reject"]: _REJECTED * 2,
    methods.CODES["basic.nack"]: (
        (False, Outcome.REJECTED),
        (True, Outcome.REJECTED),
        (False, Outcome.RELEASED),
        (True, Outcome.RELEASED),
    ),
}
"""By their two lowest bits, what acks, rejects and nacks ask: whether for all up to the tag, and what for."""

_HEAD = codec.FRAME_HEAD.unpack_from
_CODE = Struct(">I").unpack_from
_TAG_AND_BITS = Struct(">QB").unpack_from

_HEARTBEATS_MISSED: Final = 2

_LARGE_BYTES: Final = 4096
"""A shorter frame is put together with all that comes behind it: that costs less than a second look."""


class AmqpSession:
    """One connection. See `protocols.base.Session` for how the server drives it."""

    holds_answers = False

    def __init__(self, host: Host, now_us: int) -> None:
        self.host = host
        self.wants_answer = False
        self.close_reason = ""
        self.phase = Phase.HEADER
        self.user = ""
        self.mechanism = ""
        self.vhost = ""
        self.client = handshake.read_client({})
        self.tuning = handshake.Tuning(limits.CHANNEL_MAX, limits.FRAME_MIN_BYTES, 0)
        self.is_in_engine = False
        self.frames_read = 0
        """How many have gone the slow way."""
        self.blamed = 0
        """Code of the method at work: what a close names as the failing one; 0 for none."""
        self.received_us = now_us
        self.is_checking_login = False
        self.rights = NO_RIGHTS
        self._access_version = host.access_version
        self.outbox = Outbox()
        self.begun: set[tuple[int, str]] = set()
        """Subscriptions (channel id, tag) begun in this turn."""
        self.ended: set[tuple[int, str]] = set()
        """Subscriptions cancelled in this turn and begun before it."""
        self.channels: dict[int, Channel] = {}
        self.channels_by_id: dict[int, Channel] = {}
        self.closing_channels: set[int] = set()
        self.contents = Contents()
        self._confirming: dict[Channel, None] = {}
        """Channels that have published since the last turn, and those that wait for the disk."""
        self._sealed: dict[Channel, None] = {}
        self.writer = DeliveryWriter(self.channels_by_id)
        self.publishes = PublishReader(self.channels)
        self._reply: object = None
        self._refusal: RefusedError | None = None
        self._rest = b""
        self._missing_bytes = 0
        """What the frame, or whole publish, lacks that `_rest` begins with; 0 if that is not known."""
        self.is_deaf = False
        """Frame boundaries are lost: whatever comes cannot be read any more."""
        self._started_us = now_us
        self._sent_us = now_us
        self._has_sent = False
        self._closing_since_us: int | None = None

    # ---- from the peer ----------------------------------------------------------------------------

    def receive_data(self, data: bytes, now_us: int) -> Iterator[Request]:
        """Take bytes; yield requests.

        An empty chunk counts as a sign of life: for a server that has stopped reading from this peer
        and must not take its silence for death.
        """
        self.received_us = now_us
        if not data:  # what came before may still be at work
            return iter(())
        rest, self._rest = self._rest, b""
        missing, self._missing_bytes = self._missing_bytes, 0
        if 0 < missing <= len(data) and len(rest) + missing > _LARGE_BYTES:
            # Only what completes it is copied, not all that came.
            return chain(
                self._read(b"".join((rest, memoryview(data)[:missing])), 0), self._read(data, missing)
            )
        return self._read(rest + data if rest else data, 0)

    def _read(self, buffer: bytes, pos: int) -> Iterator[Request]:  # noqa: PLR0915  # the hot path
        """Work off whole frames from `pos` on; keep the beginning of the next one."""
        if self.phase is Phase.HEADER:
            pos = self._read_protocol_header(buffer)
        if not self._is_ready():
            return
        end, channels, contents, frame_max = len(buffer), self.channels, self.contents, self.tuning.frame_max
        # A stamp is everything of a publish up to its body. When it repeats byte for byte, as in streams of
        # equal messages, one comparison stands for all the reading and checking: half the time.
        stamp, stamp_reach, last_reach = b"", 0, 0
        read, breath_at = self.publishes.read, 0
        while (left := end - pos) >= 7:
            stop = pos + stamp_reach
            if stamp and stop <= end and buffer.startswith(stamp, pos) and buffer[stop - 1] == 0xCE:
                body = buffer[pos + len(stamp) : stop - 1]
                pos = stop
            else:
                stamp = b""
                kind, number, size = _HEAD(buffer, pos)
                code = _CODE(buffer, pos + 7)[0] if left >= 11 else 0
                stop = pos + size + 8
                asks = _SETTLING.get(code) if size == _SETTLING_SIZE else None
                if asks is not None and kind == 1 and stop <= end and not contents:
                    acker = channels.get(number)
                    if acker is not None and buffer[stop - 1] == 0xCE:
                        tag, bits = _TAG_AND_BITS(buffer, pos + 11)
                        pos = stop
                        is_multiple, outcome = asks[bits & 3]
                        yield SettleDelivery(acker.id, tag, is_multiple, outcome)
                        if self._refusal is not None:
                            yield from self._give_up(number, code)
                        continue
                whole = read(buffer, pos, stop, frame_max) if code == _PUBLISH and not contents else None
                if whole is None:
                    missing = (self.publishes.reach or stop) - end
                    if missing > 0 and size <= frame_max:
                        self._missing_bytes, self.publishes.reach = missing, 0
                        break
                    problem = errors.frame_problem(size, frame_max, buffer[stop - 1 : stop])
                    payload = contents.cut(buffer, pos, stop) if size <= frame_max else b""
                    pos = stop
                    yield from frames.work_off(self, kind, number, payload, problem)
                    if self._cannot_read():
                        return
                    frame_max = self.tuning.frame_max
                    continue
                channel, exchange, key, is_mandatory, properties, traits, body_at, body_stop = whole
                body = buffer[body_at + 7 : body_stop - 1]
                stamp_reach = body_stop - pos
                if stamp_reach == last_reach:
                    stamp = buffer[pos : body_at + 7]
                last_reach = stamp_reach
                breath_at = breath_at or pos + limits.TURN_PUBLISHES * stamp_reach
                pos = body_stop
            if is_mandatory:
                self.outbox.hold_replies()
            yield PublishMessage(channel.id, exchange, key, properties, body, is_mandatory, "", traits)
            if self._refusal is not None:
                stamp = b""
                yield from self._give_up(channel.number, _PUBLISH)
            elif channel.is_confirming:
                self.count_publish(channel, self._reply)
                self._reply = None
            if pos >= breath_at:
                breath_at = pos + limits.TURN_PUBLISHES * stamp_reach
                yield BREATH
        self._rest = buffer[pos:]
        contents.end_chunk(end)

    def _is_ready(self) -> bool:
        """Whether frames can be read, by the rights there are now."""
        if self._access_version != self.host.access_version:
            self.look_up_rights()
        return not self._cannot_read()

    def _cannot_read(self) -> bool:
        return self.is_deaf or self.phase in (Phase.HEADER, Phase.FINISHED)

    def _read_protocol_header(self, buffer: bytes) -> int:
        """Greet a peer that speaks our protocol, send others away. Returns where its frames begin."""
        first = buffer[: len(handshake.PROTOCOL_HEADER)]
        if len(first) < len(handshake.PROTOCOL_HEADER):
            self._rest = buffer
            return 0
        if first in handshake.ACCEPTED_HEADERS:
            self.phase = Phase.STARTING
            properties = handshake.server_properties()
            mechanisms = handshake.mechanisms(bool(self.host.certificate_name))
            self.send("connection.start", *handshake.spoken_version(first), properties, mechanisms, b"en_US")
        else:
            self.outbox.write(handshake.PROTOCOL_HEADER)
            self.finish(handshake.describe_header(first))
        return len(first)

    def count_publish(self, channel: Channel, reply: object) -> None:
        """Have a message confirmed when the turn ends; one with a reply was refused by a full queue."""
        self._confirming[channel] = None
        channel.published += 1
        if reply is not None:
            channel.refused.append(channel.published)

    def look_up_rights(self) -> None:
        """What the user may do is known anew: what was learned of publishes counts no more."""
        self._access_version = self.host.access_version
        if self.vhost:
            self.rights = self.publishes.rights = self.host.rights(self.user, self.vhost)
            self.publishes.forget()

    # ---- requests and their answers -----------------------------------------------------------------

    def ask(
        self, request: Request
    ) -> Generator[Request, None, Any]:  # Any: what each request is answered with
        """Make a request; the generator's value is the reply. Raises: RefusedError."""
        self._reply = None
        self.wants_answer = True
        yield request
        self.wants_answer = False
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal
        reply, self._reply = self._reply, None
        return reply

    def tell(self, request: Request) -> Work:
        """Make a request that ends something; if it is gone already, so much the better."""
        yield request
        self._refusal = None

    def answer(self, reply: object) -> None:
        """The last request was done."""
        self._reply = reply

    def refuse(self, error: RefusedError) -> None:
        """The last request was refused."""
        self._refusal = error

    # ---- endings --------------------------------------------------------------------------------------

    def _give_up(self, number: int, code: int) -> Work:
        """Close what the refusal of a request of the fast way closes."""
        refusal, self._refusal = self._refusal, None
        assert refusal is not None
        self.blamed = code
        return self.fail(number, errors.translate(refusal))

    def fail(self, number: int, error: RemoteError) -> Work:
        """Close what an error closes, and tell the engine."""
        if self.phase is Phase.CLOSING:
            return
        channel = self.channels.get(number)
        if channel is None or errors.closes_connection(error.code):
            self.say_close(error.code, error.says)
            if self.is_in_engine:
                self.is_in_engine = False
                yield from self.tell(CloseConnection(self.host.connection_id, self.close_reason))
            return
        self.outbox.write(channel.last_confirm())
        channel.send("channel.close", *self._close_arguments(error.code, error.says))
        self.drop(channel)
        self.closing_channels.add(number)
        yield from self.tell(CloseChannel(channel.id))

    def _close_arguments(self, code: int, says: str) -> tuple[int, str, int, int]:
        return code, errors.reply_text(code, says), self.blamed >> 16, self.blamed & 0xFFFF

    def say_close(self, code: int, says: str) -> None:
        """Say connection.close; from here on nothing counts but its answer."""
        self.drop_all()
        self.send("connection.close", *self._close_arguments(code, says))
        self.close_reason = errors.reply_text(code, says)
        self.phase = Phase.CLOSING

    def finish(self, reason: str) -> None:
        """Hang up once everything is written."""
        self.drop_all()
        self.close_reason = reason
        self.phase = Phase.FINISHED

    def drop(self, channel: Channel) -> None:
        """Forget a channel. What was learned about publishes names channels: forget that too."""
        del self.channels[channel.number]
        del self.channels_by_id[channel.id]
        self._confirming.pop(channel, None)
        self._sealed.pop(channel, None)
        self.contents.drop(channel.number)
        self.publishes.forget()
        self.writer.forget()

    def drop_all(self) -> None:
        """Forget all channels, after a last word on what they have published."""
        for channel in self._confirming:
            self.outbox.write(channel.last_confirm())
        for channel in list(self.channels.values()):
            self.drop(channel)
        self.closing_channels.clear()

    def shut_down(self, reason: str) -> None:
        """The broker stops: RabbitMQ's words for it, by which clients know to come back later."""
        if self.phase is Phase.RUNNING:
            self.blamed = 0
            self.say_close(320, f"broker forced connection closure with reason '{reason}'")
        elif self.phase < Phase.RUNNING:
            self.finish(reason)

    def forget(self) -> None:
        """The socket is gone: let go of the host, and of all that refers back to this session."""
        self.drop_all()
        del self.host

    # ---- to the peer ----------------------------------------------------------------------------------

    def send(self, method: str, *arguments: Any) -> None:  # Any: see methods.Args
        """Write a method on channel 0."""
        self.outbox.write(methods.encode(0, methods.CODES[method], *arguments))

    def notify(self, mail: Sequence[Letter]) -> None:
        """Write deliveries, returns and the rest of what this connection must hear of."""
        if self.phase is not Phase.RUNNING:
            mail = [letter for letter in mail if type(letter) is MessageReturned]
        if self.ended:
            self.writer.write([letter for letter in mail if self._has_ended(letter)], self.outbox.overtaken)
            mail = [letter for letter in mail if not self._has_ended(letter)]
        self.writer.write(mail, self.outbox.deliveries, self._on_letter)

    def _has_ended(self, letter: Letter) -> bool:
        """Whether this is a delivery to a consumer that hears in this turn that it is cancelled."""
        if type(letter) is not MessageDelivered or letter.subscription is None:
            return False
        return (letter.channel.id, letter.subscription.tag) in self.ended

    def _on_letter(self, letter: Letter) -> None:
        if type(letter) is MessageReturned:
            message, number = letter.message, letter.channel.number
            self.outbox.returns.append(
                methods.encode(number, _RETURN, 312, "NO_ROUTE", message.exchange, message.routing_key)
            )
            self.outbox.returns += self.writer.content(number, message)
        elif type(letter) is SubscriptionClosed:
            channel = self.channels.get(letter.subscription.channel_number)
            if letter.by_broker and channel and "consumer_cancel_notify" in self.client.capabilities:
                cancel = methods.encode(channel.number, _CANCEL, letter.subscription.tag, True)
                self.outbox.deliveries.append(cancel)
        elif type(letter) is ChannelExpired:
            self._expire(letter)
        elif type(letter) is ConnectionKicked:
            self.outbox.end_replies()
            self.blamed = 0
            self.say_close(320, letter.reason)
        elif type(letter) is PublishingBlocked and "connection.blocked" in self.client.capabilities:
            self.outbox.deliveries.append(methods.encode(0, _BLOCKED, letter.reason))
        elif type(letter) is PublishingResumed and "connection.blocked" in self.client.capabilities:
            self.outbox.deliveries.append(methods.encode(0, _UNBLOCKED))

    def _expire(self, letter: ChannelExpired) -> None:
        """Say why a channel ended that held a delivery for too long."""
        channel = self.channels_by_id.get(letter.channel.id)
        if channel is None:
            return
        says = (
            f"delivery acknowledgement on channel {channel.number} timed out. Timeout value used: "
            f"{letter.lease_us // 1000} ms. This timeout value can be configured, see consumers doc guide to "
            "learn more"
        )
        self.blamed = 0
        close = methods.encode(channel.number, _CHANNEL_CLOSE, *self._close_arguments(406, says))
        self.outbox.deliveries += (channel.last_confirm(), close)
        self.drop(channel)
        self.closing_channels.add(channel.number)

    def advance(self, now_us: int) -> None:
        """Send heartbeats; give up on peers that are silent, or slow to begin, to finish, to go."""
        if self._has_sent:
            self._sent_us = now_us
            self._has_sent = False
        if self.is_checking_login:  # our own work is not the peer's delay
            self._started_us = now_us
        silent_us = now_us - self.received_us
        heartbeat_us = self.tuning.heartbeat_s * 1_000_000
        if self.phase is Phase.CLOSING:
            self._closing_since_us = self._closing_since_us or now_us
            if now_us - self._closing_since_us > limits.CLOSE_WAIT_US:
                self.finish(self.close_reason)
        elif self.phase < Phase.RUNNING and now_us - self._started_us > limits.HANDSHAKE_US:
            self.finish(f"{attempts.NO_HANDSHAKE} {limits.HANDSHAKE_US // 1_000_000} s")
        elif self.phase is Phase.RUNNING and self._rest and silent_us > limits.PARTIAL_FRAME_US:
            self.is_deaf = True
            self.blamed = 0
            self.say_close(501, "a frame was begun and not finished")
        elif self.phase in (Phase.OPENING, Phase.RUNNING) and heartbeat_us:
            if silent_us > _HEARTBEATS_MISSED * heartbeat_us:
                self.finish(f"{attempts.MISSED_HEARTBEATS}, timeout: {self.tuning.heartbeat_s}s")
            elif now_us - self._sent_us >= heartbeat_us // 2:
                self.outbox.write(codec.HEARTBEAT_FRAME)

    def is_calm(self) -> bool:
        """Whether only heartbeats are due, and none soon."""
        return (
            self.phase is Phase.RUNNING
            and not self._rest
            and not self.contents
            and not 0 < self.tuning.heartbeat_s < limits.CALM_HEARTBEAT_S
        )

    def held_bytes(self) -> int:
        """Memory that contents and a frame take that have half arrived."""
        return self.contents.held_bytes + len(self._rest)

    def seal(self, commit: int) -> None:
        """Confirm what this turn has published when its commit is on disk."""
        for channel in self._confirming:
            channel.seal(commit)
            self._sealed[channel] = None
        self._confirming.clear()

    def release(self, commit: int) -> bool:
        """Confirm what is on disk now; whether there is more that is not."""
        for channel in list(self._sealed):
            channel.release(commit)
            self.outbox.endings.append(channel.confirm())
            if not channel.sealed:
                del self._sealed[channel]
        return bool(self._sealed)

    def refuse_sealed(self, says: str) -> None:
        """Tell that what was published will not be kept."""
        for channel in self._sealed:
            channel.refuse_sealed()
            self.outbox.endings.append(channel.confirm())
        self._sealed.clear()

    def data_to_send(self) -> Output:
        """Everything to write now, once."""
        for channel in self._confirming:
            channel.seal(0)
            if channel.sealed:
                self._sealed[channel] = None
            self.outbox.endings.append(channel.confirm())
        self._confirming.clear()
        self.begun.clear()
        self.ended.clear()
        data = self.outbox.take(is_joined=not self.writer.is_bulky)
        self.writer.is_bulky = False
        self._has_sent = self._has_sent or bool(data)
        return data

    def is_finished(self) -> bool:
        """Whether to hang up once the bytes are written."""
        return self.phase is Phase.FINISHED

    def is_open(self) -> bool:
        """Whether the engine is to know this connection: not before its handshake, nor once it is closing."""
        return self.is_in_engine and self.phase is Phase.RUNNING
