"""Every text can be read and every sign be seen, in all palettes."""

import pytest

from mqstudio.gui.colours import CONTRAST, PAIRS, THEMES, contrast, least_contrast


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("fore", "ground", "least"), PAIRS)
def test_contrast(theme: str, fore: str, ground: str, least: float) -> None:
    """WCAG 2.1 AA: 4.5 to 1 for text, 3 to 1 for icons, lines and edges; AAA in high contrast."""
    colours = THEMES[theme]
    assert contrast(getattr(colours, fore), getattr(colours, ground)) >= least_contrast(colours, least)


def test_high_contrast_asks_for_more() -> None:
    """The bounds of the high palette are those of WCAG 2.1 AAA."""
    assert (least_contrast(CONTRAST, 4.5), least_contrast(CONTRAST, 3.0)) == (7.0, 4.5)


def test_contrast_is_what_wcag_says() -> None:
    """Black on white is 21, a colour on itself 1, and the order does not matter."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)
