"""How a message reads in the table."""

from typing import Any

import pytest

from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.message_columns import MESSAGE_COLUMNS, progress

T = 1_700_000_000_000_000


def row(state: MessageState, **fields: Any) -> MessageRow:
    return MessageRow(1, "q", state, "", "k", 5, "a\x00b", T, enqueued_at_us=T, **fields)


@pytest.mark.parametrize(
    ("message", "reads"),
    [
        (row(MessageState.READY), "waiting 3 s"),
        (row(MessageState.READY, is_redelivered=True), "back, waiting 3 s"),
        (row(MessageState.IN_FLIGHT, delivered_at_us=T + 1_000_000, holder="worker-2 · ctag1"),
         "held 2 s by worker-2"),
        (row(MessageState.DONE, delivered_at_us=T + 1_200_000, ended_at_us=T + 1_238_000),
         "waited 1.2 s · held 38 ms"),
        (row(MessageState.DONE), "accepted"),
        (row(MessageState.DROPPED, ended_at_us=T + 500_000, ended_because="queue_deleted"),
         "queue deleted after 500 ms"),
        (row(MessageState.PURGED, ended_at_us=T + 2_000_000, ended_because="purged"), "purged after 2.0 s"),
    ],
)  # fmt: skip
def test_progress(message: MessageRow, reads: str) -> None:
    """Waiting how long, with whom for how long, or how it ended."""
    assert progress(message, T + 3_000_000) == reads


def test_hostile_bodies_are_escaped() -> None:
    """A preview is one line of visible characters."""
    column = next(c for c in MESSAGE_COLUMNS if c.key == "body")
    assert column.text(row(MessageState.READY), T) == "a\\x00b"
