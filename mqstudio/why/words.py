"""Numbers, durations and names as findings say them."""

from collections.abc import Sequence


def duration(time_us: int) -> str:
    """How long: 0 ms, 0.4 ms, 38 ms, 3.4 s, 2 m 10 s, 3 h 12 m, 2 d 4 h."""
    if time_us < 50:
        return "0 ms"
    if time_us < 9_950:
        return f"{f'{time_us / 1000:.1f}'.removesuffix('.0')} ms"
    if time_us < 999_500:
        return f"{time_us / 1000:.0f} ms"
    seconds = time_us // 1_000_000
    if seconds < 60:
        return f"{time_us / 1_000_000:.1f} s"
    if seconds < 3_600:
        return f"{seconds // 60} m {seconds % 60:02} s"
    if seconds < 86_400:
        return f"{seconds // 3_600} h {seconds % 3_600 // 60:02} m"
    return f"{seconds // 86_400} d {seconds % 86_400 // 3_600} h"


def counted(number: int, one: str, other: str = "") -> str:
    """`1 message`, `1,204 messages`."""
    return f"{number:,} {one if number == 1 else other or one + 's'}"


def listed(names: Sequence[str], most: int = 4) -> str:
    """`a`, `a and b`, `a, b and c`; of many the first, and how many more."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def rate(per_s: float) -> str:
    """Messages per second: 0.4, 12, 1,204."""
    return f"{per_s:.1f}" if per_s < 9.95 else f"{per_s:,.0f}"


def distance(one: str, other: str, most: int) -> int:
    """How many characters have to be put in, taken out or changed, or neighbours swapped; above `most`: more.

    Source: optimal string alignment. Texts whose lengths differ by more than `most` are not looked at.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    two_before: list[int] = []
    before = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        two_before, before = before, row
    return before[-1]
