"""The verbs that open the replay panel: with what is selected, from a message on, or with a file."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from mqstudio.client.recordings import importers_found
from mqstudio.gui.context import Context
from mqstudio.gui.message_actions import MessageActions
from mqstudio.gui.message_selection import Taken
from mqstudio.gui.widgets.inspector_view import InspectorView
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.gui.widgets.replay_view import ReplayView
from mqstudio.gui.words import tr
from mqstudio.model.disk import PROFILE_SUFFIX
from mqstudio.viewmodel import replay_scope
from mqstudio.viewmodel.replay_scope import Scope, ScopeKind


class ReplayVerbs(QObject):
    """Fills the panel with what can be replayed from where somebody stands; show brings it to the front."""

    def __init__(
        self,
        context: Context,
        window: QWidget,
        messages: MessageActions,
        view: ReplayView,
        show: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._context, self._window, self._messages = context, window, messages
        self._view, self._show = view, show
        view.file_wanted.connect(self.ask_file)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {
            "replay": self.open,
            "replay_from_here": self.open_from_here,
            "replay_file": self.ask_file,
            "show_replay": self.open,
        }

    def attach(self, actions: dict[str, QAction], inspector: InspectorView) -> None:
        """Offer it beside a lifecycle, too."""
        inspector.lifecycle.take_menu.addAction(actions["replay_from_here"])

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return {"replay_from_here": self._messages.has}

    def open(self) -> None:
        """Replay what is selected, or else what is shown, or else everything; one may choose another."""
        view, count = self._messages.view(), self._messages.count()
        taken = self._messages.take() if count else None
        self._show()
        if view is None:
            self._offer(None, [], ScopeKind.ALL)
        elif taken is not None:
            self._context.spawn(self._offer_taken(view, taken), self._view)
        else:
            self._offer(view, [], ScopeKind.SHOWN)

    async def _offer_taken(self, view: QueueView, taken: Taken) -> None:
        chosen = await self._messages.chosen(taken)
        if chosen is not None:
            scope = replay_scope.selection(chosen.vhost, chosen.queue, frozenset(chosen.ids))
            self._offer(view, [scope], ScopeKind.SELECTION)

    def _offer(self, view: QueueView | None, scopes: list[Scope], wanted: ScopeKind) -> None:
        studio = self._context.studio
        if view is not None:
            page, rows = view.page, view.page.rows.rows
            states = tuple(page.wanted_states)
            scopes = [*scopes, replay_scope.shown(page.vhost, page.queue, page.filter.active, states)]
            ids = frozenset(row.message_id for row in rows if studio.marks.of(row) is not None)
            if ids:
                scopes.append(replay_scope.marked(page.vhost, page.queue, ids))
        queues = ((queue.vhost, queue.name) for queue in studio.workspace.queues.values())
        studio.replay.offer([*scopes, replay_scope.everything(queues)], wanted)

    def open_from_here(self) -> None:
        """Replay a message and what came into its queue after it."""
        view, rows = self._messages.view(), self._messages.rows()
        if view is None or not rows:
            return
        first = min(row.message_id for row in rows)
        page = view.page
        scope = replay_scope.from_here(page.vhost, page.queue, first, page.filter.active)
        self._show()
        self._offer(view, [], ScopeKind.SHOWN)
        self._context.studio.replay.offer(
            [*self._context.studio.replay.scopes.values(), scope], ScopeKind.SHOWN
        )

    def ask_file(self) -> QFileDialog:
        """Choose a file that was recorded or exported."""
        suffixes = [PROFILE_SUFFIX, *(suffix for each in importers_found() for suffix in each.suffixes)]
        patterns = f"{tr('Recordings')} ({' '.join(f'*{suffix}' for suffix in suffixes)})"
        dialog = QFileDialog(self._window, tr("Replay a file"), "", patterns)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.open_file(Path(path)))
        dialog.open()
        return dialog

    def open_file(self, path: Path) -> None:
        """Replay what a file has."""
        self._show()
        if not self._context.studio.replay.scopes:
            self._offer(None, [], ScopeKind.ALL)
        panel = self._context.studio.replay
        panel.offer([*panel.scopes.values(), replay_scope.of_file(path)], ScopeKind.FILE)
