"""The main window: explorer on the left, pages in the middle, inspector on the right, docks below."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QTabWidget,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.docks import arrange, dock, inset
from mqstudio.gui.file_verbs import FileVerbs
from mqstudio.gui.following import Refresher
from mqstudio.gui.form_dialog import FormDialog, open_form
from mqstudio.gui.theme import SMALL, Mode, app_icon
from mqstudio.gui.verbs import colour_actions, make_actions
from mqstudio.gui.widgets.access_view import AccessView
from mqstudio.gui.widgets.alarm_banner import AlarmBanner
from mqstudio.gui.widgets.basics import column, holder, icon_button, row, set_tip, verbatim
from mqstudio.gui.widgets.broker_bar import BrokerBar
from mqstudio.gui.widgets.clients_view import ClientsView
from mqstudio.gui.widgets.exchange_view import ExchangeView
from mqstudio.gui.widgets.explorer_view import ExplorerView
from mqstudio.gui.widgets.health_view import HealthView
from mqstudio.gui.widgets.inspector_view import InspectorView
from mqstudio.gui.widgets.notice_bar import NoticeBar
from mqstudio.gui.widgets.policies_view import PoliciesView
from mqstudio.gui.widgets.publish_view import PublishView
from mqstudio.gui.widgets.queue_view import BINDINGS, QueueView
from mqstudio.gui.widgets.rates_view import RatesView
from mqstudio.gui.widgets.status_line import StatusLine
from mqstudio.gui.widgets.welcome_view import WelcomeView
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.exchange_form import ExchangeForm
from mqstudio.viewmodel.explorer import Node, NodeKind
from mqstudio.viewmodel.queue_form import QueueForm
from mqstudio.viewmodel.rate_scopes import time_filter
from mqstudio.viewmodel.vhost_deletion import VhostDeletion
from mqstudio.viewmodel.vhost_form import VhostForm
from mqstudio.viewmodel.wording import exchange_title

TICK_MS = 1_000
"""What ticks with time alone is drawn again this often."""

FIRST_SIZE = (1440, 900)
LAYOUT_VERSION = 2
"""Remembered layouts of another version are not restored."""


class MainWindow(QMainWindow):
    """Shows a Studio. closing: the user wants to go. restart_wanted: the broker is to be started again."""

    closing = Signal()
    restart_wanted = Signal()

    def __init__(self, context: Context, settings: QSettings) -> None:
        super().__init__()
        self._context = context
        self._studio = context.studio
        self._settings = settings
        self._queue_views: dict[tuple[str, str], QueueView] = {}
        self._exchange_views: dict[tuple[str, str], ExchangeView] = {}
        self.setWindowTitle("MQ Studio")
        self.setWindowIcon(app_icon())
        self.resize(*FIRST_SIZE)
        self._build()
        self._connect()
        self._restore()

    # ---- parts

    def _build(self) -> None:
        context = self._context
        self.welcome = WelcomeView(context)
        self.explorer = ExplorerView(context)
        self.inspector = InspectorView(context)
        self.rates = RatesView(context)
        self.clients = ClientsView(context)
        self.publish = PublishView(context)
        self.policies = PoliciesView(context)
        self.access = AccessView(context)
        self.health = HealthView(context)
        self.banner = AlarmBanner(context)
        self.files = FileVerbs(context, self)
        self.status = StatusLine(context)
        self.broker_bar = BrokerBar(context)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setTabsClosable(False)
        self.tabs.setMovable(True)
        self.tabs.setAccessibleName("Pages")
        self.tabs.addTab(self.welcome, "Welcome")
        self.setCentralWidget(self.tabs)
        self.setStatusBar(self.status)
        self.declare_button = icon_button(context.theme.icon("plus"), "Make a queue", "Ctrl+Shift+N")
        left = dock("EXPLORER", "explorer", self.explorer, self.declare_button)
        right = dock("INSPECTOR", "inspector", self.inspector)
        self._bottom = [
            dock("Rates", "rates", self.rates, is_tabbed=True),
            dock("Clients", "clients", self.clients, is_tabbed=True),
            dock("Publish", "publish", self.publish, is_tabbed=True),
            dock("Policies", "policies", self.policies, is_tabbed=True),
            dock("Users", "users", self.access, is_tabbed=True),
            dock("Health", "health", self.health, is_tabbed=True),
        ]
        arrange(self, left, right, self._bottom)
        inset(self)
        self._menus = QMenuBar()  # not menuBar(): setMenuWidget would delete that one
        self.actions_by_name = make_actions(
            self, self._menus, context.theme, self._handlers(), {"File": self.files.profiles}
        )
        self.files.attach(self.actions_by_name)
        top = row(self._menus, self.broker_bar, margins=(0, SMALL, 0, 0), gap=0)
        top.setStretch(0, 1)
        self.setMenuWidget(holder(column(top, self.banner, gap=0)))
        self.notices = NoticeBar(context, self.tabs)
        self._panes: list[QWidget] = [self.explorer.table, self.tabs, self.inspector, self.publish.key]
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._ticker.start()

    def _handlers(self) -> dict[str, Callable[[], object]]:
        return {
            **self.files.handlers(),
            "health": self.show_health,
            "declare": self.ask_declare,
            "declare_exchange": self.ask_exchange,
            "declare_vhost": self.ask_vhost,
            "bind": self._on_bind,
            "policies": self._show_policies,
            "users": self._show_users,
            "close_tab": self.close_tab,
            "quit": self.close,
            "undo": self.undo,
            "filter": self.focus_filter,
            "theme_system": self._use_system,
            "theme_light": self._use_light,
            "theme_dark": self._use_dark,
            "next_pane": self.focus_next_pane,
            "previous_pane": self.focus_previous_pane,
            "pause": self._on_pause,
            "welcome": self.show_welcome,
            "purge": self._on_purge,
            "test_message": self._on_test_message,
            "delete": self._on_delete,
            "compose": self.compose,
            "send": self.publish.send,
            "restart": self.restart_wanted.emit,
        }

    def _connect(self) -> None:
        self.explorer.queue_chosen.connect(self.open_queue)
        self.explorer.exchange_chosen.connect(self.open_exchange)
        self.explorer.client_chosen.connect(self._on_client_chosen)
        self.explorer.menu_wanted.connect(self._on_menu)
        self.declare_button.clicked.connect(self.ask_declare)
        self.rates.filter_wanted.connect(self._on_filter_wanted)
        self._bottom[0].visibilityChanged.connect(self.rates.set_seen)
        self._bottom[1].visibilityChanged.connect(self.clients.set_seen)
        self.clients.rates_wanted.connect(self._show_rates)
        self.welcome.declare_wanted.connect(self.ask_declare)
        self.welcome.publish_wanted.connect(self.compose)
        self.welcome.queue_wanted.connect(self.open_queue)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.status.restart_wanted.connect(self.restart_wanted)
        self.status.theme_toggled.connect(self.toggle_theme)
        self.broker_bar.restart_wanted.connect(self.restart_wanted)
        self.broker_bar.compose_wanted.connect(self.compose)
        self._ticker.timeout.connect(self._on_tick)
        for panel in (self.status, self.banner):
            panel.details_wanted.connect(self.show_health)
        self.files.progress_wanted.connect(self.show_health)
        self.health.backup_wanted.connect(self.files.ask_backup)
        self.health.restart_wanted.connect(self.restart_wanted)
        studio, context = self._studio, self._context
        Refresher(self, context, studio.structure.wants_refresh, studio.structure.refresh)
        Refresher(self, context, studio.health.wants_refresh, studio.health.refresh)
        Refresher(self, context, studio.actions.wants_recall, studio.actions.recall_purges)
        self._studio.undo.changed.connect(self._on_undo_changed)
        self._context.theme.changed.connect(self._on_theme_changed)
        self._on_undo_changed()

    # ---- pages

    @property
    def queue_view(self) -> QueueView | None:
        """The page in front, if it is a queue's."""
        page = self.tabs.currentWidget()
        return page if isinstance(page, QueueView) else None

    def open_queue(self, vhost: str, name: str) -> None:
        """Bring a queue's page to the front."""
        view = self._queue_views.get((vhost, name))
        if view is None:
            view = QueueView(self._context, self._studio.page(vhost, name))
            view.message_selected.connect(self._on_message_selected)
            view.publish_wanted.connect(self._on_publish_wanted)
            self._queue_views[vhost, name] = view
            self._add_tab(view, "queue", name)
        self.tabs.setCurrentWidget(view)

    def open_exchange(self, vhost: str, name: str) -> None:
        """Bring an exchange's page to the front."""
        view = self._exchange_views.get((vhost, name))
        if view is None:
            view = ExchangeView(self._context, self._studio.exchange_page(vhost, name))
            view.publish_wanted.connect(self._on_publish_to_exchange)
            self._exchange_views[vhost, name] = view
            self._add_tab(view, "exchange", exchange_title(name))
        self.tabs.setCurrentWidget(view)

    def _add_tab(self, view: QueueView | ExchangeView, icon: str, title: str) -> None:
        place = self.tabs.addTab(view, self._context.theme.icon(icon), verbatim(title))
        close = icon_button(self._context.theme.icon("close"), f"Close the tab of {title}", "Ctrl+W")
        close.clicked.connect(view.close_wanted)
        view.close_wanted_by_user.connect(self._on_close_wanted)
        self.tabs.tabBar().setTabButton(place, self.tabs.tabBar().ButtonPosition.RightSide, close)

    def close_tab(self) -> None:
        """Close the page in front; the window stays."""
        self._close_view(self.tabs.currentWidget())

    def _on_close_wanted(self) -> None:
        self._close_view(self.sender())

    def _close_view(self, view: QObject) -> None:
        if isinstance(view, QueueView):
            self._queue_views.pop((view.page.vhost, view.page.queue), None)
            self._studio.close_page(view.page.vhost, view.page.queue)
        elif isinstance(view, ExchangeView):
            self._exchange_views.pop((view.page.vhost, view.page.name), None)
            self._studio.close_exchange_page(view.page.vhost, view.page.name)
        else:
            return  # the first page stays
        self.tabs.removeTab(self.tabs.indexOf(view))
        view.deleteLater()

    def show_welcome(self) -> None:
        """Bring the first page to the front."""
        self.tabs.setCurrentWidget(self.welcome)

    def _on_tab_changed(self) -> None:
        front = self.queue_view
        for view in self._queue_views.values():
            view.page.set_visible(view is front)
        if front is not None:
            self.explorer.show_queue(front.page.vhost, front.page.queue)
            self.rates.show_scope((front.page.vhost, front.page.queue))
        else:
            self.rates.show_scope(None)
        page = self.tabs.currentWidget()
        if isinstance(page, ExchangeView):
            self.explorer.show_exchange(page.page.vhost, page.page.name)
        self._on_message_selected()

    def _on_filter_wanted(self, from_us: int, until_us: int) -> None:
        """Of the queue whose rates are shown, list what was published in a time."""
        scope = self._studio.rates.scope
        if scope is not None:
            self.open_queue(*scope)
            self._studio.page(*scope).filter.use(time_filter(from_us, until_us))

    def _on_message_selected(self) -> None:
        view = self.queue_view
        row = view.page.selected if view is not None else None
        vhost = view.page.vhost if view is not None else DEFAULT_VHOST
        if row is not None or self._studio.inspector.detail is not None:
            self._context.spawn(self._studio.inspector.show(vhost, row), self)

    # ---- verbs

    def compose(self) -> None:
        """Open the composer, aimed at the queue in front."""
        view = self.queue_view
        if view is not None:
            self._on_publish_wanted(view.page.vhost, view.page.queue)
        else:
            self._raise(self._bottom[2])
            self.publish.open_for()

    def _on_publish_wanted(self, vhost: str, queue: str) -> None:
        self._raise(self._bottom[2])
        self.publish.open_for(vhost, queue)

    def _on_publish_to_exchange(self, vhost: str, exchange: str) -> None:
        self._raise(self._bottom[2])
        self.publish.open_for_exchange(vhost, exchange)

    def _show_rates(self) -> None:
        self._raise(self._bottom[0])

    def _show_policies(self) -> None:
        self._raise(self._bottom[3])

    def _show_users(self) -> None:
        self._raise(self._bottom[4])

    def show_health(self) -> None:
        """Open the panel that says how it stands with disk, file and recorder."""
        self._raise(self._bottom[5])

    def _raise(self, wanted: QWidget) -> None:
        wanted.show()
        wanted.raise_()

    def _here(self) -> str:
        """The virtual host that new things are made in: that of the selected row."""
        node: Node | None = self.explorer.table.current_row()
        return node.vhost if node is not None else DEFAULT_VHOST

    def ask_declare(self) -> FormDialog:
        """Open the form for a new queue."""
        return open_form(self._context, QueueForm(self._studio.site, self._here()), self)

    def ask_exchange(self) -> FormDialog:
        """Open the form for a new exchange."""
        return open_form(self._context, ExchangeForm(self._studio.site, self._here()), self)

    def ask_vhost(self) -> FormDialog:
        """Open the form for a new virtual host."""
        return open_form(self._context, VhostForm(self._studio.site), self)

    def ask_change_vhost(self) -> FormDialog | None:
        """Open the form of the virtual host of the selected row."""
        specs = self._studio.structure.topology.vhosts
        spec = next((each for each in specs if each.name == self._here()), None)
        return open_form(self._context, VhostForm(self._studio.site, spec), self) if spec else None

    def ask_delete_vhost(self) -> FormDialog:
        """Ask for the name of the selected virtual host before it is deleted."""
        form = VhostDeletion(self._studio.site, self._studio.removals, self._here())
        return open_form(self._context, form, self)

    def _on_bind(self) -> None:
        page = self.tabs.currentWidget()
        if isinstance(page, QueueView):
            page.tabs.setCurrentIndex(BINDINGS)
            page.bindings.ask_bind()
        elif isinstance(page, ExchangeView) and page.page.name:
            page.bindings.ask_bind()

    def undo(self) -> None:
        """Undo the last purge or deletion; in a text field, undo typing."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit | QPlainTextEdit) and not focus.isReadOnly():
            focus.undo()
        else:
            self._context.spawn(self._studio.undo.undo_last(), self)

    def focus_filter(self) -> None:
        """Into the filter of the pane that has the keyboard: of the messages, or else of the explorer."""
        view = self.queue_view
        if view is not None and view.isAncestorOf(QApplication.focusWidget() or self):
            view.focus_filter()
            return
        self.explorer.filter.setFocus()
        self.explorer.filter.selectAll()

    def focus_next_pane(self) -> None:
        """The keyboard goes to the next pane."""
        self._step_pane(1)

    def focus_previous_pane(self) -> None:
        """The keyboard goes to the pane before."""
        self._step_pane(-1)

    def _step_pane(self, by: int) -> None:
        focus = QApplication.focusWidget()
        panes = [pane for pane in self._panes if not pane.visibleRegion().isEmpty()]  # not behind a tab
        here = next((i for i, p in enumerate(panes) if focus and (p is focus or p.isAncestorOf(focus))), -by)
        pane = panes[(here + by) % len(panes)]
        if pane is self.tabs and self.queue_view is not None:
            pane = self.queue_view.table
        elif pane is self.inspector and self.inspector.tabs.isVisible():
            pane = self.inspector.tabs
        pane.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_pause(self) -> None:
        if self.queue_view is not None:
            self.queue_view.toggle_pause()

    def _on_purge(self) -> None:
        if self.queue_view is not None:
            self.queue_view.purge()

    def _on_test_message(self) -> None:
        if self.queue_view is not None:
            self.queue_view.send_test_message()

    def _on_delete(self) -> None:
        page = self.tabs.currentWidget()
        if isinstance(page, QueueView):
            page.ask_delete()
        elif isinstance(page, ExchangeView) and not page.page.is_own:
            page.delete()

    def _on_client_chosen(self, connection_id: int) -> None:
        self._raise(self._bottom[1])
        self.clients.show_client(connection_id)

    def _on_menu(self, node: Node, place: QPoint) -> None:
        """The same verbs as in the menus and on the page, with their keys beside them."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if node.kind is NodeKind.QUEUE:
            self.open_queue(node.vhost, node.name)
            self._fill_menu(menu, "compose", "test_message", "bind", "", "purge", "delete")
        elif node.kind is NodeKind.EXCHANGE:
            self.open_exchange(node.vhost, node.name)
            self._fill_menu(menu, "bind", "", "delete")
        elif node.kind is NodeKind.VHOST:
            self._fill_menu(menu, "declare", "declare_exchange", "declare_vhost", "")
            menu.addAction(self._context.theme.icon("edit"), "Change virtual host…", self.ask_change_vhost)
            if node.vhost != DEFAULT_VHOST:
                title = "Delete virtual host…"
                menu.addAction(self._context.theme.icon("trash"), title, self.ask_delete_vhost)
        elif node.kind is NodeKind.CLIENT:
            menu.addAction(self._context.theme.icon("kick"), "Close connection", self.clients.kick)
        else:
            self._fill_menu(menu, "declare", "declare_exchange", "declare_vhost")
        menu.popup(place)

    def _fill_menu(self, menu: QMenu, *names: str) -> None:
        for name in names:
            if name:
                menu.addAction(self.actions_by_name[name])
            else:
                menu.addSeparator()

    def _on_undo_changed(self) -> None:
        steps = self._studio.undo.steps
        action = self.actions_by_name["undo"]
        set_tip(action, f"Undo {steps[-1].title}" if steps else "Nothing to undo")

    # ---- look

    def toggle_theme(self) -> None:
        """From light to dark or back."""
        is_dark = self._context.theme.colours.is_dark
        self._context.theme.set_mode(Mode.LIGHT if is_dark else Mode.DARK)

    def _use_system(self) -> None:
        self._context.theme.set_mode(Mode.SYSTEM)

    def _use_light(self) -> None:
        self._context.theme.set_mode(Mode.LIGHT)

    def _use_dark(self) -> None:
        self._context.theme.set_mode(Mode.DARK)

    def _on_theme_changed(self) -> None:
        theme = self._context.theme
        colour_actions(self.actions_by_name, theme)
        self.declare_button.setIcon(theme.icon("plus"))
        views = [*self._queue_views.values(), *self._exchange_views.values()]
        for view in views:
            place = self.tabs.indexOf(view)
            self.tabs.setTabIcon(place, theme.icon("queue" if isinstance(view, QueueView) else "exchange"))
            close = self.tabs.tabBar().tabButton(place, self.tabs.tabBar().ButtonPosition.RightSide)
            close.setIcon(theme.icon("close"))  # type: ignore[attr-defined]  # a QToolButton
        self._settings.setValue("look", theme.mode.value)

    # ---- time, coming and going

    def _on_tick(self) -> None:
        if self.queue_view is not None:
            self.queue_view.table.tick()
        self.clients.table.tick()
        self.inspector.tick()

    def _restore(self) -> None:
        geometry, state = self._settings.value("geometry"), self._settings.value("docks")
        self._studio.filters.restore(str(self._settings.value("filters", "")))
        self._studio.inspector.chains.restore(str(self._settings.value("chains", "")))
        if geometry is not None:
            self.restoreGeometry(geometry)
        if state is not None:
            self.restoreState(state, LAYOUT_VERSION)

    def remember(self) -> None:
        """Keep places and sizes for the next time."""
        self._settings.setValue("geometry", self.saveGeometry())
        self._settings.setValue("filters", self._studio.filters.to_text())
        self._settings.setValue("chains", self._studio.inspector.chains.to_text())
        self._settings.setValue("docks", self.saveState(LAYOUT_VERSION))
        self._settings.sync()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.remember()
        self._ticker.stop()
        self.closing.emit()
        super().closeEvent(event)
