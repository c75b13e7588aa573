"""Everything that a person sees, hears or touches in a window, found by walking through its widgets."""

from collections.abc import Iterator

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QDockWidget,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTableView,
    QTabWidget,
    QTreeView,
    QWidget,
)

CONTROLS = (
    QAbstractButton, QAbstractItemView, QComboBox, QKeySequenceEdit, QLineEdit, QPlainTextEdit, QTabWidget,
)  # fmt: skip


def controls(window: QWidget) -> Iterator[QWidget]:
    """What can be pressed, chosen from or typed into; not the parts that Qt makes such things of."""
    for widget in window.findChildren(QWidget):
        is_part = widget.objectName().startswith("qt_") or isinstance(widget, QHeaderView | QScrollBar)
        parent = widget.parentWidget()
        is_inner = isinstance(parent, QComboBox | QLineEdit | QKeySequenceEdit | QTabBar | QAbstractItemView)
        is_popup = parent is not None and isinstance(parent.parentWidget(), QComboBox)
        if isinstance(widget, CONTROLS) and not (is_part or is_inner or is_popup):
            yield widget


def name_of(widget: QWidget) -> str:
    """What a screen reader calls a control: the name given to it, or the text on it."""
    if widget.accessibleName():
        return widget.accessibleName()
    return widget.text() if isinstance(widget, QAbstractButton) else ""


def texts(window: QWidget) -> Iterator[tuple[str, str]]:
    """Every text of a window, and whose it is."""
    for widget in [window, *window.findChildren(QWidget)]:
        yield from ((f"{type(widget).__name__}.{how}", text) for how, text in _texts_of(widget))


def _texts_of(widget: QWidget) -> Iterator[tuple[str, str]]:
    yield "name", widget.accessibleName()
    yield "tip", widget.toolTip()
    if isinstance(widget, QLabel | QAbstractButton):
        yield "text", widget.text()
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        yield "placeholder", widget.placeholderText()
    if isinstance(widget, QTabWidget):
        yield from (("tab", widget.tabText(place)) for place in range(widget.count()))
    if isinstance(widget, QDockWidget):
        yield "title", widget.windowTitle()
    if isinstance(widget, QMenu):
        yield "title", widget.title()
        yield from (("action", action.text()) for action in widget.actions())
    if isinstance(widget, QTableView | QTreeView) and (model := widget.model()) is not None:
        yield from (("head", str(_head(model, place) or "")) for place in range(model.columnCount()))


def _head(model: object, place: int) -> object:
    from PySide6.QtCore import Qt

    return model.headerData(place, Qt.Orientation.Horizontal)  # type: ignore[attr-defined]  # a model
