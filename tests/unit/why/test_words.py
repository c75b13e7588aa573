"""Numbers, durations and distances as findings say them."""

import pytest

from mqstudio.why.words import counted, distance, duration, listed, rate


@pytest.mark.parametrize(
    ("time_us", "says"),
    [
        (0, "0 ms"), (-5, "0 ms"), (420, "0.4 ms"), (1_000, "1 ms"), (1_500, "1.5 ms"), (38_000, "38 ms"),
        (3_400_000, "3.4 s"),
        (130_000_000, "2 m 10 s"), (3_600_000_000, "1 h 00 m"), (11_520_000_000, "3 h 12 m"),
        (86_400_000_000, "1 d 0 h"), (187_200_000_000, "2 d 4 h"),
    ],
)  # fmt: skip
def test_durations(time_us: int, says: str) -> None:
    """Two units at most."""
    assert duration(time_us) == says


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        ("orders", "orders", 0), ("orders", "order", 1), ("orders", "oders", 1), ("orders", "ordres", 1),
        ("orders", "ordxrz", 2), ("", "ab", 2), ("orders", "invoices", 3), ("abcdefgh", "hgfedcba", 3),
    ],
)  # fmt: skip
def test_distances(one: str, other: str, far: int) -> None:
    """One letter in, out, changed, or two neighbours swapped is one; beyond two nobody counts."""
    assert distance(one, other, 2) == far
    assert distance(other, one, 2) == far


def test_counts_lists_and_rates() -> None:
    """One is one; of many the first."""
    assert [counted(1, "message"), counted(1200, "message"), counted(2, "box", "boxes")] == [
        "1 message", "1,200 messages", "2 boxes",
    ]  # fmt: skip
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert listed(list("abcdef")) == "a, b, c, d and 2 more"
    assert [rate(0.44), rate(12.3), rate(1204)] == ["0.4", "12", "1,204"]
