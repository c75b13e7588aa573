"""Every colour of the window: light, dark and high contrast; and which of them must be readable on which."""

from typing import NamedTuple

TEXT_CONTRAST = 4.5
"""WCAG 2.1 AA for text."""

SIGN_CONTRAST = 3.0
"""WCAG 2.1 AA for icons and lines that carry meaning."""


class Colours(NamedTuple):
    """A palette. `x_tint` is the quiet ground that text in colour `x` stands on."""

    is_dark: bool
    chrome: str  # between the cards
    surface: str  # the cards
    raised: str  # fields, buttons, menus
    hover: str
    pressed: str
    selection: str
    selection_quiet: str  # a selection without the keyboard's focus
    line: str  # decoration: never the only sign of anything
    field_line: str  # the edge of what can be typed into or pressed
    text: str
    muted: str
    sign: str  # icons
    accent: str
    accent_hover: str
    on_accent: str
    focus: str
    ready: str
    ready_tint: str
    in_flight: str
    in_flight_tint: str
    done: str
    done_tint: str
    dropped: str
    dropped_tint: str
    dead_lettered: str
    dead_lettered_tint: str
    purged: str
    purged_tint: str
    chart_in: str
    chart_out: str
    chart_acked: str
    chart_depth: str
    code_name: str
    code_string: str
    code_number: str
    code_word: str
    tip: str
    tip_text: str
    tip_line: str  # decoration


LIGHT = Colours(
    is_dark=False,
    chrome="#eef0f4",
    surface="#ffffff",
    raised="#ffffff",
    hover="#f3f5f9",
    pressed="#e4e8f0",
    selection="#dfe7fd",
    selection_quiet="#e9edf3",
    line="#dfe3ea",
    field_line="#8b93a3",
    text="#191d26",
    muted="#566072",
    sign="#5f697b",
    accent="#3451c6",
    accent_hover="#2a43a8",
    on_accent="#ffffff",
    focus="#3451c6",
    ready="#1d4fb8",
    ready_tint="#e3ecfd",
    in_flight="#8a4b00",
    in_flight_tint="#fdeccd",
    done="#1a6b3c",
    done_tint="#e0f4e7",
    dropped="#b3261e",
    dropped_tint="#fde6e4",
    dead_lettered="#97266d",
    dead_lettered_tint="#fbe4f1",
    purged="#5d4a8c",
    purged_tint="#ece6f8",
    chart_in="#2f6fde",
    chart_out="#b8690b",
    chart_acked="#23864c",
    chart_depth="#7a5cc4",
    code_name="#1d4fb8",
    code_string="#1a6b3c",
    code_number="#8a4b00",
    code_word="#7b2d8e",
    tip="#272c38",
    tip_text="#f3f5f9",
    tip_line="#272c38",
)

DARK = Colours(
    is_dark=True,
    chrome="#121419",
    surface="#1a1d24",
    raised="#23272f",
    hover="#22262f",
    pressed="#2d323d",
    selection="#2a3a66",
    selection_quiet="#2a2f3a",
    line="#2b303a",
    field_line="#747d8f",
    text="#e7eaf0",
    muted="#a3acbb",
    sign="#9aa4b5",
    accent="#8ea4ff",
    accent_hover="#a9baff",
    on_accent="#10131c",
    focus="#8ea4ff",
    ready="#9dbcff",
    ready_tint="#1f2d4d",
    in_flight="#f5c069",
    in_flight_tint="#3d2f14",
    done="#7fd6a0",
    done_tint="#1a3526",
    dropped="#ff9d94",
    dropped_tint="#46211f",
    dead_lettered="#f5a3cf",
    dead_lettered_tint="#462038",
    purged="#c6b1f5",
    purged_tint="#322a48",
    chart_in="#6fa0ff",
    chart_out="#f0ad4e",
    chart_acked="#5fc98a",
    chart_depth="#b39af0",
    code_name="#9dbcff",
    code_string="#8fd8ab",
    code_number="#f5c069",
    code_word="#dba6ee",
    tip="#353b48",
    tip_text="#f3f5f9",
    tip_line="#353b48",
)

