"""Numbers, times and hostile texts as people read them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.viewmodel import wording

BIDI_OVERRIDE = "\u202e"


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("orders", "orders"),
        ("a\x00b", "a\\x00b"),
        ("two\nlines", "two\\nlines"),
        (f"gpj{BIDI_OVERRIDE}exe", "gpj\\u202eexe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("<img src=x>", "<img src=x>"),
        ("日本 ünïcode", "日本 ünïcode"),
        ("tag\U000e0041", "tag\\U000e0041"),
    ],
)
def test_hidden_characters_are_written_out(foreign: str, shown: str) -> None:
    """What could hide, move or reverse its neighbours becomes visible; the rest stays."""
    assert wording.plain(foreign) == shown


@given(st.text())
def test_one_line_text_never_acts(text: str) -> None:
    """No control character survives, whatever the text."""
    assert not any(
        ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E for c in wording.plain(text)
    )


def test_text_of_many_lines_keeps_its_lines() -> None:
    """Lines and tabs are layout in a body, not attacks."""
    assert wording.plain_text("a\r\n\tb\x07") == "a\n\tb\\x07"


def test_long_names_end_in_an_ellipsis() -> None:
    """A name of any length takes bounded room."""
    assert wording.plain("x" * 1000, 10) == "x" * 10 + "…"


@pytest.mark.parametrize(
    ("time_us", "reads"),
    [(0, "0 ms"), (400, "0.4 ms"), (38_000, "38 ms"), (3_400_000, "3.4 s"), (130_000_000, "2 m 10 s"),
     (11_520_000_000, "3 h 12 m"), (187_200_000_000, "2 d 4 h"), (-5, "0 ms")],
)  # fmt: skip
def test_durations(time_us: int, reads: str) -> None:
    """Two units at most, none of them silly."""
    assert wording.duration(time_us) == reads


def test_sizes_and_counts() -> None:
    """Units change where numbers get long."""
    assert [wording.size(n) for n in (12, 1200, 3_400_000)] == ["12 B", "1.2 KB", "3.4 MB"]
    assert [wording.short_count(n) for n in (1204, 12_300, 4_500_000)] == ["1,204", "12.3k", "4.5M"]
    assert wording.counted(1, "message") == "1 message"
    assert wording.counted(2, "message") == "2 messages"
    assert [wording.rate(r) for r in (0, 0.42, 12, 1204)] == ["0", "0.4", "12", "1,204"]


def test_moments_name_their_day_where_it_is_another() -> None:
    now = datetime(2026, 11, 4, 9, 0)
    moments = [
        datetime(2026, 11, 4, 8, 5),
        datetime(2026, 11, 3, 23, 59),
        datetime(2026, 11, 1, 7, 0),
        datetime(2025, 12, 31, 12, 1),
    ]
    said = [wording.moment(int(at.timestamp() * 1e6), int(now.timestamp() * 1e6)) for at in moments]
    assert said == ["08:05", "yesterday 23:59", "1 Nov 07:00", "31 Dec 2025 12:01"]


def test_large_sizes() -> None:
    assert [wording.size(n) for n in (999_949_999, 999_950_000, 4_294_967_296)] == [
        "999.9 MB",
        "1.0 GB",
        "4.3 GB",
    ]
