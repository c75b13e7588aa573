"""How the window is to look, as somebody chose it: values without Qt."""

from enum import StrEnum

from msgspec import Struct

POINTS_LEAST, POINTS_MOST = 8.0, 24.0
"""Sizes of text that can be chosen, in points."""


class Mode(StrEnum):
    """Which palette is used."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class Density(StrEnum):
    """How much air is around the lines of tables."""

    COMPACT = "compact"
    NORMAL = "normal"
    ROOMY = "roomy"


class Look(Struct, frozen=True):
    """A look. Families "" and sizes 0 are the desktop's; sizes are in points."""

    mode: Mode = Mode.SYSTEM
    family: str = ""
    points: float = 0.0
    payload_family: str = ""
    payload_points: float = 0.0
    density: Density = Density.NORMAL
    is_still: bool = False
    """Nothing moves by itself: for who is made ill by motion, or wants none."""
