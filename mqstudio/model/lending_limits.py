"""Bounds of sending, lending and carrying."""

CARRY_TASKS_KEPT = 100
"""Tasks that have ended and are remembered."""

ONCE_LOOK_MAX = 1_000_000
"""Messages that are looked at after a restart for what was sent within a queue's window."""

ONCE_KEYS_MAX = 200_000
"""Deduplication ids that a queue remembers; of more within the window the oldest are forgotten."""
