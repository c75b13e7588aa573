"""Two pages of queues side by side in one tab; verbs are about the one that had the keyboard last."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.gui.words import tr

NARROW = 280
"""Pixels that a page beside another one has at least."""


class SplitView(QSplitter):
    """Holds two pages, which stay who they are. turned: verbs are about the other one now."""

    turned = Signal()

    def __init__(self, left: QueueView, right: QueueView) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.views = (left, right)
        self.active = left
        self.setChildrenCollapsible(False)
        self.setAccessibleName(tr("Two queues side by side"))
        for view in self.views:
            self.addWidget(view)
            _make_do(view, is_narrow=True)
            view.show()
        self.setSizes([1_000, 1_000])
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def activate(self, view: QWidget) -> None:
        """Let verbs be about one of the two."""
        for each in self.views:
            if each is view and each is not self.active:
                self.active = each
                self.turned.emit()

    def release(self) -> None:
        """Each of the two is to be on its own again."""
        for view in self.views:
            _make_do(view, is_narrow=False)

    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        for view in self.views:
            if now is not None and (now is view or view.isAncestorOf(now)):
                self.activate(view)


def _make_do(view: QueueView, *, is_narrow: bool) -> None:
    """Let a page make do with little width: what has a key and a menu has no button then."""
    for each in (view.publish_button, view.purge_button, view.delete_button, view.verb_bar):
        each.setHidden(is_narrow)
    view.setMinimumWidth(NARROW if is_narrow else 0)