CONTRAST = Colours(
    is_dark=True,
    chrome="#000000",
    surface="#000000",
    raised="#0d0d0d",
    hover="#1f1f1f",
    pressed="#333333",
    selection="#003a8c",
    selection_quiet="#2b2b2b",
    line="#8f8f8f",
    field_line="#d6d6d6",
    text="#ffffff",
    muted="#e0e0e0",
    sign="#ffffff",
    accent="#ffe14d",
    accent_hover="#fff0a3",
    on_accent="#000000",
    focus="#ffe14d",
    ready="#a8d1ff",
    ready_tint="#00172e",
    in_flight="#ffd27a",
    in_flight_tint="#2e1c00",
    done="#8df0b0",
    done_tint="#00260f",
    dropped="#ffb3ab",
    dropped_tint="#3d0500",
    dead_lettered="#ffb8e0",
    dead_lettered_tint="#330020",
    purged="#dccbff",
    purged_tint="#1d0a40",
    chart_in="#7db8ff",
    chart_out="#ffc266",
    chart_acked="#6fe39b",
    chart_depth="#cdb5ff",
    code_name="#a8d1ff",
    code_string="#8df0b0",
    code_number="#ffd27a",
    code_word="#f0c2ff",
    tip="#1a1a1a",
    tip_text="#ffffff",
    tip_line="#ffffff",
)
"""Black, white and yellow: text 7 to 1, signs and edges 4.5 to 1 (WCAG 2.1 AAA)."""

THEMES = {"light": LIGHT, "dark": DARK, "contrast": CONTRAST}

_GROUNDS = ("chrome", "surface", "raised", "hover", "selection", "selection_quiet")
_STATES = ("ready", "in_flight", "done", "dropped", "dead_lettered", "purged")

PAIRS: list[tuple[str, str, float]] = [
    *((fore, ground, TEXT_CONTRAST) for fore in ("text", "muted") for ground in _GROUNDS),
    ("text", "pressed", TEXT_CONTRAST),
    *((state, f"{state}_tint", TEXT_CONTRAST) for state in _STATES),
    *((state, "surface", TEXT_CONTRAST) for state in _STATES),
    *((state, "chrome", TEXT_CONTRAST) for state in _STATES),
    ("on_accent", "accent", TEXT_CONTRAST),
    ("on_accent", "accent_hover", TEXT_CONTRAST),
    ("accent", "surface", TEXT_CONTRAST),
    ("accent", "chrome", TEXT_CONTRAST),
    ("tip_text", "tip", TEXT_CONTRAST),
    *((code, "surface", TEXT_CONTRAST) for code in ("code_name", "code_string", "code_number", "code_word")),
    *(("sign", ground, SIGN_CONTRAST) for ground in _GROUNDS),
    *(("focus", ground, SIGN_CONTRAST) for ground in ("chrome", "surface", "raised")),
    *(("field_line", ground, SIGN_CONTRAST) for ground in ("surface", "raised")),
    *((line, "surface", SIGN_CONTRAST) for line in ("chart_in", "chart_out", "chart_acked", "chart_depth")),
]
"""Which colour is drawn on which, and the contrast it must have. Checked for all palettes."""

HIGH_TEXT_CONTRAST, HIGH_SIGN_CONTRAST = 7.0, 4.5
"""What the palette of high contrast has to have instead."""


def least_contrast(colours: Colours, least: float) -> float:
    """The contrast that a pair of a palette must have, given the usual one."""
    if colours is not CONTRAST:
        return least
    return HIGH_TEXT_CONTRAST if least == TEXT_CONTRAST else HIGH_SIGN_CONTRAST


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21.

    Source: WCAG 2.1, relative luminance and contrast ratio.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
