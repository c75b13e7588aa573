"""What the window and scripts can do by hand: the model's verbs without a channel, which the session adds."""

from typing import Any, Final

from msgspec import Struct

from mqstudio.model import verbs
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import VERB_MESSAGES
from mqstudio.model.topology import DEFAULT_VHOST


class RemoveMessages(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Take ready messages out of a queue into a bin: these, or the `first` so many. Result: ActedReply."""

    queue: str
    ids: tuple[int, ...] = ()
    first: int = 0
    vhost: str = DEFAULT_VHOST
    needs_bin: bool = False


class MoveMessages(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Move or copy messages into another queue, or by an exchange. Result: ActedReply."""

    queue: str
    ids: tuple[int, ...]
    to: verbs.Destination
    is_copy: bool = False
    keeps_deaths: bool = True
    vhost: str = DEFAULT_VHOST
    changed: tuple[verbs.Changed, ...] = ()


class RedriveMessages(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Move dead letters back to where they died last. Result: ActedReply."""

    queue: str
    ids: tuple[int, ...]
    keeps_deaths: bool = True
    vhost: str = DEFAULT_VHOST
    changed: tuple[verbs.Changed, ...] = ()


class MoveBack(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Undo moves: of these messages that are in `queue` now. Result: ActedReply."""

    queue: str
    ids: tuple[int, ...]
    vhost: str = DEFAULT_VHOST


class ForceOutcome(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """End what somebody holds: released, accepted or rejected. Result: ActedReply.

    deliveries: only these, as (channel, tag).
    """

    queue: str
    ids: tuple[int, ...]
    outcome: Outcome
    deliveries: tuple[tuple[int, int], ...] = ()
    vhost: str = DEFAULT_VHOST


class PauseQueue(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Hand nothing over from a queue, or do so again. Result: nil."""

    queue: str
    is_paused: bool = True
    vhost: str = DEFAULT_VHOST


class PauseSubscription(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Hand nothing over to a consumer, or do so again. Result: nil."""

    subscription_id: int
    is_paused: bool = True
    vhost: str = DEFAULT_VHOST


class PauseAll(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Hand nothing over to anybody, or do so again. Result: nil."""

    is_paused: bool = True
    vhost: str = DEFAULT_VHOST


HandCall = (
    RemoveMessages
    | MoveMessages
    | RedriveMessages
    | MoveBack
    | ForceOutcome
    | PauseQueue
    | PauseSubscription
    | PauseAll
)

CALLS: Final[dict[type[Any], Any]] = {  # Any: constructors of different commands
    RemoveMessages: verbs.RemoveMessages,
    MoveMessages: verbs.MoveMessages,
    RedriveMessages: verbs.RedriveMessages,
    MoveBack: verbs.MoveBack,
    ForceOutcome: verbs.ForceOutcome,
    PauseQueue: verbs.PauseQueue,
    PauseSubscription: verbs.PauseSubscription,
    PauseAll: verbs.PauseAll,
}
"""Calls whose fields, with `channel_id` for `vhost`, are those of the verb."""


def to_command(call: HandCall, channel_id: int) -> verbs.ByHand | verbs.PauseVerb:
    """Turn a call into what the broker does for it. Raises: RefusedError(INVALID_ARGUMENT)."""
    ids = getattr(call, "ids", ())
    count = max(len(ids), getattr(call, "first", 0))
    if count > VERB_MESSAGES:
        raise RefusedError(
            Refusal.INVALID_ARGUMENT,
            f"This names {count} messages; {VERB_MESSAGES} is the most at once. Ask in parts.",
        )
    if any(not 0 <= each < 2**63 for each in ids) or getattr(call, "first", 0) < 0:
        raise RefusedError(Refusal.INVALID_ARGUMENT, "Ids of messages, and counts, are 0 to 2^63 - 1.")
    fields = {name: getattr(call, name) for name in call.__struct_fields__ if name != "vhost"}
    command: Any = CALLS[type(call)](channel_id=channel_id, **fields)
    return command if isinstance(command, verbs.PauseVerb) else verbs.ByHand(command)
