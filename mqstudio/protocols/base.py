"""What the server and a protocol's session ask of each other.

A session is the broker's half of one connection: bytes in, commands out, answers and events in,
bytes out. It never waits, reads no clock and throws no dice: time comes as an argument, ids,
random names and rights from its `Host`.

The server drives it like this, once per chunk of bytes:

    for request in session.receive_data(data, now_us):      # lazily: parse no further frame
        reply = engine.apply(request, now_us, events)        # before this one is answered
        if reply is not None or session.wants_answer: session.answer(reply)
        (a RefusedError goes to session.refuse(error))
    engine.advance(now_us, events)
    session.seal(commit)                                     # only where something waits for the disk
    session.notify(mail)                                     # deliveries, returns …
    transport.write(session.data_to_send())                  # gathered, once

Laziness is what makes pipelining right: after an error the frames behind it are read in the state
the error left. What takes a while (a password) is answered in a later turn; until then nothing more is
asked of the session or read for it, but mail, time and the broker's end may come.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from mqstudio.model.access import AccessRequest
from mqstudio.model.commands import Command, UndoPurge
from mqstudio.model.disk import DiskRequest
from mqstudio.model.errors import RefusedError
from mqstudio.model.events import Mail
from mqstudio.model.message import Message, Properties
from mqstudio.model.queries import Query, Watch
from mqstudio.model.replies import Reply
from mqstudio.model.rights import Rights
from mqstudio.model.rows import BrokerInfo
from mqstudio.model.verbs import ByHand


class StartWatch(Struct, frozen=True):
    """Begin to send items of a watch to this session (as WatchItem mail)."""

    watch_id: int
    watch: Watch


class StopWatch(Struct, frozen=True):
    """No more items of this watch."""

    watch_id: int


class WatchItem(Struct, frozen=True):
    """Mail to a session: the next item of a watch, or how many were left out before it."""

    watch_id: int
    item: object  # Sample or TailItem: the watch tells which
    gap: int = 0


class Breath(Struct, frozen=True):
    """Asks for nothing: much has been read since the last request, and it may be the others' turn."""


BREATH = Breath()

Request = Breath | Command | UndoPurge | ByHand | Query | AccessRequest | DiskRequest | StartWatch | StopWatch


class Tally:
    """What sessions count, since nobody else sees it: all of them in the same one.

    awaited: messages published by who wants a confirm. confirmed: messages that were confirmed.
    """

    __slots__ = ("awaited", "confirmed")

    def __init__(self) -> None:
        self.awaited = self.confirmed = 0


class Host(Protocol):
    """What a session may ask of the server it lives in. Everything answers at once."""

    connection_id: int
    peer_address: str
    """As people write it: `127.0.0.1:54321`."""
    local_address: str
    """Our end, written likewise."""
    is_encrypted: bool
    is_loopback_peer: bool
    """Whether the peer's own address (not the listener's) is loopback."""
    certificate_name: str
    """Whom the peer's certificate names, if it has shown one that we trust; "" otherwise."""
    tally: Tally

    def new_id(self) -> int:
        """A number never given before in this broker; for channels."""

    def random_name(self) -> str:
        """22 URL-safe random characters."""

    @property
    def access_version(self) -> int:
        """Changes whenever anybody's rights do: what was learned from `rights` counts no more then."""

    def rights(self, user: str, vhost: str) -> Rights:
        """What a user may do in a virtual host, as of now."""

    def exchange_kind(self, vhost: str, name: str) -> str:
        """Of which kind an exchange is; "" if there is none."""

    def has_queue(self, vhost: str, name: str) -> bool:
        """Whether there is a queue of this name."""

    def check_channel_limit(self, user: str) -> None:
        """Raises: RefusedError(TOO_MANY_CHANNELS_OF_USER) if the user may not open one more."""

    def check_queue_limit(self, vhost: str, name: str) -> None:
        """Raises: RefusedError(TOO_MANY_QUEUES_OF_VHOST) if there is no room for this new queue."""

    def check_token(self, token: str) -> bool:
        """Whether this is the native protocol's token (constant time)."""

    def read_properties(self, message: Message) -> Properties:
        """A message's properties, whatever protocol it came by; none if they cannot be read."""

    def info(self) -> BrokerInfo:
        """About the broker."""

    @property
    def is_lasting(self) -> bool:
        """Whether what is done here is done only when it is on disk."""


Piece = bytes | memoryview
Output = bytes | list[Piece]
"""What a session writes: joined, or in pieces where large bodies are among them."""


class Session(Protocol):
    """The broker's half of one connection."""

    wants_answer: bool
    """Whether the last request is to be answered even with None."""
    close_reason: str
    """Why the connection ends, for one line in the log; "" while it lives or ended as agreed."""
    holds_answers: bool
    """Whether `seal` holds back all answers. If not, the server answers what is done when it is on disk."""

    def receive_data(self, data: bytes, now_us: int) -> Iterator[Request]:
        """Take bytes from the peer; yield what they ask for, one at a time."""

    def answer(self, reply: object) -> None:
        """The last request was done; `reply` is a Reply or what a query returned."""

    def refuse(self, error: RefusedError) -> None:
        """The last request was refused and has changed nothing."""

    def notify(self, mail: Sequence[Mail | WatchItem]) -> None:
        """Events addressed to this connection, in order."""

    def advance(self, now_us: int) -> None:
        """Time has passed: send heartbeats, give up on silent peers. Called 4 times a second, or when calm
        every other second."""

    def is_calm(self) -> bool:
        """Whether no deadline is near, so that `advance` need not be called as often."""

    def shut_down(self, reason: str) -> None:
        """The broker stops: say goodbye in the protocol's words."""

    def held_bytes(self) -> int:
        """Memory that what has half arrived takes; while it is not 0, the session is not calm."""

    def forget(self) -> None:
        """The socket is gone: let go of the host, and of all that refers back to this session."""

    def seal(self, commit: int) -> None:
        """What was done since the last turn, and not yet told, is to be told when this commit is on disk."""

    def release(self, commit: int) -> bool:
        """Up to this commit all is on disk: tell what waited for it. Returns whether more waits."""

    def refuse_sealed(self, says: str) -> None:
        """Nothing that waits will ever be on disk: tell so."""

    def data_to_send(self) -> Output:
        """Everything to write now, once; empties the buffer."""

    def is_finished(self) -> bool:
        """Whether to hang up once the bytes are written."""

    def is_open(self) -> bool:
        """Whether the engine is to know this connection: after OpenConnection, until its end has begun.

        Once this is False the server closes the connection in the engine, so that nothing more is
        handed to a peer that will not hear of it.
        """


class WireProtocol(Protocol):
    """A protocol package's one public object, named PROTOCOL."""

    name: str
    """Key of ports, of `Message.format`, of ConnectionInfo.protocol: `amqp091`, `native`."""
    title: str
    """As people call it: `RabbitMQ (AMQP 0-9-1)`."""

    def new_session(self, host: Host, now_us: int) -> Session:
        """Begin a session for a peer that has just connected."""

    def read_properties(self, message: Message) -> Properties:
        """Decode property bytes of this protocol. Raises ValueError saying what is wrong."""


__all__ = [
    "BREATH",
    "Breath",
    "Host",
    "Reply",
    "Request",
    "Session",
    "StartWatch",
    "StopWatch",
    "Tally",
    "WatchItem",
    "WireProtocol",
]
