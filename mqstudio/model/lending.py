"""Lending: messages sent to a queue by its name, and handed out until a time. Commands, replies, mail.

What protocols with leases ask of the engine; none of it is theirs alone.
"""

from enum import StrEnum

from msgspec import Struct

from mqstudio.model.message import PLAIN, Message, Traits
from mqstudio.model.refs import QueueRef
from mqstudio.model.topology import Arguments, QueueSpec


class SendMessage(Struct, frozen=True, gc=False):
    """Put a message into a queue by its name, unless it is a repeat (`traits.once_key`). Reply: SendReply.

    delay_us: how long it is held back; None: as long as the queue's rules say.
    """

    channel_id: int
    queue: str
    properties: bytes
    body: bytes
    format: str = ""
    traits: Traits = PLAIN
    delay_us: int | None = None


class BorrowMessages(Struct, frozen=True, gc=False):
    """Lend at most so many messages for `lease_us`. Reply: LoansReply, or None and later MessagesLent.

    wait_us: how long to wait where there is none, under a tag of the channel. most_in_flight: with so many
    in flight none is lent (0: no limit). Refused: NO_SUCH_QUEUE, NOT_SUPPORTED, TOO_MANY.
    """

    channel_id: int
    queue: str
    most: int
    lease_us: int
    wait_us: int = 0
    tag: str = ""
    most_in_flight: int = 0


class AbandonWait(Struct, frozen=True):
    """Nobody waits under this tag any more. Reply: None."""

    channel_id: int
    tag: str


class ReturnLoan(Struct, frozen=True, gc=False):
    """Settle a message that was lent for the `count`-th time as done. Reply: None.

    is_strict: refused (NO_SUCH_DELIVERY) if it has come back meanwhile.
    """

    channel_id: int
    queue: str
    message_id: int
    count: int
    is_strict: bool = False


class ExtendLoan(Struct, frozen=True, gc=False):
    """Have a loan end `lease_us` from now, 0: at once. Reply: None.

    Refused: NO_SUCH_DELIVERY, and INVALID_ARGUMENT where it would last longer than `most_us`, all in all.
    """

    channel_id: int
    queue: str
    message_id: int
    count: int
    lease_us: int
    most_us: int


class GatherQueue(Struct, frozen=True):
    """Bring back to a queue all that is lent or held back. Reply: CountReply."""

    channel_id: int
    queue: str


class StartCarrying(Struct, frozen=True):
    """Empty a queue into another, or (`to` is None) into those where its messages died. Reply: CarryTask.

    Refused: NO_SUCH_QUEUE, TOO_MANY.
    """

    channel_id: int
    queue: str
    to: str | None
    per_second: int


class StopCarrying(Struct, frozen=True):
    """Stop a task; what was carried stays where it is. Reply: CarryTask, or None if none runs."""

    task_id: int


class AlterQueue(Struct, frozen=True):
    """Give a queue other arguments; they apply at once. Refused: NO_SUCH_QUEUE, INVALID_ARGUMENT."""

    channel_id: int
    name: str
    arguments: Arguments


LendingCommand = (
    SendMessage
    | BorrowMessages
    | AbandonWait
    | ReturnLoan
    | ExtendLoan
    | GatherQueue
    | StartCarrying
    | StopCarrying
    | AlterQueue
)


class Loan(Struct, frozen=True, gc=False):
    """A message that was lent, the `count`-th time; for the first time at `first_at_us`."""

    message: Message
    queue: QueueRef
    count: int
    first_at_us: int


class MessagesLent(Struct, frozen=True, gc=False):
    """Mail only: who waited under a tag of a channel got this, or nothing and waits no longer."""

    tag: str
    loans: tuple[Loan, ...]


class SendReply(Struct, frozen=True, gc=False):
    """The message's id, and its properties: of a repeat those of the message that it repeats."""

    message_id: int
    properties: bytes
    is_repeat: bool = False
    is_refused: bool = False


class LoansReply(Struct, frozen=True, gc=False):
    """What was lent at once."""

    loans: tuple[Loan, ...]


class TaskState(StrEnum):
    """How far a task is."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class CarryTask(Struct, frozen=True):
    """A queue that is, or was, emptied into another: `moved` of the `to_move` there were at its start."""

    id: int
    vhost: str
    queue: str
    to: str | None
    per_second: int
    started_at_us: int
    state: TaskState
    moved: int
    to_move: int
    why: str = ""


class QueueAltered(Struct, frozen=True, tag="queue_altered"):
    """A queue has other arguments from now on."""

    at_us: int
    queue: QueueRef
    spec: QueueSpec
    owner_id: int | None


LendingReply = SendReply | LoansReply | CarryTask
