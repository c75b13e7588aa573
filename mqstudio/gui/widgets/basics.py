"""The small parts that every widget is made of. Nothing here interprets what it shows.

Qt guesses whether a text is rich: a queue named `<img src=…>` would be rendered. So texts come to the
screen only through these functions: labels are plain text, tool tips are escaped, and `&` is no shortcut.
"""

import html

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mqstudio.gui.theme import ICON_SIZE, MEDIUM, SMALL
from mqstudio.viewmodel.wording import plain, plain_text

Margins = tuple[int, int, int, int]


def label(text: str = "", role: str = "", *, wraps: bool = False, selectable: bool = False) -> QLabel:
    """A label of plain text. Roles: title heading strong figure muted caption section mono good bad warn."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wraps)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    set_text(made, text)
    return made


def set_text(widget: QLabel, text: str) -> None:
    """Change a label's text, only if it differs: a repaint costs more than a comparison."""
    shown = plain_text(text)
    if widget.text() != shown:
        widget.setText(shown)


def set_role(widget: QWidget, role: str, name: str = "role") -> None:
    """Change how the style sheet draws a widget."""
    if widget.property(name) != role:
        widget.setProperty(name, role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def tip(text: str) -> str:
    """Text for a tool tip, which Qt would otherwise read as markup."""
    return f"<span>{html.escape(plain(text))}</span>" if text else ""


def set_tip(widget: QWidget | QAction, text: str) -> None:
    """Give a widget a tool tip of plain text."""
    widget.setToolTip(tip(text))


def verbatim(text: str) -> str:
    """Foreign text for buttons, tabs and menus, where `&` would mark a shortcut."""
    return plain(text, 60).replace("&", "&&")


def button(
    text: str, kind: str = "", *, icon: QIcon | None = None, tip_text: str = "", shortcut: str = ""
) -> QPushButton:
    """A button. Kinds: primary danger quiet link chip segment notice; "" is the ordinary one."""
    made = QPushButton()
    made.setProperty("kind", kind)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    if kind in ("chip", "segment"):
        made.setCheckable(True)
    if icon is not None:
        made.setIcon(icon)
        made.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
    set_button_text(made, text)
    _describe(made, tip_text or text, shortcut)
    return made


def set_button_text(widget: QPushButton, text: str) -> None:
    """Change a button's text; a space keeps it off the icon."""
    shown = verbatim(text) if widget.icon().isNull() else f" {verbatim(text)}"
    if widget.text() != shown:
        widget.setText(shown)


def icon_button(icon: QIcon, name: str, shortcut: str = "") -> QToolButton:
    """A button that is only an icon; `name` is its tool tip and what a screen reader says."""
    made = QToolButton()
    made.setIcon(icon)
    made.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
    _describe(made, name, shortcut)
    return made


def _describe(made: QAbstractButton, name: str, shortcut: str) -> None:
    keys = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText) if shortcut else ""
    made.setAccessibleName(plain(name))
    set_tip(made, f"{name}  ({keys})" if keys else name)


def column(
    *items: QWidget | QLayout | int | None, margins: Margins = (0, 0, 0, 0), gap: int = SMALL
) -> QVBoxLayout:
    """Items below each other: widgets, layouts, a number for a gap in pixels, None to stretch."""
    return _fill(QVBoxLayout(), items, margins, gap)  # type: ignore[return-value]  # fills what it is given


def row(
    *items: QWidget | QLayout | int | None, margins: Margins = (0, 0, 0, 0), gap: int = SMALL
) -> QHBoxLayout:
    """Items beside each other; as `column`."""
    return _fill(QHBoxLayout(), items, margins, gap)  # type: ignore[return-value]  # fills what it is given


def _fill(
    box: QBoxLayout, items: tuple[QWidget | QLayout | int | None, ...], margins: Margins, gap: int
) -> QBoxLayout:
    box.setContentsMargins(*margins)
    box.setSpacing(gap)
    for item in items:
        if item is None:
            box.addStretch(1)
        elif isinstance(item, int):
            box.addSpacing(item)
        elif isinstance(item, QLayout):
            box.addLayout(item)
        else:
            box.addWidget(item)
    return box


def card(layout: QLayout | None = None, kind: str = "true") -> QFrame:
    """A rounded surface. Kinds: true, inner, notice, warning, danger."""
    made = QFrame()
    made.setProperty("card", kind)
    if layout is not None:
        made.setLayout(layout)
    return made


def holder(layout: QLayout) -> QWidget:
    """A widget that only holds a layout."""
    made = QWidget()
    made.setLayout(layout)
    return made


def rule() -> QFrame:
    """A thin line across."""
    made = QFrame()
    made.setProperty("rule", "true")
    made.setFixedHeight(1)
    return made


def stretchy(widget: QWidget) -> QWidget:
    """Let a widget take all the width there is, and shrink to nothing."""
    widget.setSizePolicy(QSizePolicy.Policy.Ignored, widget.sizePolicy().verticalPolicy())
    return widget


def padded(*items: QWidget | QLayout | int | None) -> QFrame:
    """A card with items below each other."""
    return card(column(*items, margins=(MEDIUM, MEDIUM, MEDIUM, MEDIUM)))
