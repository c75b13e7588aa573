"""What the window says of the recorder: that it records, or what keeps publishers waiting."""

from typing import Final

from mqstudio.model.samples import Totals

_WHY: Final = {
    "memory": "memory is full",
    "disk": "the disk is nearly full",
    "store": "the disk has failed",
}


def recorder_says(totals: Totals) -> str:
    """A few words for the status line."""
    if totals.is_publishing_blocked:
        reasons = totals.blocked_by or ("memory",)
        return f"Publishers are paused: {' and '.join(_WHY[each] for each in reasons)}"
    if totals.recorded_one_in > 1:
        return f"Recording 1 in {totals.recorded_one_in:,} transient messages"
    return "Recording"
