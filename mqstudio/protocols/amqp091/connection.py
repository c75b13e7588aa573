"""The methods of channel 0: a table at the end, one function per method and phase."""

from collections.abc import Callable, Mapping
from enum import IntEnum, auto
from typing import TYPE_CHECKING

from mqstudio.model.access import EnterVhost
from mqstudio.model.commands import CloseConnection, OpenConnection
from mqstudio.model.errors import RefusedError, RemoteError
from mqstudio.model.topology import ConnectionInfo, ConnectionTerms
from mqstudio.protocols.amqp091 import codec, handshake
from mqstudio.protocols.amqp091.channel import Work
from mqstudio.protocols.amqp091.deliveries import NAME
from mqstudio.protocols.amqp091.methods import CODES, Args

if TYPE_CHECKING:
    from mqstudio.protocols.amqp091.session import AmqpSession


class Phase(IntEnum):
    """How far a connection is. In CLOSING we have said connection.close and wait for the answer."""

    HEADER = auto()
    STARTING = auto()
    TUNING = auto()
    OPENING = auto()
    RUNNING = auto()
    CLOSING = auto()
    FINISHED = auto()


_IMPERSONATOR = "impersonator"
"""A user with this tag may write anybody's name into user_id (RabbitMQ's documentation of it)."""


def _start_ok(session: "AmqpSession", args: Args) -> Work:
    properties, mechanism, response, _locale = args
    session.client = handshake.read_client(codec.to_arguments(properties))
    try:
        request = handshake.read_login(mechanism, response, bool(session.host.certificate_name))
    except ValueError as problem:
        session.finish(str(problem))
        return
    if request is None:
        _refuse_login(session, mechanism, f"the response to mechanism {mechanism} cannot be read")
        return
    session.is_checking_login = True
    try:
        login = yield from session.ask(request)
    except RefusedError as refused:
        _refuse_login(session, mechanism, refused.says)
        return
    finally:
        session.is_checking_login = False
    session.user, session.mechanism = login.user, mechanism
    session.publishes.user = None if _IMPERSONATOR in login.tags else login.user
    session.phase = Phase.TUNING
    session.send("connection.tune", *handshake.OFFER)


def _refuse_login(session: "AmqpSession", mechanism: str, why: str) -> None:
    """Say so only to clients that can hear it; others would take it for an answer they did not expect.

    Why is for our own log: strangers learn nothing about users.
    """
    reason = f"login refused: {why}"
    if "authentication_failure_close" not in session.client.capabilities:
        session.finish(reason)
        return
    session.blamed = 0
    session.say_close(
        403,
        f"Login was refused using authentication mechanism {mechanism}. For details see the broker logfile.",
    )
    session.close_reason = reason


def _tune_ok(session: "AmqpSession", args: Args) -> Work:
    tuning = handshake.Tuning(*args)
    try:
        handshake.check_tuning(tuning)
    except RemoteError as error:  # RabbitMQ hangs up without a word (measured)
        session.finish(error.says)
        return ()
    session.tuning = tuning
    session.writer.body_max = tuning.frame_max - codec.FRAME_OVERHEAD
    session.phase = Phase.OPENING
    return ()


def _open(session: "AmqpSession", args: Args) -> Work:
    vhost, _, _ = args
    host, client = session.host, session.client
    info = ConnectionInfo(
        host.connection_id,
        NAME,
        host.peer_address,
        client.name or host.peer_address,
        session.user,
        vhost,
        client.product,
        client.version,
        client.platform,
        session.received_us,
        host.local_address,
        ConnectionTerms(
            session.mechanism,
            host.is_encrypted,
            session.tuning.heartbeat_s,
            session.tuning.frame_max,
            session.tuning.channel_max,
        ),
    )
    yield from session.ask(EnterVhost(session.user, vhost))
    yield from session.ask(OpenConnection(info))
    session.vhost = vhost
    session.look_up_rights()
    session.is_in_engine = True
    session.phase = Phase.RUNNING
    session.send("connection.open-ok", "")


def _update_secret(session: "AmqpSession", args: Args) -> Work:
    session.send("connection.update-secret-ok")
    return ()


def _close(session: "AmqpSession", args: Args) -> Work:
    """Tidy up first: whoever has the answer can count on exclusive queues being gone."""
    session.drop_all()
    if session.is_in_engine:
        session.is_in_engine = False
        yield from session.tell(CloseConnection(session.host.connection_id))
    session.send("connection.close-ok")
    session.finish("")


def _close_while_closing(session: "AmqpSession", args: Args) -> Work:
    session.send("connection.close-ok")
    return ()


def _close_ok(session: "AmqpSession", args: Args) -> Work:
    session.finish(session.close_reason)
    return ()


Handler = Callable[["AmqpSession", Args], Work]

HANDLERS: Mapping[tuple[Phase, int], Handler] = {
    (Phase.STARTING, CODES["connection.start-ok"]): _start_ok,
    (Phase.TUNING, CODES["connection.tune-ok"]): _tune_ok,
    (Phase.OPENING, CODES["connection.open"]): _open,
    (Phase.RUNNING, CODES["connection.update-secret"]): _update_secret,
    (Phase.CLOSING, CODES["connection.close-ok"]): _close_ok,
    (Phase.CLOSING, CODES["connection.close"]): _close_while_closing,
    **{
        (phase, CODES["connection.close"]): _close
        for phase in (Phase.STARTING, Phase.TUNING, Phase.OPENING, Phase.RUNNING)
    },
}
