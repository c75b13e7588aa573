"""Bounds of replays and recordings; the others are in limits."""

from mqstudio.model.limits import MIB

REPLAY_SPEED_MIN, REPLAY_SPEED_MAX = 0.1, 100.0
"""How much slower or faster than it was a recording is replayed."""

REPLAY_AHEAD_MAX = 512
REPLAY_AHEAD_BYTES = 16 * MIB
"""Messages of a replay that are read and made ready before they are due: so many, or so many bytes."""

REPLAY_FAILURES_MAX = 100
REPLAY_FAILURES_TOLD = 50
"""Failures after which a replay gives up, if nobody says otherwise, and those of which it tells."""

REPLAY_FAMILY_MAX = 500_000
"""Messages of a replay that are remembered since others come of them, by dead letters or by hand."""

REPLAY_ROUTES_MAX = 10_000
REPLAY_ROUTES_TOLD = 500
"""Ways that messages of a replay go, which are looked up before; those that are told of."""

RECORD_AT_ONCE = 10_000
"""Messages that a recording writes between two looks at the clock."""
