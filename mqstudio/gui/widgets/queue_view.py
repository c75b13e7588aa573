"""The page of a queue: its name and figures, filters, the table, and words where it is empty."""

from collections.abc import Awaitable
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.message_table import MessageTable
from mqstudio.gui.row_table import RowTableModel
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.ask_bar import AskBar
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    holder,
    label,
    row,
    rule,
    set_button_text,
    set_text,
    stretchy,
)
from mqstudio.gui.widgets.bindings_view import BindingsView
from mqstudio.gui.widgets.colour_rules_dialog import ColourRulesDialog
from mqstudio.gui.widgets.column_path import ColumnPathDialog
from mqstudio.gui.widgets.confirm_bar import ConfirmBar
from mqstudio.gui.widgets.consumers_view import ConsumersView
from mqstudio.gui.widgets.filter_line import FilterLineView
from mqstudio.gui.widgets.pause_bar import PauseBar
from mqstudio.gui.widgets.snippet import Snippet
from mqstudio.gui.widgets.triage_view import TriageView
from mqstudio.gui.widgets.verb_bar import VerbBar
from mqstudio.gui.widgets.volume_view import VolumeView
from mqstudio.gui.widgets.wrapping import ChipRow, wrapped
from mqstudio.gui.words import tr
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.rows import MessageRow
from mqstudio.viewmodel.colour_rule_form import ColourRuleForm
from mqstudio.viewmodel.filter_words import filter_words, nothing_words
from mqstudio.viewmodel.queue_page import QueuePage, StateFilter
from mqstudio.viewmodel.triage import is_triage_wanted
from mqstudio.viewmodel.volume import VolumePanel
from mqstudio.viewmodel.welcome import consumer_snippet
from mqstudio.viewmodel.wording import count, counted, plain, short_count

MESSAGES, BINDINGS, CONSUMERS, TRIAGE = range(4)
"""The tabs of the page; the last is there where dead letters are, or come."""

TRIAGE_LOOK_ROWS = 50
"""Of so many of the newest messages any dead letter is enough to offer the triage."""


class TakeAway(Protocol):
    """Purges or deletes a queue. Raises: RefusedError(TOO_MANY), where it cannot be undone."""

    def __call__(self, vhost: str, name: str, /, *, is_for_good: bool = False) -> Awaitable[None]:
        """Do it."""


