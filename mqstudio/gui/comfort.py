"""What is around the panels: palette, keys, preferences, tray, explanations; and what is remembered."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget, QMainWindow, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.pages import Pages
from mqstudio.gui.theme import LARGE, MEDIUM, Mode, resources_dir
from mqstudio.gui.tray import TrayIcon
from mqstudio.gui.verb_actions import VerbActions
from mqstudio.gui.verbs import VERBS, Verb, Where
from mqstudio.gui.widgets.basics import button, column, label, row
from mqstudio.gui.widgets.explain_card import ExplainCard
from mqstudio.gui.widgets.palette_view import PaletteView
from mqstudio.gui.widgets.preferences_view import PreferencesView
from mqstudio.gui.widgets.shortcuts_view import ShortcutsView
from mqstudio.gui.words import languages, tr, tr_count
from mqstudio.viewmodel.alerts import Alert, AlertKind
from mqstudio.viewmodel.explain import explanations
from mqstudio.viewmodel.form import TRUE
from mqstudio.viewmodel.open_pages import OpenPages, kept_pages
from mqstudio.viewmodel.palette import Item, Kind
from mqstudio.viewmodel.preferences import AT_CLOSE_ASK, AT_CLOSE_STOP, AT_CLOSE_TRAY
from mqstudio.viewmodel.shortcuts import Bound

SECOND_PALETTE_KEY = "Ctrl+Shift+P"
"""Where other programs have theirs."""

ALERT_TICK_MS = 1_000

_SIDES = (Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea)


class Comfort(QObject):
    """Made before the window's verbs, whose handlers it has some of; `attach` gives it the others.

    client_wanted(connection), queue_wanted and exchange_wanted(vhost, name), message_wanted(vhost, queue,
    id): where a choice in the palette leads.
    """

    client_wanted = Signal(int)
    queue_wanted = Signal(str, str)
    exchange_wanted = Signal(str, str)
    message_wanted = Signal(str, str, int)

    def __init__(self, context: Context, window: QMainWindow, pages: Pages, settings: QSettings) -> None:
        super().__init__(window)
        self._context, self._window, self._pages, self._settings = context, window, pages, settings
        studio = context.studio
        self.preferences, self.shortcuts, self.palette = studio.preferences, studio.shortcuts, studio.palette
        self.palette_view = PaletteView(context, self.palette, window)
        self.card = ExplainCard(context, window)
        self.screens: dict[str, QWidget] = {}
        self.is_quitting = False
        self._kept = OpenPages()
        self._attached: VerbActions | None = None
        self.tray = TrayIcon(context, window, self._action)
        self._ticker = QTimer(self)
        self._ticker.setInterval(ALERT_TICK_MS)

    @property
    def _verbs(self) -> VerbActions:
        assert self._attached is not None, "the window attaches its verbs before anybody can use them"
        return self._attached

    def _action(self, name: str) -> QAction | None:
        return self._attached.by_name.get(name) if self._attached is not None else None

    def handlers(self) -> dict[str, Callable[[], object]]:
        """The verbs that are done here."""
        return {
            "palette": self.open_palette,
            "preferences": self.open_preferences,
            "shortcuts": self.open_shortcuts,
            "explain": self.explain,
            "theme_contrast": partial(self._use, Mode.CONTRAST),
            "quit": self.quit,
        }

    def attach(self, verbs: VerbActions, screens: Mapping[str, QWidget]) -> None:
        """Take the window's verbs, and the parts of it that can be explained; restore what was kept."""
        self._attached, self.screens = verbs, dict(screens)
        studio = self._context.studio
        self.palette.verbs = self._palette_items
        self.shortcuts.are_singles_on = self._are_singles_on
        self.shortcuts.use(Bound(verb.name, tr(verb.title), verb.keys) for verb in VERBS)
        studio.alerts.is_on = self._is_alert_on
        self._connect()
        self._restore()
        self._apply_keys()
        self._ticker.start()

    def _connect(self) -> None:
        studio, context = self._context.studio, self._context
        second = QShortcut(QKeySequence(SECOND_PALETTE_KEY), self._window)
        second.activated.connect(self.open_palette)
        self.palette_view.chosen.connect(self._on_chosen)
        follow(self, self.preferences.applied, self._apply)
        follow(self, self.shortcuts.changed, self._apply_keys)
        follow(self, studio.alerts.raised, self._on_alert)
        follow(self, studio.structure.changed, self._open_kept)
        context.theme.changed.connect(self._on_theme_changed)
        self.tray.opened.connect(self.bring_back)
        self.tray.queue_wanted.connect(self.queue_wanted)
        self.tray.quit_wanted.connect(self.quit)
        self._ticker.timeout.connect(studio.alerts.tick)

    # ---- verbs

    def open_palette(self) -> None:
        """Find anything."""
        self.palette_view.open()

    def open_preferences(self) -> PreferencesView:
        """Open the page of preferences."""

        def make() -> PreferencesView:
            view = PreferencesView(self._context, self.preferences)
            self.screens["preferences"] = view
            return view

        page = self._pages.open(
            ("preferences",), "settings", tr("Preferences"), make, self._on_closed("preferences")
        )
        assert isinstance(page, PreferencesView)  # that is what was made
        return page

    def open_shortcuts(self) -> ShortcutsView:
        """Open the editor of keys."""

        def make() -> ShortcutsView:
            view = ShortcutsView(self._context, self.shortcuts)
            view.singles_wanted.connect(self.open_preferences)
            self.screens["shortcuts"] = view
            return view

        page = self._pages.open(
            ("shortcuts",), "keyboard", tr("Keyboard shortcuts"), make, self._on_closed("shortcuts")
        )
        assert isinstance(page, ShortcutsView)  # that is what was made
        return page

    def _on_closed(self, name: str) -> Callable[[], object]:
        return partial(self.screens.pop, name, None)

    def explain(self) -> None:
        """Say what the part of the window is that has the keyboard."""
        if self.card.isVisible() and self.card.hasFocus():
            self.card.close_card()
        else:
            self.card.explain(self.screen())

    def screen(self) -> str:
        """The part that has the keyboard; the page in front if that is in none."""
        focus = QApplication.focusWidget()
        for name, part in self.screens.items():
            if focus is not None and (part is focus or part.isAncestorOf(focus)):
                return name
        page = self._pages.currentWidget()
        if self._pages.queue_view is not None:
            return "queue"
        if self._pages.exchange_view is not None:
            return "exchange"
        return next((name for name, part in self.screens.items() if part is page), "window")

    # ---- the palette

    def _palette_items(self) -> Iterable[Item]:
        self._verbs.refresh()
        yield from (self._item(verb) for verb in VERBS if verb.name != "palette")
        for name, said in explanations().items():
            title = tr("Explain: {screen}", screen=said.title)
            yield Item(Kind.HELP, ("help", name), title, "help f1 what is documentation")

    def _item(self, verb: Verb) -> Item:
        action = self._verbs.by_name[verb.name]
        why_not = "" if action.isEnabled() else why_not_now(verb.where)
        return Item(
            Kind.VERB,
            ("verb", verb.name),
            tr(verb.title),
            f"{verb.words} {tr(verb.words) if verb.words else ''}",
            tr(verb.menu.replace("/", " › ")),
            self._verbs.keys_of(verb),
            why_not,
        )

    def _on_chosen(self, item: Item) -> None:
        match item.key:
            case ("verb", name):
                self._verbs.by_name[name].trigger()
            case ("queue", vhost, name):
                self.queue_wanted.emit(vhost, name)
            case ("exchange", vhost, name):
                self.exchange_wanted.emit(vhost, name)
            case ("client", connection_id):
                self.client_wanted.emit(int(connection_id))
            case ("message", vhost, queue, message_id):
                self.message_wanted.emit(vhost, queue, int(message_id))
            case ("help", name):
                self.card.explain(name)

    # ---- what is preferred

    def _apply(self) -> None:
        look, theme = self.preferences.look(), self._context.theme
        if look != theme.look:
            before = theme.px(1_000)
            theme.set_look(look)
            if theme.px(1_000) != before:
                widen_docks(self._window, theme.px(1_000) / before)
        self.tray.set_wanted(self.preferences.is_used("tray"))
        self._apply_keys()

    def _apply_keys(self) -> None:
        keys = {line.name: line.keys for line in self.shortcuts.lines() if line.is_changed}
        self._verbs.set_keys(keys, has_characters=self._are_singles_on())
        self._window.setProperty("has_no_letters", not self._are_singles_on())  # tables ask: j and k

    def _use(self, mode: Mode) -> None:
        self.preferences.edit("theme", mode.value)

    def _on_theme_changed(self) -> None:
        self.preferences.adopt(self._context.theme.look)

    def _are_singles_on(self) -> bool:
        return self.preferences.is_used("single_keys")

    def _is_alert_on(self, kind: AlertKind) -> bool:
        return self.preferences.is_used("tray") and self.preferences.is_used(kind.value)

    def _on_alert(self, alert: Alert) -> None:
        """Who looks at the window sees it there."""
        if not self._window.isActiveWindow():
            self.tray.tell(alert)

    # ---- coming and going

    def may_close(self) -> bool:
        """Whether closing the window ends it; else it hides, or a question was asked."""
        way = self.preferences.used("at_close")
        clients = len(self._context.studio.workspace.apps())
        if self.is_quitting or not self.tray.is_possible() or way == AT_CLOSE_STOP:
            return True
        if way == AT_CLOSE_TRAY and self.preferences.is_used("tray"):
            self._window.hide()
            return False
        if way == AT_CLOSE_ASK and clients:
            ClosingQuestion(self._window, clients, self._on_answer).open()
            return False
        return True

    def _on_answer(self, way: str) -> None:
        self.preferences.edit("at_close", way)
        if way == AT_CLOSE_TRAY:
            self.preferences.edit("tray", TRUE)
            self.remember()
        self._window.close()

    def quit(self) -> None:
        """Stop the broker, and end."""
        self.is_quitting = True
        self._window.close()

    def bring_back(self) -> None:
        """Show the window again."""
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def _restore(self) -> None:
        self.preferences.languages.update(
            {code: each.name for code, each in languages(resources_dir() / "words").items()}
        )
        self.preferences.adopt(self._context.theme.look)
        self.preferences.restore(str(self._settings.value("preferences", "")))
        self.shortcuts.restore(str(self._settings.value("shortcuts", "")))
        self.palette.restore(str(self._settings.value("palette", "")))
        self._kept = kept_pages(str(self._settings.value("pages", "")))

    def _open_kept(self) -> None:
        """The pages of the last time, once it is known what there is."""
        if not self._context.studio.workspace.is_live or not self._kept.pages:
            return
        kept, self._kept = self._kept.there(self._context.studio.structure), OpenPages()
        front = self._pages.currentWidget()
        for kind, vhost, name in kept.pages:
            (self._pages.open_queue if kind == "queue" else self._pages.open_exchange)(vhost, name)
        for pair in kept.pairs:
            self._pages.pair(*pair)
        if kept.front is not None:
            kind, vhost, name = kept.front
            (self._pages.open_queue if kind == "queue" else self._pages.open_exchange)(vhost, name)
        elif front is not None:
            self._pages.setCurrentWidget(front)

    def remember(self) -> None:
        """Keep it for the next time."""
        self._settings.setValue("preferences", self.preferences.to_text())
        self._settings.setValue("shortcuts", self.shortcuts.to_text())
        self._settings.setValue("palette", self.palette.to_text())
        open_now = self._pages.open_pages()
        self._settings.setValue("pages", (open_now if open_now.pages else self._kept).to_text())


