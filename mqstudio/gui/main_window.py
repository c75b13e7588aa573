"""The main window: explorer on the left, pages in the middle, inspector on the right, docks below."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QMenuBar, QPlainTextEdit, QWidget

from mqstudio.gui.comfort import Comfort
from mqstudio.gui.context import Context
from mqstudio.gui.definition_verbs import DefinitionVerbs
from mqstudio.gui.dragging import Dragging
from mqstudio.gui.dropping import FileDrops
from mqstudio.gui.export_verbs import ExportVerbs
from mqstudio.gui.file_verbs import FileVerbs
from mqstudio.gui.filter_verbs import FilterVerbs
from mqstudio.gui.flow_verbs import FlowVerbs
from mqstudio.gui.following import Refresher
from mqstudio.gui.life_verbs import LifeVerbs
from mqstudio.gui.menus import Menus
from mqstudio.gui.message_actions import MessageActions
from mqstudio.gui.message_tools import MessageTools
from mqstudio.gui.pages import Pages
from mqstudio.gui.panes import BOTTOM, Panes
from mqstudio.gui.pause_verbs import PauseVerbs
from mqstudio.gui.queue_verbs import QueueVerbs
from mqstudio.gui.remembering import Remembering
from mqstudio.gui.replay_verbs import ReplayVerbs
from mqstudio.gui.selected import Selected
from mqstudio.gui.structure_verbs import StructureVerbs
from mqstudio.gui.table_verbs import TableVerbs
from mqstudio.gui.theme import SMALL, Mode, app_icon
from mqstudio.gui.verb_actions import VerbActions
from mqstudio.gui.verbs import Where
from mqstudio.gui.why_verbs import WhyVerbs
from mqstudio.gui.widgets.access_view import AccessView
from mqstudio.gui.widgets.alarm_banner import AlarmBanner
from mqstudio.gui.widgets.basics import column, holder, icon_button, row, set_tip
from mqstudio.gui.widgets.broker_bar import BrokerBar
from mqstudio.gui.widgets.clients_view import ClientsView
from mqstudio.gui.widgets.conversation_view import ConversationView
from mqstudio.gui.widgets.explorer_view import ExplorerView
from mqstudio.gui.widgets.health_view import HealthView
from mqstudio.gui.widgets.inspector_view import InspectorView
from mqstudio.gui.widgets.notice_bar import NoticeBar
from mqstudio.gui.widgets.pause_banner import PauseBanner
from mqstudio.gui.widgets.policies_view import PoliciesView
from mqstudio.gui.widgets.problems_view import ProblemsView
from mqstudio.gui.widgets.publish_view import PublishView
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.gui.widgets.rates_view import RatesView
from mqstudio.gui.widgets.replay_view import ReplayView
from mqstudio.gui.widgets.status_line import StatusLine
from mqstudio.gui.widgets.welcome_view import WelcomeView
from mqstudio.gui.words import tr
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.explorer import Node, NodeKind
from mqstudio.viewmodel.rate_scopes import time_filter

TICK_MS = 1_000
"""What ticks with time alone is drawn again this often."""

FIRST_SIZE = (1440, 900)


class MainWindow(QMainWindow):
    """Shows a Studio. closing: the user wants to go. restart_wanted: the broker is to be started again."""

    closing = Signal()
    restart_wanted = Signal()

    def __init__(self, context: Context, settings: QSettings) -> None:
        super().__init__()
        self._context = context
        self._studio = context.studio
        self._settings = settings
        self.setWindowTitle("MQ Studio")
        self.setWindowIcon(app_icon())
        self.resize(*FIRST_SIZE)
        self._build()
        self._build_verbs()
        self._connect()
        self.kept = Remembering(self, self._studio, settings)
        self.kept.restore()

    # ---- parts

    def _build(self) -> None:
        context = self._context
        self.welcome = WelcomeView(context)
        self.explorer = ExplorerView(context)
        self.inspector = InspectorView(context)
        self.tabs = Pages(context, self.welcome, tr("Welcome"))
        self.rates = RatesView(context)
        self.clients = ClientsView(context)
        self.publish = PublishView(context)
        self.conversation = ConversationView(context)
        self.policies = PoliciesView(context)
        self.access = AccessView(context)
        self.health, self.problems = HealthView(context), ProblemsView(context)
        self.banner = AlarmBanner(context)
        self.paused = PauseBanner(context)
        self.status = StatusLine(context)
        self.broker_bar = BrokerBar(context)
        self.setStatusBar(self.status)
        self.declare_button = icon_button(context.theme.icon("plus"), tr("Make a queue"), "Ctrl+Shift+N")
        bottom = self._bottom = {
            "rates": self.rates, "clients": self.clients, "publish": self.publish,
            "conversation": self.conversation,
            "policies": self.policies, "users": self.access, "health": self.health,
            "problems": self.problems, "replay": ReplayView(context),
        }  # fmt: skip
        tools = [self.declare_button]
        self.panes = Panes(
            self, self.tabs, self.explorer, self.inspector, bottom=bottom, explorer_tools=tools
        )
        self.notices = NoticeBar(context, self.tabs)
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._ticker.start()

    def _build_verbs(self) -> None:
        context = self._context
        self.files = FileVerbs(context, self)
        self.structure = StructureVerbs(context, self, self.tabs, self.explorer)
        self.definitions = DefinitionVerbs(context, self, self.tabs, self.structure.here)
        self.selected = Selected(self, self._studio, self.tabs, self.explorer, self.clients)
        self.flow = FlowVerbs(context, self.tabs, self._queue_in_front, self._on_client_chosen)
        self.table_verbs = TableVerbs(context, self.tabs)
        self.comfort = Comfort(context, self, self.tabs, self._settings)
        self.messages = MessageActions(
            context, self, self.selected, compose=self._open_composer, save_draft=self._save_draft
        )
        self.queues = QueueVerbs(context, self, self.selected, self.tabs)
        self.filters = FilterVerbs(context, self, self.messages)
        self.tools = MessageTools(context, self, self.messages, self.tabs)
        self.exporting = ExportVerbs(context, self, self.messages)
        self.dragging = Dragging(
            context, self, self.tabs, self.explorer.table, messages=self.messages, queues=self.queues
        )
        self.drops = FileDrops(
            context, self, self.explorer.table,
            compose=self.compose_to, show=self.definitions.show_file, look=self.files.file_wanted.emit,
        )  # fmt: skip
        self.life = LifeVerbs(
            context, self.messages, self.tabs, self.inspector, self.conversation,
            open_message=self.open_message,
        )  # fmt: skip
        self.pauses = PauseVerbs(context, self, self.selected)
        replay, show = self._bottom["replay"], partial(self.panes.show_dock, "replay")
        assert isinstance(replay, ReplayView)  # it was put there above
        self.replaying = ReplayVerbs(context, self, self.messages, replay, show)
        self.why = WhyVerbs(context, self)
        self.verbs = VerbActions(self, context.theme, self._handlers(), self._able())
        self.actions_by_name = self.verbs.by_name
        self.why.attach(self.actions_by_name, self._settings)
        self.replaying.attach(self.actions_by_name, self.inspector)
        menus = QMenuBar()  # not menuBar(): setMenuWidget would delete that one
        self.verbs.fill(menus, {"File": self.files.profiles})
        self.verbs.attach(Where.QUEUE, self.explorer.table)
        self.verbs.attach(Where.CLIENT, self.explorer.table)
        self.verbs.attach(Where.CLIENT, self.clients.table)
        self.files.attach(self.actions_by_name)
        self.comfort.attach(self.verbs, self._screens())
        self.menus = Menus(self, self.actions_by_name)
        self.menus.attach_clients(self.clients.table)
        top = row(menus, self.broker_bar, margins=(0, SMALL, 0, 0), gap=0)
        top.setStretch(0, 1)
        self.setMenuWidget(holder(column(top, self.banner, self.paused, gap=0)))

    def _screens(self) -> dict[str, QWidget]:
        """The parts of the window that F1 explains."""
        return {
            "welcome": self.welcome, "explorer": self.explorer, "inspector": self.inspector, **self._bottom,
        }  # fmt: skip

    def _handlers(self) -> dict[str, Callable[[], object]]:
        return {
            **self.files.handlers(),
            **self.structure.handlers(),
            **self.definitions.handlers(),
            **self.messages.handlers(),
            **self.queues.handlers(),
            **self.filters.handlers(),
            **self.exporting.handlers(),
            **self.tools.handlers(),
            **self.life.handlers(),
            **self.pauses.handlers(),
            **self.why.handlers(),
            **self.flow.handlers(),
            **self.table_verbs.handlers(),
            **{f"show_{name}": partial(self.panes.show_dock, name) for name in BOTTOM},
            **self.replaying.handlers(),
            **self.comfort.handlers(),
            "close_tab": self.tabs.close_front,
            "undo": self.undo,
            "redo": self.redo,
            "filter": self.focus_filter,
            "theme_system": partial(self._use, Mode.SYSTEM),
            "theme_light": partial(self._use, Mode.LIGHT),
            "theme_dark": partial(self._use, Mode.DARK),
            "next_pane": partial(self.panes.step, 1),
            "previous_pane": partial(self.panes.step, -1),
            "pause": self._on_pause,
            "welcome": self.tabs.show_first,
            "messages": self.tabs.show_messages,
            "find_in_body": self.find_in_body,
            "purge": self._on_purge,
            "test_message": self._on_test_message,
            "compose": self.compose,
            **self.publish.handlers(partial(self.panes.show_dock, "publish")),
            "restart": self.restart_wanted.emit,
        }

    def _able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now; others always can."""
        selected, undo = self.selected, self._studio.undo
        return {
            **self.structure.able(),
            **self.definitions.able(),
            **self.table_verbs.able(),
            **self.messages.able(),
            **self.queues.able(),
            **self.filters.able(),
            **self.exporting.able(),
            **self.replaying.able(),
            **self.tools.able(),
            **self.life.able(),
            **self.pauses.able(),
            **self.why.able(),
            **self.flow.able(),
            "redo": lambda: bool(undo.undone),
            "purge": selected.has_queue,
            "test_message": selected.has_queue,
        }

    def _connect(self) -> None:
        studio, context = self._studio, self._context
        self.explorer.queue_chosen.connect(self.open_queue)
        self.explorer.exchange_chosen.connect(self.open_exchange)
        self.explorer.client_chosen.connect(self._on_client_chosen)
        self.comfort.queue_wanted.connect(self.open_queue)
        self.comfort.exchange_wanted.connect(self.open_exchange)
        self.comfort.client_wanted.connect(self._on_client_chosen)
        self.comfort.message_wanted.connect(self.open_message)
        self.explorer.menu_wanted.connect(self._on_menu)
        self.declare_button.clicked.connect(self.structure.ask_declare)
        self.rates.filter_wanted.connect(self._on_filter_wanted)
        self.panes.docks["rates"].visibilityChanged.connect(self.rates.set_seen)
        self.panes.docks["clients"].visibilityChanged.connect(self.clients.set_seen)
        self.clients.rates_wanted.connect(self._show_rates)
        self.welcome.declare_wanted.connect(self.structure.ask_declare)
        self.welcome.publish_wanted.connect(self.compose)
        self.welcome.queue_wanted.connect(self.open_queue)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.tabs.message_selected.connect(self._on_message_selected)
        self.tabs.publish_to_queue.connect(self.compose_to)
        self.tabs.publish_to_exchange.connect(self._on_publish_to_exchange)
        for asks in (self.status, self.broker_bar, self.health):
            asks.restart_wanted.connect(self.restart_wanted)
        self.status.theme_toggled.connect(self.toggle_theme)
        self.broker_bar.compose_wanted.connect(self.compose)
        self._ticker.timeout.connect(self._on_tick)
        self.tabs.queue_opened.connect(self._on_queue_opened)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)
        self.clients.table.selectionModel().selectionChanged.connect(self.refresh_verbs)
        self.explorer.table.selectionModel().selectionChanged.connect(self.refresh_verbs)
        for panel in (self.status, self.banner):
            panel.details_wanted.connect(self.show_health)
        self.files.progress_wanted.connect(self.show_health)
        self.health.backup_wanted.connect(self.files.ask_backup)
        Refresher(self, context, studio.structure.wants_refresh, studio.structure.refresh)
        Refresher(self, context, studio.health.wants_refresh, studio.health.refresh)
        Refresher(self, context, studio.actions.wants_recall, studio.actions.recall_purges)
        known = (studio.workspace.sampled, studio.workspace.state_changed, studio.structure.changed)
        for changed in (*known, studio.marks.changed):
            changed.connect(self.refresh_verbs)
        self._studio.undo.changed.connect(self._on_undo_changed)
        self._context.theme.changed.connect(self._on_theme_changed)
        self._on_undo_changed()

    # ---- pages

    @property
    def queue_view(self) -> QueueView | None:
        """The page in front, if it is a queue's."""
        return self.tabs.queue_view

    def open_queue(self, vhost: str, name: str) -> None:
        """Bring a queue's page to the front."""
        self.tabs.open_queue(vhost, name)

    def open_message(self, vhost: str, queue: str, message_id: int) -> None:
        """Bring a queue's page to the front, with one message in it."""
        self.open_queue(vhost, queue)
        self._studio.page(vhost, queue).filter.use(f"id == {message_id}")

    def open_exchange(self, vhost: str, name: str) -> None:
        """Bring an exchange's page to the front."""
        self.tabs.open_exchange(vhost, name)

    def _on_tab_changed(self) -> None:
        """Explorer and rates follow what is in front."""
        queue, exchange = self.tabs.queue_view, self.tabs.exchange_view
        if queue is not None:
            self.explorer.show_queue(queue.page.vhost, queue.page.queue)
        elif exchange is not None:
            self.explorer.show_exchange(exchange.page.vhost, exchange.page.name)
        self.rates.show_scope((queue.page.vhost, queue.page.queue) if queue is not None else None)
        self.refresh_verbs()

    def _on_queue_opened(self, view: QueueView) -> None:
        """Its tables get their keys."""
        for where in (Where.MESSAGES, Where.QUEUE):
            self.verbs.attach(where, view.table)
        self.verbs.attach(Where.CONSUMER, view.consumers.table)
        for table in (view.table, view.consumers.table):
            table.selectionModel().selectionChanged.connect(self.refresh_verbs)
        view.table.selectionModel().selectionChanged.connect(self._on_selection)
        view.table.opened.connect(self._on_opened)
        self.dragging.watch(view)
        view.verb_bar.use(self.actions_by_name)
        view.table.use_marks(self._studio.marks)
        self.menus.attach_messages(view.table)
        self.menus.attach_consumers(view.consumers.table)

    def _on_selection(self) -> None:
        if self.queue_view is not None:
            self.queue_view.verb_bar.show_count(self.messages.count())

    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        self.selected.note_focus(now)
        self.refresh_verbs()

    def refresh_verbs(self, *_: object) -> None:
        """Switch verbs on or off, as they can be done now."""
        self.verbs.refresh()

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
            self.compose_to(view.page.vhost, view.page.queue)
        else:
            self._open_composer()

    def _save_draft(self) -> None:
        self.actions_by_name["save_draft"].trigger()

    def _open_composer(self) -> None:
        """With the draft as it is."""
        self.panes.show_dock("publish")
        self.publish.open_for()

    def compose_to(self, vhost: str, queue: str) -> None:
        """Open the composer, aimed at a queue."""
        self.panes.show_dock("publish")
        self.publish.open_for(vhost, queue)

    def _on_publish_to_exchange(self, vhost: str, exchange: str) -> None:
        self.panes.show_dock("publish")
        self.publish.open_for_exchange(vhost, exchange)

    def _show_rates(self) -> None:
        self.panes.show_dock("rates")

    def show_health(self) -> None:
        """Open the panel that says how it stands with disk, file and recorder."""
        self.panes.show_dock("health")

    def undo(self) -> None:
        """Undo the last purge or deletion; in a text field, undo typing."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit | QPlainTextEdit) and not focus.isReadOnly():
            focus.undo()
        else:
            self._context.spawn(self._studio.undo.undo_last(), self)

    def redo(self) -> None:
        """Do once more what was undone last; in a text field, typing."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit | QPlainTextEdit) and not focus.isReadOnly():
            focus.redo()
        else:
            self._context.spawn(self._studio.undo.redo_last(), self)

    def focus_filter(self) -> None:
        """Into the filter of the pane that has the keyboard: of the messages, or else of the explorer."""
        view = self.queue_view
        if view is not None and view.isAncestorOf(QApplication.focusWidget() or self):
            view.focus_filter()
            return
        self.explorer.filter.setFocus()
        self.explorer.filter.selectAll()

    def find_in_body(self) -> None:
        """Search the body in the inspector, from wherever the keyboard is."""
        if self._studio.inspector.detail is not None:
            self.panes.show_inspector()
            self.inspector.show_body()
            self.inspector.body.search.open_search()

    def _on_opened(self, _: int) -> None:
        """Enter on a message: into the inspector."""
        self.panes.show_inspector()
        self.inspector.tabs.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_pause(self) -> None:
        if self.queue_view is not None:
            self.queue_view.toggle_pause()

    def _on_purge(self) -> None:
        if self.queue_view is not None:
            self.queue_view.purge()

    def _on_test_message(self) -> None:
        if self.queue_view is not None:
            self.queue_view.send_test_message()

    def _queue_in_front(self) -> tuple[str, str] | None:
        view = self.selected.view()
        return (view.page.vhost, view.page.queue) if view is not None else None

    def _on_client_chosen(self, connection_id: int) -> None:
        self.panes.show_dock("clients")
        self.clients.show_client(connection_id)

    def _on_menu(self, node: Node, place: QPoint) -> None:
        """What a menu is about is opened first, so that both agree."""
        if node.kind is NodeKind.QUEUE:
            self.open_queue(node.vhost, node.name)
        elif node.kind is NodeKind.EXCHANGE:
            self.open_exchange(node.vhost, node.name)
        self.menus.popup_node(node.kind, place)

    def _on_undo_changed(self) -> None:
        steps = self._studio.undo.steps
        action = self.actions_by_name["undo"]
        set_tip(action, f"Undo {steps[-1].title}" if steps else "Nothing to undo")
        self.refresh_verbs()

    # ---- look

    def toggle_theme(self) -> None:
        """From light to dark or back."""
        is_dark = self._context.theme.colours.is_dark
        self._context.theme.set_mode(Mode.LIGHT if is_dark else Mode.DARK)

    def _use(self, mode: Mode, *_: object) -> None:
        self._context.theme.set_mode(mode)

    def _on_theme_changed(self) -> None:
        theme = self._context.theme
        self.verbs.colour()
        self.declare_button.setIcon(theme.icon("plus"))
        self._settings.setValue("look", theme.mode.value)

    # ---- time, coming and going

    def _on_tick(self) -> None:
        if self.queue_view is not None:
            self.queue_view.table.tick()
        self.clients.table.tick()
        self.inspector.tick()

    def remember(self) -> None:
        """Keep places and sizes for the next time."""
        self.kept.remember()
        self.comfort.remember()
        self._settings.sync()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.remember()
        if not self.comfort.may_close():
            event.ignore()
            return
        self._ticker.stop()
        self.closing.emit()
        super().closeEvent(event)
