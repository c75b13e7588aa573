"""The tabs in the middle: pages that are opened, brought to the front and closed; the first one stays."""

from collections.abc import Callable, Hashable
from functools import partial
from typing import TypeGuard

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTabBar, QTabWidget, QToolButton, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.widgets.basics import icon_button, verbatim
from mqstudio.gui.widgets.exchange_view import ExchangeView
from mqstudio.gui.widgets.queue_view import MESSAGES, QueueView
from mqstudio.gui.widgets.split_view import SplitView
from mqstudio.gui.words import tr
from mqstudio.viewmodel.open_pages import Key, OpenPages
from mqstudio.viewmodel.wording import exchange_title

OVER = 40
"""Pixels below the tabs from which on a tab is dragged into the pages, and not along the others."""

_RIGHT = QTabBar.ButtonPosition.RightSide


class Pages(QTabWidget):
    """Pages by their keys, at most one of each.

    message_selected: in front another message is selected, or another page is. publish_to_queue and
    publish_to_exchange(vhost, name): the composer is wanted. queue_opened(view): a queue's page was made.
    """

    message_selected = Signal()
    publish_to_queue = Signal(str, str)
    publish_to_exchange = Signal(str, str)
    queue_opened = Signal(object)

    def __init__(self, context: Context, first: QWidget, title: str) -> None:
        self._needed: tuple[QSize, QSize] | None = None
        super().__init__()
        self._context, self._studio, self._first = context, context.studio, first
        self._pages: dict[Hashable, QWidget] = {}
        self._icons: dict[Hashable, str] = {}
        self._titles: dict[Hashable, str] = {}
        self._recent: list[QueueView] = []
        """Queues' pages in the order in which they were in front, the last one last."""
        self._closers: dict[Hashable, Callable[[], object]] = {}
        self.setDocumentMode(True)
        self.setTabsClosable(False)
        self.setMovable(True)
        self.setAccessibleName(tr("Pages"))
        self.addTab(first, title)
        self.tabBar().installEventFilter(self)
        self.currentChanged.connect(self._on_current_changed)
        context.theme.changed.connect(self._on_theme_changed)

    def event(self, event: QEvent) -> bool:
        """Pages that were laid out and need as much room as before are left alone.

        Else all of them would be drawn anew whenever a number on one of them changes.
        """
        if event.type() == QEvent.Type.LayoutRequest:
            needed = (self.minimumSizeHint(), self.tabBar().sizeHint())
            if needed == self._needed:
                return True
            self._needed = needed
        return super().event(event)

    # ---- what is in front

    @property
    def queue_view(self) -> QueueView | None:
        """The page in front, if it is a queue's."""
        page = self.currentWidget()
        page = page.active if isinstance(page, SplitView) else page
        return page if isinstance(page, QueueView) else None

    @property
    def exchange_view(self) -> ExchangeView | None:
        """The page in front, if it is an exchange's."""
        page = self.currentWidget()
        return page if isinstance(page, ExchangeView) else None

    def open_pages(self) -> OpenPages:
        """The queues and exchanges that are open, from left to right, and which is in front."""
        keys = {id(page): key for key, page in self._pages.items()}
        tabs = [self.widget(place) for place in range(self.count())]
        pages = [page for tab in tabs for page in (tab.views if isinstance(tab, SplitView) else (tab,))]
        shown = [keys.get(id(page)) for page in pages]
        pairs = [
            tuple(keys.get(id(view)) for view in tab.views) for tab in tabs if isinstance(tab, SplitView)
        ]
        front = keys.get(id(self.queue_view or self.currentWidget()))
        return OpenPages(
            [key for key in shown if _is_kept(key)],
            front if _is_kept(front) else None,
            [(left, right) for left, right in pairs if _is_kept(left) and _is_kept(right)],
        )

    # ---- opening

    def open(
        self,
        key: Hashable,
        icon: str,
        title: str,
        make: Callable[[], QWidget],
        closed: Callable[[], object] | None = None,
    ) -> QWidget:
        """Bring a page to the front, made if it is not there; closed: called when the user closes it."""
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = make()
            self._icons[key] = icon
            if closed is not None:
                self._closers[key] = closed
            self._titles[key] = title
            self._add(self.count(), page, icon, title)
        tab = self._tab_of(page)
        self.setCurrentWidget(tab)
        if isinstance(tab, SplitView):
            tab.activate(page)
        return page

    def _add(self, place: int, page: QWidget, icon: str, title: str) -> None:
        place = self.insertTab(place, page, self._context.theme.icon(icon), verbatim(title))
        close = icon_button(
            self._context.theme.icon("close"), tr("Close the tab of {title}", title=title), "Ctrl+W"
        )
        close.clicked.connect(self._on_close_clicked)
        self.tabBar().setTabButton(place, _RIGHT, close)

    def _tab_of(self, page: QWidget) -> QWidget:
        """The tab that a page is in: itself, but for those side by side with another."""
        for place in range(self.count()):
            tab = self.widget(place)
            if isinstance(tab, SplitView) and page in tab.views:
                return tab
        return page

    # ---- two side by side

    def split(self, *, is_right: bool = False) -> bool:
        """Put the queue in front and the one that was before side by side, or each in its tab again.

        is_right: the one in front is to be the right one.

        False, and nothing happens, if there is no other one.
        """
        front = self.currentWidget()
        if isinstance(front, SplitView):
            self._join(front)
            return True
        is_alone = [page for page in self._recent if self._tab_of(page) is page and page is not front]
        if not isinstance(front, QueueView) or not is_alone:
            return False
        self._pair(*((is_alone[-1], front) if is_right else (front, is_alone[-1])))
        return True

    def pair(self, left: Key, right: Key) -> None:
        """Put two open queues side by side."""
        first, second = self._pages.get(left), self._pages.get(right)
        if not isinstance(first, QueueView) or not isinstance(second, QueueView):
            return
        if self._tab_of(first) is first and self._tab_of(second) is second:
            self._pair(first, second)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A tab that is let go over the pages stands beside the one that was in front before it."""
        if isinstance(event, QMouseEvent) and event.type() is QEvent.Type.MouseButtonRelease:
            place = self.mapFromGlobal(event.globalPosition().toPoint())
            is_over = self.rect().contains(place) and place.y() > self.tabBar().geometry().bottom() + OVER
            if is_over and isinstance(self.currentWidget(), QueueView):
                QTimer.singleShot(0, self, partial(self.split, is_right=place.x() > self.width() // 2))
        return super().eventFilter(watched, event)

    def _pair(self, front: QueueView, other: QueueView) -> None:
        keys = {id(page): key for key, page in self._pages.items()}
        title = " | ".join(self._titles[keys[id(page)]] for page in (front, other))
        place = min(self.indexOf(front), self.indexOf(other))
        for page in (front, other):
            self.removeTab(self.indexOf(page))
        split = SplitView(front, other)
        split.turned.connect(self._on_turned)
        self._add(place, split, "queue", title)
        self.setCurrentWidget(split)

    def _join(self, split: SplitView) -> None:
        """Each of the two has its own tab again."""
        place, active = self.indexOf(split), split.active
        split.release()
        self.removeTab(place)
        keys = {id(page): key for key, page in self._pages.items()}
        for view in reversed(split.views):
            key = keys[id(view)]
            self._add(place, view, self._icons[key], self._titles[key])
        self.setCurrentWidget(active)
        split.deleteLater()

    def _on_turned(self) -> None:
        self.currentChanged.emit(self.currentIndex())

    def open_queue(self, vhost: str, name: str) -> None:
        """Bring a queue's page to the front."""

        def make() -> QueueView:
            view = QueueView(self._context, self._studio.page(vhost, name))
            view.message_selected.connect(self.message_selected)
            view.publish_wanted.connect(self.publish_to_queue)
            self.queue_opened.emit(view)
            return view

        def closed() -> None:
            self._studio.close_page(vhost, name)

        self.open(("queue", vhost, name), "queue", name, make, closed)

    def open_exchange(self, vhost: str, name: str) -> None:
        """Bring an exchange's page to the front."""

        def make() -> ExchangeView:
            view = ExchangeView(self._context, self._studio.exchange_page(vhost, name))
            view.publish_wanted.connect(self.publish_to_exchange)
            return view

        def closed() -> None:
            self._studio.close_exchange_page(vhost, name)

        self.open(("exchange", vhost, name), "exchange", exchange_title(name), make, closed)

    def show_messages(self) -> None:
        """Bring the messages of the queue that was in front last to the front; with none, the first page."""
        if self.queue_view is None and self._recent:
            self.setCurrentWidget(self._tab_of(self._recent[-1]))
        view = self.queue_view
        if view is None:
            self.show_first()
            return
        view.tabs.setCurrentIndex(MESSAGES)
        view.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_first(self) -> None:
        """Bring the first page to the front."""
        self.setCurrentWidget(self._first)

    # ---- closing

    def close_front(self) -> None:
        """Close the page in front; the window stays."""
        front = self.currentWidget()
        if isinstance(front, SplitView):
            self._join(front)
        self._close(self.currentWidget())

    def _on_close_clicked(self) -> None:
        for place in range(self.count()):
            if self.tabBar().tabButton(place, _RIGHT) is self.sender():
                tab = self.widget(place)
                if isinstance(tab, SplitView):
                    self._join(tab)
                    for view in tab.views:
                        self._close(view)
                self._close(tab)
                return

    def _close(self, page: QWidget | None) -> None:
        key = next((key for key, each in self._pages.items() if each is page), None)
        if key is None or page is None:
            return  # the first page stays
        del self._pages[key], self._icons[key], self._titles[key]
        self._recent = [each for each in self._recent if each is not page]
        closed = self._closers.pop(key, None)
        if closed is not None:
            closed()
        self.removeTab(self.indexOf(page))
        page.deleteLater()

    # ---- following

    def _on_current_changed(self) -> None:
        front = self.currentWidget()
        if isinstance(front, QueueView):
            self._recent = [*(page for page in self._recent if page is not front), front]
        for page in self._pages.values():
            if isinstance(page, QueueView):
                page.page.set_visible(self._tab_of(page) is front)
        self.message_selected.emit()

    def _on_theme_changed(self) -> None:
        theme = self._context.theme
        for key, page in self._pages.items():
            place = self.indexOf(self._tab_of(page))
            self.setTabIcon(place, theme.icon(self._icons[key]))
            close = self.tabBar().tabButton(place, _RIGHT)
            assert isinstance(close, QToolButton)
            close.setIcon(theme.icon("close"))


def _is_kept(key: Hashable) -> TypeGuard[Key]:
    """Whether a page is opened again the next time."""
    return isinstance(key, tuple) and len(key) == 3 and key[0] in ("queue", "exchange")
