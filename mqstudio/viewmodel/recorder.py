"""What the window says of the recorder: that it records, or what keeps publishers waiting."""

from typing import Final

from mqstudio.model.samples import Totals
from mqstudio.viewmodel.words import tr

_WHY: Final = {
    "memory": "memory is full",
    "disk": "the disk is nearly full",
    "store": "the disk has failed",
}


def recorder_says(totals: Totals) -> str:
    """A few words for the status line."""
    if totals.is_publishing_blocked:
        reasons = totals.blocked_by or ("memory",)
        return tr("Publishers are paused: {join}", join=" and ".join(_WHY[each] for each in reasons))
    if totals.recorded_one_in > 1:
        return tr(
            "Recording 1 in {recorded_one_in} transient messages",
            recorded_one_in=f"{totals.recorded_one_in:,}",
        )
    return tr("Recording")
