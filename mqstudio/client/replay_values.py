"""What a replay is asked for, and what becomes of it."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from mqstudio.model.replay_limits import REPLAY_FAILURES_MAX

MARK: Final = "x-mqstudio-replay"
"""The header by which replayed messages are known: `RUN #ID`, which replay, and which message it was.

Its name begins with x-, so that headers exchanges do not look at it.
"""

KEY_HOLE: Final = "{key}"
"""Stands for the recorded routing key in a key that is written anew."""


class TargetKind(StrEnum):
    """Where replayed messages go."""

    ORIGINAL = "original"
    QUEUES = "queues"
    QUEUE = "queue"
    EXCHANGE = "exchange"


class Target(Struct, frozen=True):
    """Where messages go: the exchange and key they were published with, the queues they were in, or the one
    named. vhost: None, that which was recorded.

    Straight into queues every record goes; else a message goes once, and what came of others in the same
    recording (dead letters, what was moved) does not go: it comes of them again.
    """

    kind: TargetKind = TargetKind.ORIGINAL
    name: str = ""
    vhost: str | None = None


class Wishes(Struct, frozen=True):
    """How to replay. speed: None, as fast as can be.

    keeps_key_order: a message waits until the one before it with its key is confirmed. patch: what is
    changed, as patches are written. key: a routing key, where `{key}` stands for the recorded one; "" keeps
    it. longest_gap_s: longer gaps are cut to this, 0: none. failures_max: so many end it. may_loop: also into
    where it is taken from.
    """

    target: Target = Target()
    speed: float | None = 1.0
    keeps_key_order: bool = False
    has_new_ids: bool = False
    patch: str = ""
    key: str = ""
    longest_gap_s: float = 0.0
    is_marked: bool = True
    is_stepping: bool = False
    failures_max: int = REPLAY_FAILURES_MAX
    may_loop: bool = False


class Failed(Struct, frozen=True):
    """A message that did not arrive, and why."""

    message_id: int
    exchange: str
    routing_key: str
    says: str


class Counts(Struct):
    """What became of messages. unfit: they could not be made as asked for. failed: the broker would not have
    them, or nobody knows. unroutable: no queue took them; expected: nor had one before. left_out: they are
    not to go, since they come of others.
    """

    confirmed: int = 0
    unroutable: int = 0
    expected: int = 0
    refused: int = 0
    failed: int = 0
    unfit: int = 0
    left_out: int = 0

    @property
    def done(self) -> int:
        """Messages that are through, whatever became of them."""
        return self.confirmed + self.expected + self.failures

    @property
    def failures(self) -> int:
        """Those that should have arrived, and did not."""
        return self.unroutable + self.refused + self.failed + self.unfit
