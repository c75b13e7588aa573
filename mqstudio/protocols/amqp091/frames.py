"""The slow way of a frame: phases, channels opening and closing, contents in pieces, and every mistake.

The fast way is in `session.receive_data`; this one takes whatever that leaves, and is right on its own.
"""

from typing import TYPE_CHECKING, Final

from mqstudio.model import limits
from mqstudio.model.commands import OpenChannel, PublishMessage
from mqstudio.model.errors import RefusedError, RemoteError
from mqstudio.protocols.amqp091 import codec, connection, errors, handlers, methods, permissions, vetting
from mqstudio.protocols.amqp091.channel import Channel, Work
from mqstudio.protocols.amqp091.connection import Phase
from mqstudio.protocols.amqp091.content import Content
from mqstudio.protocols.base import BREATH, Piece

if TYPE_CHECKING:
    from mqstudio.protocols.amqp091.session import AmqpSession

_OPEN: Final = methods.CODES["channel.open"]
_CLOSE: Final = methods.CODES["channel.close"]
_CLOSE_OK: Final = methods.CODES["channel.close-ok"]
_PUBLISH: Final = methods.CODES["basic.publish"]
_CLOSING_METHODS = tuple(
    methods.CODES[name].to_bytes(4) for name in ("connection.close", "connection.close-ok")
)


def work_off(session: "AmqpSession", kind: int, number: int, payload: Piece, problem: str) -> Work:
    """Do what one frame asks; whatever is wrong with it ends here, in a close."""
    session.blamed = 0
    session.frames_read += 1
    if not session.frames_read % limits.TURN_FRAMES:
        yield BREATH
    try:
        if problem:
            session.is_deaf = True
            raise RemoteError(errors.frame_says(kind, payload, problem), 501)
        if number:
            yield from _on_channel(session, kind, number, payload)
        else:
            yield from _on_connection(session, kind, payload)
    except RemoteError as error:
        yield from session.fail(number, error)
    except RefusedError as refused:
        yield from session.fail(number, errors.translate(refused))


def _on_connection(session: "AmqpSession", kind: int, payload: Piece) -> Work:
    if session.phase < Phase.RUNNING and session.frames_read > limits.LOGIN_FRAMES_MAX:
        session.finish(f"{limits.LOGIN_FRAMES_MAX} frames, and no open connection yet")
        return
    if kind == codec.HEARTBEAT and not payload:
        return
    if session.phase is Phase.CLOSING and (kind != codec.METHOD or payload[:4] not in _CLOSING_METHODS):
        return
    code = _read_code(session, kind, payload)
    handler = connection.HANDLERS.get((session.phase, code))
    if handler is None:
        raise RemoteError(f"unexpected method in connection state {session.phase.name.lower()}", 504)
    yield from handler(session, _decode(session, code, payload))


def _on_channel(session: "AmqpSession", kind: int, number: int, payload: Piece) -> Work:
    if session.phase is Phase.CLOSING:
        return
    if session.phase is not Phase.RUNNING:
        raise RemoteError(errors.frame_says(kind, payload), 505)
    if number in session.closing_channels:
        _on_closing_channel(session, kind, number, payload)
        return
    if number in session.contents:
        yield from _continue_publish(session, number, kind, payload)
        return
    if kind in (codec.HEADER, codec.BODY):
        raise RemoteError("expected method frame, got non method frame instead", 505)
    code = _read_code(session, kind, payload)
    channel = session.channels.get(number)
    if channel is None:
        yield from _open_channel(session, number, code)
    else:
        yield from _on_open_channel(session, channel, code, payload)


def _on_open_channel(session: "AmqpSession", channel: Channel, code: int, payload: Piece) -> Work:
    args = _decode(session, code, payload)
    handler = handlers.HANDLERS.get(code)
    if handler is not None:
        permissions.check(channel, code, args)
        return handler(channel, args)
    if code != _PUBLISH:
        raise RemoteError("unimplemented method", 503)
    _, exchange, key, is_mandatory, is_immediate = args
    if is_immediate:
        raise RemoteError("immediate=true", 540)
    session.contents[channel.number] = Content(exchange, key, is_mandatory)
    return ()


def _on_closing_channel(session: "AmqpSession", kind: int, number: int, payload: Piece) -> None:
    """Between our channel.close and its answer nothing counts but these two (AMQP 0-9-1 §1.5.2.5)."""
    code = int.from_bytes(payload[:4]) if kind == codec.METHOD else 0
    if code == _CLOSE_OK:
        session.closing_channels.discard(number)
    elif code == _CLOSE:
        session.outbox.write(methods.encode(number, _CLOSE_OK))


def _open_channel(session: "AmqpSession", number: int, code: int) -> Work:
    if code != _OPEN:
        raise RemoteError("expected 'channel.open'", 504)
    count = len(session.channels) + len(session.closing_channels)
    if count >= session.tuning.channel_max:
        most = session.tuning.channel_max
        says = f"number of channels opened ({count}) has reached the negotiated channel_max ({most})"
        session.blamed = 0
        raise RemoteError(says, 530)
    session.host.check_channel_limit(session.user)
    channel = Channel(session.host.new_id(), number, session)
    yield from session.ask(OpenChannel(channel.id, session.host.connection_id, number))
    session.channels[number] = session.channels_by_id[channel.id] = channel
    channel.send("channel.open-ok", b"")


def _continue_publish(session: "AmqpSession", number: int, kind: int, payload: Piece) -> Work:
    session.blamed = _PUBLISH
    content = session.contents.take_frame(number, kind, payload)
    if content is None:
        return
    channel = session.channels[number]
    body = content.body()
    permissions.check_publish(session, content.exchange, content.routing_key)
    vetted = vetting.vet(content.properties, session.publishes.user)
    properties = vetting.fill_in_reply(vetted, channel.reply_queue)
    if content.is_mandatory:
        session.outbox.hold_replies()
    reply = yield from session.ask(
        PublishMessage(
            channel.id,
            content.exchange,
            content.routing_key,
            properties,
            body,
            content.is_mandatory,
            traits=vetted.traits,
        )
    )
    if channel.is_confirming:
        session.count_publish(channel, reply)


def _read_code(session: "AmqpSession", kind: int, payload: Piece) -> int:
    """The method a frame carries. Raises: RemoteError for frames that carry none, and unknown ones."""
    if kind in (codec.HEADER, codec.BODY) or (kind == codec.HEARTBEAT and not payload):
        raise RemoteError(errors.frame_says(kind, payload), 505)
    if kind != codec.METHOD or len(payload) < 4:
        raise RemoteError(errors.frame_says(kind, payload, "unknown_frame"), 501)
    code = int.from_bytes(payload[:4])
    session.blamed = code
    if code not in methods.METHODS:
        raise RemoteError(f"unknown method {code >> 16}.{code & 0xFFFF}", 540)
    return code


def _decode(session: "AmqpSession", code: int, payload: Piece) -> methods.Args:
    assert isinstance(payload, bytes)  # only of bodies there are views
    try:
        return methods.decode(code, payload)
    except UnicodeDecodeError:
        session.blamed = 0
        raise RemoteError("Malformed UTF-8 in shortstr", 501) from None
    except ValueError:
        shown = ",".join(map(str, payload[4:_SHOWN_BYTES]))
        raise RemoteError(f"cannot decode <<{shown}>>", 501) from None


_SHOWN_BYTES = 260
"""Of what cannot be decoded; the reply text has room for less."""
