"""A layout like words on a page takes as much height as its lines, and no more."""

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mqstudio.gui.widgets.wrapping import wrapped


def test_it_is_as_high_as_its_lines(qtbot: QtBot) -> None:
    """One line where there is room; two where there is not; and nobody is made to be as high as all below."""
    whole = QWidget()
    qtbot.addWidget(whole)
    buttons = [QPushButton(f"Button {number}") for number in range(6)]
    flow = wrapped(*buttons)
    layout = QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(flow)
    layout.addStretch()
    whole.setLayout(layout)
    line = buttons[0].sizeHint().height()
    assert whole.minimumSizeHint().height() == line
    whole.resize(flow.sizeHint().width(), 400)
    with qtbot.waitExposed(whole):
        whole.show()
    assert flow.height() == line
    whole.resize(flow.sizeHint().width() * 2 // 3, 400)
    qtbot.waitUntil(lambda: flow.height() > line)
    assert flow.height() < 3 * line
