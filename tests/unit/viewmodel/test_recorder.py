"""What the status line says of the recorder."""

import pytest

from mqstudio.model.samples import Totals
from mqstudio.viewmodel.recorder import recorder_says


@pytest.mark.parametrize(
    ("totals", "says"),
    [
        (Totals(), "Recording"),
        (Totals(recorded_one_in=1_024), "Recording 1 in 1,024 transient messages"),
        (Totals(is_publishing_blocked=True), "Publishers are paused: memory is full"),
        (
            Totals(is_publishing_blocked=True, blocked_by=("disk", "store")),
            "Publishers are paused: the disk is nearly full and the disk has failed",
        ),
    ],
)
def test_what_is_said(totals: Totals, says: str) -> None:
    assert recorder_says(totals) == says
