"""What a person does to messages by hand: take out, move, copy, bring back, force an outcome, pause.

Each is a command of the engine, says in the ledger who asked for it, and acts on exactly the messages that it
names: what has come since is not swept in. Where a queue is too long for memory the engine first answers with
NotInHand, having changed nothing; whoever asked then brings what the store has of them.
"""

from msgspec import Struct

from mqstudio.model.delivery import Outcome
from mqstudio.model.message import Properties, Traits
from mqstudio.model.places import PageEntry
from mqstudio.model.refs import QueueRef


class Fetched(Struct, frozen=True, gc=False):
    """What a store has of messages that memory has given up; good for as long as `stamp` is the queue's."""

    stamp: int
    entries: tuple[PageEntry, ...]


class Destination(Struct, frozen=True):
    """Where messages go: into a queue, or by an exchange (which may be the one named ""), with this key.

    Without a routing key they keep their own.
    """

    queue: str = ""
    exchange: str | None = None
    routing_key: str | None = None


class Changed(Struct, frozen=True):
    """What a message is to say from now on, where it is changed on its way.

    traits: what it asks for by that; None: as before. Who asks need not say so, the session reads it.
    """

    id: int
    body: bytes
    properties: Properties
    traits: Traits | None = None


class RemoveMessages(Struct, frozen=True):
    """Take ready messages out of a queue, wherever they stand, into a bin. Reply: ActedReply or NotInHand.

    first: instead of `ids`, so many from the head, as far as they are in memory; ask again for the rest.
    needs_bin: they are not to go for good. Refused: NO_SUCH_QUEUE, NOT_SUPPORTED (of a log), TOO_MANY (no
    bin can hold them, and one is needed).
    """

    channel_id: int
    queue: str
    ids: tuple[int, ...] = ()
    first: int = 0
    needs_bin: bool = False
    fetched: Fetched | None = None


class MoveMessages(Struct, frozen=True):
    """Move ready messages, all of those there are or none. Reply: ActedReply or NotInHand.

    They go on as new messages with a past, behind what waits already, in the order they had. `is_copy`: the
    old ones stay; then those that somebody holds are copied, too. keeps_deaths: why they died, if they have,
    goes with them. changed: what some of them say from now on; undone, they say again what they said.
    Refused: NO_SUCH_QUEUE, NO_SUCH_EXCHANGE, INVALID_ARGUMENT (leads nowhere, or back), TOO_MANY (full),
    TOO_LARGE (to be changed), NOT_SUPPORTED (out of a log).
    """

    channel_id: int
    queue: str
    ids: tuple[int, ...]
    to: Destination
    is_copy: bool = False
    keeps_deaths: bool = True
    changed: tuple[Changed, ...] = ()
    fetched: Fetched | None = None


class RedriveMessages(Struct, frozen=True):
    """Move dead letters back to the queues where they died last. Reply: ActedReply or NotInHand.

    Those that never died, or whose queue is gone, stay. Refused: as MoveMessages.
    """

    channel_id: int
    queue: str
    ids: tuple[int, ...]
    keeps_deaths: bool = True
    changed: tuple[Changed, ...] = ()
    fetched: Fetched | None = None


class MoveBack(Struct, frozen=True):
    """Undo moves: of messages in this queue that were moved here. Reply: ActedReply or NotInHand.

    Each is again what it was, at the place it had. One that somebody has taken meanwhile, here or in another
    queue that the move led to, stays moved. Refused: NO_SUCH_QUEUE.
    """

    channel_id: int
    queue: str
    ids: tuple[int, ...]
    fetched: Fetched | None = None


class ForceOutcome(Struct, frozen=True):
    """End deliveries that somebody holds: those of these messages of a queue. Reply: ActedReply.

    Released they go back to their places, accepted they are done, rejected they die. Their holder gets its
    credit back; when it settles them later, that is ignored. What it has settled in a transaction that is
    open stays its own. deliveries: of these, as (channel, tag), only. Refused: NO_SUCH_QUEUE, NOT_SUPPORTED.
    """

    channel_id: int
    queue: str
    ids: tuple[int, ...]
    outcome: Outcome
    deliveries: tuple[tuple[int, int], ...] = ()


class PauseQueue(Struct, frozen=True):
    """Hand nothing over from a queue, or do so again. Ends with the broker. Refused: NO_SUCH_QUEUE."""

    channel_id: int
    queue: str
    is_paused: bool = True


class PauseSubscription(Struct, frozen=True):
    """Hand nothing over to a subscription, or do so again. Refused: NO_SUCH_SUBSCRIPTION."""

    channel_id: int
    subscription_id: int
    is_paused: bool = True


class PauseAll(Struct, frozen=True):
    """Hand nothing over to anybody, or do so again where nothing else is paused."""

    channel_id: int
    is_paused: bool = True


HandVerb = RemoveMessages | MoveMessages | RedriveMessages | MoveBack | ForceOutcome
PauseVerb = PauseQueue | PauseSubscription | PauseAll


class ActedReply(Struct, frozen=True):
    """What a verb has done: to how many messages; `left` are the ids that it left as they were.

    bin_id: what brings removed ones back. successors: what moved and copied ones go on as, in `queues`.
    later: ids that were not looked at, since their bodies are too much at once: ask again with these.
    """

    count: int
    left: tuple[int, ...] = ()
    bin_id: int | None = None
    successors: tuple[int, ...] = ()
    queues: tuple[str, ...] = ()
    later: tuple[int, ...] = ()


class NotInHand(Struct, frozen=True):
    """Nothing was changed: these may be messages that only the store has. Ask again with what it has."""

    queue: QueueRef
    ids: tuple[int, ...]
    stamp: int


class ByHand(Struct, frozen=True):
    """A verb as a session asks for it: the server brings what only the store has. Reply: ActedReply.

    Not for the engine.
    """

    command: HandVerb

    @property
    def channel_id(self) -> int:
        """Who asks."""
        return self.command.channel_id