class QueueView(QWidget):
    """Shows a QueuePage. `message_selected` when another message, or its row, is to be inspected."""

    message_selected = Signal()
    publish_wanted = Signal(str, str)

    def __init__(self, context: Context, page: QueuePage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page = page
        self._context = context
        self._actions = context.studio.actions
        self._is_restoring = False
        follow(self, page.rows.removing, self._on_rows_leaving)  # before the model: it hears of it first
        model = RowTableModel(page.rows, page.columns.columns, page.now_us, self)
        self.table = MessageTable(context.theme, model, page)
        self._build()
        self._connect()
        self._refresh_frame()

    # ---- parts

    def _build(self) -> None:
        self._title = label(plain(self.page.queue), "heading", selectable=True)
        self._figures = label("", "muted")
        self.publish_button = button(tr("Publish here"), icon=self._icon("send"), shortcut="Ctrl+N")
        self.purge_button = button(tr("Purge"), icon=self._icon("purge"), shortcut="Ctrl+Shift+Del")
        self.delete_button = button(tr("Delete…"), "quiet", icon=self._icon("trash"))
        head = row(
            column(stretchy(self._title), stretchy(self._figures), gap=2), SMALL, self.publish_button, LARGE,
            self.purge_button, self.delete_button,
            margins=(MEDIUM, MEDIUM, MEDIUM, SMALL), gap=SMALL,
        )  # fmt: skip
        head.setStretch(0, 1)
        self.confirm = ConfirmBar(self.page.queue, self.table)
        self.ask_bar = AskBar(self.table)
        self.verb_bar = VerbBar()
        self.chips = ChipRow(tr("Queue {queue}", queue=self.page.queue))
        rules = row(self.chips, margins=(MEDIUM, 0, MEDIUM, SMALL))
        filters = self._build_chips()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._build_empty())
        self._stack.addWidget(self._build_words())
        self._stack.setMinimumHeight(3 * self._context.theme.row_height)  # with all that may be above
        self._foot = label("", "caption")
        foot = row(stretchy(self._foot), self.verb_bar, margins=(MEDIUM, TINY, SMALL, TINY))
        foot.setStretch(0, 1)
        self.filter_line = FilterLineView(self._context, self.page)
        self.pause_bar = PauseBar(self._context, self.page)
        self.volume = VolumeView(self._context, VolumePanel(self._context.studio.workspace, self.page))
        messages = column(
            self.filter_line, filters, self.volume, rule(), self._stack, self.pause_bar, rule(), foot, gap=0
        )
        messages.setStretch(4, 1)
        self.bindings = BindingsView(
            self._context, self.page.bindings, self.page.vhost, queue=self.page.queue
        )
        self.consumers = ConsumersView(self._context, self.page.consumers)
        self._parts = QStackedWidget()
        triage = self._context.studio.triage(self.page.vhost, self.page.queue)
        self.triage = TriageView(self._context, triage)
        for part in (holder(messages), self.bindings, self.consumers, self.triage):
            self._parts.addWidget(part)
        tabs = row(self._build_tabs(), None, margins=(MEDIUM, 0, MEDIUM, 0))
        body = column(head, rules, self.confirm, self.ask_bar, tabs, rule(), self._parts, gap=0)
        body.setStretch(6, 1)
        self.setLayout(column(card(body)))

    def _build_tabs(self) -> QTabBar:
        self.tabs = QTabBar()
        self.tabs.setProperty("inner", "true")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(tr("Parts of the queue"))
        for title in ("Messages", "Bindings", "Consumers", "Triage"):
            self.tabs.addTab(title)
        self.tabs.setTabVisible(TRIAGE, False)
        self.tabs.currentChanged.connect(self._on_tab)
        return self.tabs

    def _on_tab(self, place: int) -> None:
        self._parts.setCurrentIndex(place)
        self._refresh_tabs()

    def _refresh_tabs(self) -> None:
        """What nobody sees reads nothing."""
        page = self.page
        page.consumers.set_visible(page.is_visible and self.tabs.currentIndex() == CONSUMERS)
        if self.tabs.currentIndex() == TRIAGE:
            self.triage.begin()

    def _offer_triage(self) -> None:
        """Where dead letters come there is a tab for them."""
        structure, page = self._context.studio.structure, self.page
        if not self.tabs.isTabVisible(TRIAGE) and is_triage_wanted(structure, page.vhost, page.queue):
            self.tabs.setTabVisible(TRIAGE, True)

    def _offer_triage_of_rows(self) -> None:
        """Where dead letters are, too."""
        is_shown = self.tabs.isTabVisible(TRIAGE)
        if not is_shown and any(row.died_of for row in self.page.rows.rows[:TRIAGE_LOOK_ROWS]):
            self.tabs.setTabVisible(TRIAGE, True)

    def _icon(self, name: str) -> QIcon:
        return self._context.theme.icon(name)

    def _build_chips(self) -> QWidget:
        self._chips: dict[StateFilter, QPushButton] = {}
        group = QButtonGroup(self)
        group.setExclusive(True)
        for state_filter in StateFilter:
            chip = button(
                tr(state_filter.value),
                "chip",
                tip_text=tr("Show {lower} messages", lower=state_filter.value.lower()),
            )
            group.addButton(chip)
            self._chips[state_filter] = chip
        self._chips[StateFilter.ALL].setChecked(True)
        group.buttonClicked.connect(self._on_chip)
        self.pause_button = button(tr("Pause view"), "quiet", icon=self._icon("pause"), shortcut="Space")
        self.new_button = button("", "chip", icon=self._icon("arrow-up"))
        self.new_button.setCheckable(False)
        self.new_button.hide()
        states, margins = wrapped(*self._chips.values()), (SMALL, SMALL, SMALL, SMALL)
        return holder(row(states, self.new_button, self.pause_button, margins=margins, gap=TINY))

    def _build_empty(self) -> QWidget:
        """An empty queue teaches: how to fill it, how to read it."""
        port = self._context.studio.workspace.port() or 5672
        self._empty_title = label(tr("This queue is empty"), "heading")
        self._empty_says = label("", "muted", wraps=True)
        self.test_button = button(
            tr("Send a test message"), "primary", icon=self._context.theme.icon("send", "on_accent")
        )
        self._snippet = Snippet(self._context.theme, consumer_snippet(self.page.queue, port))
        body = column(
            None, self._empty_title, self._empty_says, MEDIUM, row(self.test_button, None), LARGE,
            label(tr("Or read it from a program of yours:"), "muted"), self._snippet, None,
            margins=(40, LARGE, 40, LARGE),
        )  # fmt: skip
        scroll = QScrollArea()  # what does not fit scrolls, and does not make the window higher
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(holder(body))
        return scroll

    def _build_words(self) -> QWidget:
        self._words = label("", "muted", wraps=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.clear_button = button(tr("Show all messages"))
        return holder(column(None, self._words, row(None, self.clear_button, None), None, gap=MEDIUM))

    def _connect(self) -> None:
        page = self.page
        follow(self, page.changed, self._refresh_frame)
        follow(self, page.wants_refresh, self._on_wants_refresh)
        follow(self, self._context.studio.structure.changed, self._offer_triage)
        self.triage.inspect_wanted.connect(self._on_inspect_letter)
        self._offer_triage()
        follow(self, page.wants_rows, self._on_wants_rows)
        follow(self, page.hearing.wants_task, self._on_wants_to_hear)
        follow(self, page.values.wants, self._on_wants_values)
        follow(self, page.columns.changed, self._keep_selection)
        self.table.heads.field_wanted.connect(self.ask_field)
        self.table.heads.rules_wanted.connect(self.ask_rules)
        follow(self, page.rows.changed, self._on_rows_changed)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.table.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.publish_button.clicked.connect(self._on_publish)
        self.purge_button.clicked.connect(self.purge)
        self.delete_button.clicked.connect(self.ask_delete)
        self.test_button.clicked.connect(self.send_test_message)
        self.clear_button.clicked.connect(self._on_clear)
        self.filter_line.left.connect(self.table.setFocus)
        self.pause_button.clicked.connect(self.toggle_pause)
        self.pause_bar.resume_wanted.connect(self.toggle_pause)
        self.new_button.clicked.connect(self.follow)
        self._context.theme.changed.connect(self._on_theme_changed)

    # ---- what the page says

    def _on_inspect_letter(self, letter: MessageRow) -> None:
        self._context.spawn(self._context.studio.inspector.show(self.page.vhost, letter), self)

    def _on_wants_refresh(self) -> None:
        self._context.spawn(self.page.refresh(), self)

    def _on_wants_to_hear(self) -> None:
        self._context.spawn(self.page.hearing.follow(), self)

    def _on_wants_rows(self) -> None:
        self._context.spawn(self.page.load(), self)

    def _on_wants_values(self) -> None:
        self._context.spawn(self.page.values.fetch(), self)

    def ask_field(self, place: int) -> ColumnPathDialog:
        """Ask for the path of a new column, to be put at a place."""
        dialog = ColumnPathDialog(self._context, self.page, place, self)
        dialog.open()
        return dialog

    def ask_rules(self) -> ColourRulesDialog:
        """Open the editor of colour rules."""
        form = ColourRuleForm(self.page.rules.all, f"{self.page.vhost}\n{self.page.queue}")
        dialog = ColourRulesDialog(self._context, form, self)
        dialog.open()
        return dialog

    def _on_rows_changed(self, first: int, last: int) -> None:
        here = self.table.currentIndex().row()
        if first <= here <= last:
            self.message_selected.emit()

    def _refresh_frame(self) -> None:
        """Everything around the table."""
        self._keep_selection()
        self._offer_triage_of_rows()
        page, sample = self.page, self.page.sample
        if sample is None:
            set_text(self._figures, tr("This queue no longer exists") if page.is_gone else "")
        else:
            parts = [
                tr("{count} ready", count=count(sample.ready)),
                tr("{count} in flight", count=count(sample.in_flight)),
                counted(sample.subscriptions, "consumer") if sample.subscriptions else tr("no consumers"),
            ]  # fmt: skip
            set_text(self._figures, "  ·  ".join(parts))
        self.chips.show_chips(page.chips())
        self.tabs.setTabText(BINDINGS, tr("Bindings  {rows}", rows=len(page.bindings.rows)))
        consumers = sample.subscriptions if sample else 0
        self.tabs.setTabText(CONSUMERS, tr("Consumers  {consumers}", consumers=count(consumers)))
        self._refresh_chips()
        self._refresh_pause()
        self._refresh_stack()
        is_usable = sample is not None and self._context.studio.workspace.is_live
        for verb in (self.publish_button, self.purge_button, self.delete_button):
            verb.setEnabled(is_usable)
        self.purge_button.setEnabled(is_usable and sample is not None and sample.ready > 0)

    def _refresh_chips(self) -> None:
        for state_filter, chip in self._chips.items():
            number = self.page.chip_count(state_filter)
            title = tr(state_filter.value)
            text = title if number is None else f"{title}  {short_count(number)}"
            set_button_text(chip, text)

    def _refresh_pause(self) -> None:
        page = self.page
        text = tr("Resume view") if page.is_paused else tr("Pause view")
        self.pause_button.setIcon(self._icon("play" if page.is_paused else "pause"))
        set_button_text(self.pause_button, text)
        self.new_button.setVisible(page.new_count > 0)
        set_button_text(self.new_button, tr("{count} new", count=short_count(page.new_count)))
        shown = counted(len(page.rows), "message")
        ended = "" if page.state_filter is StateFilter.ALL else f" · only {page.state_filter.value.lower()}"
        paused = " · view paused, the broker goes on" if page.is_paused else ""
        reach = self._context.studio.health.reach() if page.is_at_end else ""
        end = f" · {reach}" if reach else ""
        set_text(
            self._foot,
            tr(
                "{shown} shown, newest first{ended}{page}{paused}{end}",
                shown=shown,
                ended=ended,
                page=filter_words(page),
                paused=paused,
                end=end,
            ),
        )

    def _refresh_stack(self) -> None:
        page = self.page
        if page.filter.active and not len(page.rows) and not page.is_gone:
            set_text(self._words, nothing_words(page))
            set_button_text(self.clear_button, tr("Clear"))
            self.clear_button.show()
            self._stack.setCurrentIndex(2)
        elif len(page.rows) or not page.is_loaded:
            self._stack.setCurrentIndex(2 if page.is_gone and not len(page.rows) else 0)
            set_text(self._words, tr("This queue no longer exists."))
            self.clear_button.hide()
        elif page.state_filter is StateFilter.ALL:
            set_text(self._empty_says, self._empty_words())
            self._stack.setCurrentIndex(1)
        else:
            set_text(self._words, tr("No message here is {lower}.", lower=page.state_filter.value.lower()))
            set_button_text(self.clear_button, tr("Show all messages"))
            self.clear_button.show()
            self._stack.setCurrentIndex(2)

    def _empty_words(self) -> str:
        consumers = self.page.sample.subscriptions if self.page.sample else 0
        who = f"{counted(consumers, 'consumer')} waiting" if consumers else "Consumers: none"
        return tr("{who}. What arrives here stays visible, also after it was consumed.", who=who)

    # ---- gestures

    def _on_chip(self, chip: QPushButton) -> None:
        wanted = next(state_filter for state_filter, each in self._chips.items() if each is chip)
        self.page.set_filter(wanted)

    def _on_clear(self) -> None:
        """What hides all messages goes first: the filter, then the chip."""
        if self.page.filter.active:
            self.page.filter.clear()
        else:
            self._chips[StateFilter.ALL].click()

    def focus_filter(self) -> None:
        """Into the filter line of the messages."""
        self.tabs.setCurrentIndex(MESSAGES)
        self.filter_line.focus_line()

    def _on_current_changed(self) -> None:
        if self._is_restoring:
            return
        current = self.table.current_row()
        self.page.select(current.message_id if current else None)
        self.message_selected.emit()

    def _on_rows_leaving(self, *_: int) -> None:
        """Qt selects a neighbour of a row that goes; that is not what the user chose."""
        self._is_restoring = True
        self.table.selection.hold()

    def _keep_selection(self) -> None:
        """Rows came and went: what is selected is the message chosen, wherever it is now, or nothing."""
        chosen, current = self.page.selected_id, self.table.current_row()
        if (current.message_id if current else None) == chosen:
            self._is_restoring = False
            return
        self._is_restoring = True
        place = self.page.rows.index_of(chosen) if chosen is not None else None
        if place is None:
            self.table.selection.go_nowhere()
        else:
            self.table.setAutoScroll(False)  # the view stays where the user left it
            self.table.selection.go_to(place)
            self.table.setAutoScroll(True)
        self._is_restoring = False

    def _on_scrolled(self, value: int) -> None:
        last = self.table.rowAt(self.table.viewport().height() - 1)
        self.page.look_at(max(0, self.table.rowAt(1)) if value > 0 else 0, last)

    def _on_publish(self) -> None:
        self.publish_wanted.emit(self.page.vhost, self.page.queue)

    def purge(self) -> None:
        """Empty the queue: at once where it can be undone, after typing the name where it cannot."""
        self._context.spawn(self._take_away(tr("Purge for good"), self._actions.purge), self)

    def ask_delete(self) -> None:
        """Delete the queue, likewise."""
        removals, page = self._context.studio.removals, self.page
        if removals.is_queue_undoable(page.vhost, page.queue):
            run = self._take_away(tr("Delete queue"), removals.delete_queue)
            self._context.spawn(run, self.window())
        else:
            why = tr("and what is in it will be gone: deleting cannot be undone")
            self._confirm(why, tr("Delete queue"), removals.delete_queue)

    async def _take_away(self, verb: str, act: TakeAway) -> None:
        page, workspace = self.page, self._context.studio.workspace
        try:
            await act(page.vhost, page.queue)
        except RefusedError as error:
            if error.why is not Refusal.TOO_MANY:
                raise
            extent = await self._actions.extent(page.vhost, page.queue)
            what, when = counted(extent.count, "message"), extent.says(workspace.now_us())
            why = tr(
                "has {what}, {when}, more than the bin holds: this cannot be undone", what=what, when=when
            )
            self._confirm(why, verb, act)

    def _confirm(self, why: str, verb: str, act: TakeAway) -> None:
        def go() -> None:
            self._context.spawn(act(self.page.vhost, self.page.queue, is_for_good=True), self.window())

        self.confirm.ask(why, verb, go)

    def send_test_message(self) -> None:
        """Publish a small message to this queue."""
        self._context.spawn(self._actions.send_test_message(self.page.vhost, self.page.queue), self)

    def toggle_pause(self) -> None:
        """Freeze or resume the view."""
        self.page.set_paused(not self.page.is_paused)

    def follow(self) -> None:
        """Back to the newest message."""
        self.page.set_paused(False)
        self.table.scrollToTop()

    def _on_theme_changed(self) -> None:
        icons = ((self.publish_button, "send"), (self.purge_button, "purge"), (self.delete_button, "trash"))
        for verb, name in icons:
            verb.setIcon(self._icon(name))
        self.test_button.setIcon(self._context.theme.icon("send", "on_accent"))
        self.new_button.setIcon(self._icon("arrow-up"))
        self.pause_button.setIcon(self._icon("play" if self.page.is_paused else "pause"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape or not self._step_back():
            super().keyPressEvent(event)

    def _step_back(self) -> bool:
        """One step: back from another part, a question closed, a selection of several or a filter cleared."""
        selected = self.table.selectionModel()
        if self.tabs.currentIndex() != MESSAGES:
            self.tabs.setCurrentIndex(MESSAGES)
            self.table.setFocus()
        elif self.confirm.isVisible():
            self.confirm.leave()
        elif self.ask_bar.isVisible():
            self.ask_bar.close_question()
        elif self.table.selection.count() > 1:
            selected.select(
                self.table.currentIndex(), selected.SelectionFlag.ClearAndSelect | selected.SelectionFlag.Rows
            )
        elif self.page.filter.active:
            self.page.filter.clear()
        else:
            return False
        return True
