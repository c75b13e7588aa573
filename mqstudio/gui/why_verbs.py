"""Verbs that tell why: the Why? part of the inspector, and the Problems panel, with what mends them."""

from collections.abc import Callable, Mapping
from typing import Protocol

from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QAction

from mqstudio.gui.context import Context
from mqstudio.gui.following import Refresher, follow
from mqstudio.gui.message_actions import MessageActions
from mqstudio.gui.pages import Pages
from mqstudio.gui.panes import Panes
from mqstudio.gui.selected import Selected
from mqstudio.gui.verbs import BY_NAME, Where
from mqstudio.gui.widgets.clients_view import ClientsView
from mqstudio.gui.widgets.inspector_view import WHY, InspectorView
from mqstudio.gui.widgets.problems_view import ProblemsView
from mqstudio.gui.widgets.status_line import StatusLine
from mqstudio.gui.words import tr
from mqstudio.viewmodel.finding_words import Answer
from mqstudio.why.base import About, Subject


class Window(Protocol):
    """The parts of the window that these verbs move in."""

    messages: MessageActions
    tabs: Pages
    inspector: InspectorView
    clients: ClientsView
    problems: ProblemsView
    status: StatusLine
    panes: Panes
    selected: Selected

    def open_message(self, vhost: str, queue: str, message_id: int) -> None:
        """Bring a message to the front."""


class WhyVerbs(QObject):
    """Opens and closes Why?; goes where problems are, and does what mends them."""

    def __init__(self, context: Context, window: Window) -> None:
        super().__init__(window.tabs)
        self._context, self._window = context, window
        self._actions: Mapping[str, QAction] = {}
        self._settings: QSettings | None = None
        self._before = 0
        studio = context.studio
        Refresher(self, context, studio.why.wants_refresh, studio.why.refresh)
        Refresher(self, context, studio.problems.wants_refresh, studio.problems.refresh)
        window.inspector.why.verb_wanted.connect(self.mend)
        window.problems.shown.connect(self.show)
        window.problems.fix_wanted.connect(self.fix)
        window.status.problems.button.clicked.connect(self._on_badge)

    def attach(self, actions: Mapping[str, QAction], settings: QSettings) -> None:
        """What verbs do; and where it is remembered what was muted."""
        self._actions, self._settings = actions, settings
        problems = self._context.studio.problems
        problems.use_text(str(settings.value("muted_problems", "[]")))
        follow(self, problems.changed, self._remember)

    def _remember(self) -> None:
        text, settings = self._context.studio.problems.to_text(), self._settings
        if settings is not None and text != str(settings.value("muted_problems", "[]")):
            settings.setValue("muted_problems", text)

    def _on_badge(self) -> None:
        self._window.panes.show_dock("problems")

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {"why": self.toggle, "why_queue": self.ask_queue}

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return {"why": self._window.messages.has, "why_queue": self._window.selected.has_queue}

    def toggle(self) -> None:
        """Show why the selected message is as it is, in the inspector; or what was there before it."""
        tabs = self._window.inspector.tabs
        if tabs.currentIndex() == WHY and self._window.inspector.why.isVisible():
            tabs.setCurrentIndex(self._before)
            return
        self._before = tabs.currentIndex() if tabs.currentIndex() != WHY else 0
        self._window.panes.show_inspector()
        tabs.setCurrentIndex(WHY)

    def ask_queue(self) -> None:
        """Tell in the panel why the queue in front is as it is."""
        view = self._window.selected.view()
        if view is not None:
            self._window.panes.show_dock("problems")
            self._context.studio.problems.ask(view.page.vhost, view.page.queue)

    def show(self, subject: Subject) -> None:
        """Go to what a problem is about."""
        match subject.about:
            case About.QUEUE | About.CONSUMER:
                self._window.tabs.open_queue(subject.vhost, subject.name)
            case About.MESSAGE:
                self._window.open_message(subject.vhost, subject.name, subject.id)
            case About.EXCHANGE:
                self._window.tabs.open_exchange(subject.vhost, subject.name)
            case About.CLIENT:
                self._window.panes.show_dock("clients")
                self._window.clients.show_client(subject.id)
            case About.ATTEMPT:
                self._window.panes.show_dock("clients")
            case About.BROKER:
                self._window.panes.show_dock("health")

    def fix(self, subject: Subject, verb: str) -> None:
        """Go there and do what mends it."""
        if subject.about in {About.QUEUE, About.EXCHANGE}:
            self.show(subject)
        self._run(verb, subject)

    def mend(self, answer: Answer) -> None:
        """Do what mends an answer: to what it says, and to no other message that may be selected."""
        where, target = BY_NAME[answer.verb].where, answer.at or answer.subject
        is_place = target.about in {About.QUEUE, About.EXCHANGE}
        can = self._is_selected() if where is Where.MESSAGES else is_place or where is not Where.QUEUE
        if not can:
            self._cannot()
        elif where is Where.QUEUE:
            self.fix(target, answer.verb)
        else:
            self._run(answer.verb, target)

    def _is_selected(self) -> bool:
        """Whether the message in the inspector is the one that verbs are about."""
        view, detail = self._window.tabs.queue_view, self._context.studio.inspector.detail
        row = view.page.selected if view is not None else None
        is_same = row is not None and detail is not None and row.message_id == detail.row.message_id
        return is_same and self._window.messages.count() == 1

    def _run(self, verb: str, subject: Subject) -> None:
        action = self._actions.get(verb)
        if action is None or not action.isEnabled() or self._is_over(verb, subject):
            self._cannot()
        else:
            action.trigger()

    def _is_over(self, verb: str, subject: Subject) -> bool:
        """Whether somebody was faster: what pauses and resumes in turn would pause."""
        workspace = self._context.studio.workspace
        if verb == "pause_all":
            return not workspace.totals.is_paused
        sample = workspace.queue(subject.vhost, subject.name)
        return verb == "pause_queue" and (sample is None or not sample.is_paused)

    def _cannot(self) -> None:
        self._context.studio.notices.tell(
            tr("That cannot be done from here: choose the message or the queue first.")
        )
