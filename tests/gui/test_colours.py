"""Every text can be read and every sign be seen, in both palettes."""

import pytest

from mqstudio.gui.colours import DARK, LIGHT, PAIRS, Colours, contrast


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("fore", "ground", "least"), PAIRS)
def test_contrast(colours: Colours, fore: str, ground: str, least: float) -> None:
    """WCAG 2.1 AA: 4.5 to 1 for text, 3 to 1 for icons, lines and edges."""
    assert contrast(getattr(colours, fore), getattr(colours, ground)) >= least


def test_contrast_is_what_wcag_says() -> None:
    """Black on white is 21, a colour on itself 1, and the order does not matter."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)