class ClosingQuestion(QDialog):
    """Asked once: clients are connected, and the window closes."""

    def __init__(self, window: QWidget, clients: int, answer: Callable[[str], object]) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Close MQ Studio"))
        self._answer = answer
        connected = tr_count(clients, "{count} client is connected.", "{count} clients are connected.")
        says = tr(
            "The answer is remembered; Preferences has it. The icon in the tray brings the window back."
        )
        self.tray_button = button(tr("Keep the broker running in the tray"), "primary")
        self.stop_button = button(tr("Stop the broker and quit"), "danger")
        self.cancel_button = button(tr("Cancel"))
        self.tray_button.clicked.connect(partial(self._choose, AT_CLOSE_TRAY))
        self.stop_button.clicked.connect(partial(self._choose, AT_CLOSE_STOP))
        self.cancel_button.clicked.connect(self.reject)
        verbs = row(self.stop_button, None, self.cancel_button, self.tray_button)
        texts = column(label(connected, "heading"), label(says, "muted", wraps=True))
        self.setLayout(column(texts, verbs, margins=(LARGE, LARGE, LARGE, LARGE), gap=MEDIUM))

    def _choose(self, way: str) -> None:
        self.accept()
        self._answer(way)


def widen_docks(window: QMainWindow, by: float) -> None:
    """Give the docks at the sides room for text that has become larger, or take it back."""
    sides = [dock for dock in window.findChildren(QDockWidget) if window.dockWidgetArea(dock) in _SIDES]
    widths = [min(round(dock.width() * by), window.width() // 3) for dock in sides]
    window.resizeDocks(sides, widths, Qt.Orientation.Horizontal)


def why_not_now(where: Where) -> str:
    """Why a verb about something cannot be done now."""
    return {
        Where.MESSAGES: tr("Select messages first"),
        Where.QUEUE: tr("Open a queue first"),
        Where.EXCHANGE: tr("Open an exchange first"),
        Where.VHOST: tr("Select a virtual host first"),
        Where.CLIENT: tr("Select a client first"),
        Where.CONSUMER: tr("Select a consumer first"),
    }.get(where, tr("Nothing to do now"))
