"""The Life tab of the inspector: the picture of a lifecycle and its verbs, the bindings, every event."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.following import Refresher, follow
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import button, card, column, holder, icon_button, label, row, rule, set_text
from mqstudio.gui.widgets.life_view import LifeView
from mqstudio.gui.widgets.lifecycle_canvas import LifecycleCanvas
from mqstudio.gui.words import tr
from mqstudio.viewmodel.exporting import file_name
from mqstudio.viewmodel.lifecycle_words import bindings_words
from mqstudio.viewmodel.wording import counted, exchange_title, plain

SPANS = ".otlp.json"
FACTS_MAX = 14
"""Lines that are said of the events under the pointer."""


class LifecycleView(QWidget):
    """Shows the studio's LifecyclePanel. opened: a message to go to. left: back to where one came from."""

    opened = Signal(str, str, object)
    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self.panel = context, context.studio.lifecycle
        self.canvas = LifecycleCanvas(context.theme, self.panel)
        self.steps = LifeView(context.theme)
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.log_button = self._segment(
            tr("By gaps"), tr("Times between events, as logarithms: short ones stay visible")
        )
        self.even_button = self._segment(tr("Evenly"), tr("Every second as long as any other"))
        self.log_button.setChecked(True)
        self._scales = QButtonGroup(self)
        for each in (self.log_button, self.even_button):
            self._scales.addButton(each)
        self.out_button = button("−", "quiet", tip_text=tr("Zoom out"), shortcut="-")
        self.in_button = button("+", "quiet", tip_text=tr("Zoom in"), shortcut="+")
        self.fit_button = button(tr("Fit"), "quiet", tip_text=tr("Show everything"), shortcut="0")
        self.take_button = self._take_menu()
        tools = row(
            self.log_button, self.even_button, None, self.out_button, self.in_button, self.fit_button,
            self.take_button, margins=(LARGE, TINY, MEDIUM, TINY), gap=TINY,
        )  # fmt: skip
        self.notes = label("", "warn", wraps=True, selectable=True)
        self.bindings = label("", "muted", wraps=True, selectable=True)
        self.facts = label("", "muted", wraps=True, selectable=True)
        self.facts.setAccessibleName(tr("The event that is chosen"))
        content = column(
            self.canvas,
            row(column(self.notes, self.bindings, gap=TINY), margins=(LARGE, SMALL, LARGE, 0)),
            row(label(tr("Every event"), "section"), margins=(LARGE, SMALL, LARGE, 0)),
            self.steps,
            None,
            gap=0,
        )
        self.scrolled = QScrollArea()
        self.scrolled.setWidgetResizable(True)
        self.scrolled.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scrolled.setWidget(holder(content))
        self._facts_card = card(row(self.facts, margins=(SMALL, SMALL, SMALL, SMALL)), "inner")
        told = row(self._facts_card, margins=(MEDIUM, TINY, MEDIUM, SMALL))
        layout = column(tools, rule(), self.scrolled, told, gap=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def _take_menu(self) -> QToolButton:
        made = icon_button(self._context.theme.icon("copy"), tr("Copy or export the lifecycle"))
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.take_menu = QMenu(made)
        self.take_menu.addAction(tr("Copy as text"), self.copy_text)
        self.take_menu.addAction(tr("Copy as JSON"), self.copy_json)
        self.take_menu.addAction(tr("Export OTLP spans…"), self.ask_spans)
        made.setMenu(self.take_menu)
        return made

    def _segment(self, text: str, says: str) -> QPushButton:
        made = button(text, "segment", tip_text=says)
        made.setAccessibleName(text)
        return made

    def _connect(self) -> None:
        panel = self.panel
        self._scales.buttonClicked.connect(self._on_scale)
        self.in_button.clicked.connect(self._closer)
        self.out_button.clicked.connect(self._farther)
        self.fit_button.clicked.connect(panel.fit)
        self.canvas.pointed.connect(self._on_pointed)
        self.canvas.opened.connect(self.opened)
        self.canvas.left.connect(self.left)
        follow(self, panel.changed, self.refresh)
        Refresher(self, self._context, panel.wants_refresh, panel.refresh)
        self._context.theme.changed.connect(self._on_theme_changed)

    def _on_theme_changed(self) -> None:
        self.take_button.setIcon(self._context.theme.icon("copy"))

    def _on_scale(self, chosen: QPushButton) -> None:
        self.panel.use_log(chosen is self.log_button)

    def _closer(self) -> None:
        self.panel.zoom(1)

    def _farther(self) -> None:
        self.panel.zoom(-1)

    # ---- showing

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.panel.set_seen(True)

    def hideEvent(self, event: QHideEvent) -> None:
        self.panel.set_seen(False)
        super().hideEvent(event)

    def refresh(self) -> None:
        """Show what the panel has now."""
        story = self.panel.story
        self.take_button.setEnabled(story is not None)
        notes = "\n".join(story.notes) if story is not None else self.panel.problem
        set_text(self.notes, notes)
        self.notes.setVisible(bool(notes))
        words = self._binding_words()
        set_text(self.bindings, words)
        self.bindings.setVisible(bool(words))
        self._say(self.panel.facts())
        if self.panel.chosen_mark is not None:
            place = self.canvas.lane_rect(self.panel.chosen_mark.lane)
            self.scrolled.ensureVisible(0, int(place.center().y()), 0, int(place.height()))

    def _binding_words(self) -> str:
        lines: list[str] = []
        for passed in self.panel.story.passed if self.panel.story is not None else ():
            told = passed.told
            kind = f" ({plain(told.kind)})" if told.kind else ""
            lines.append(
                tr(
                    "Bindings of {name} that message {number} met",
                    name=f"{exchange_title(told.exchange)}{kind}",
                    number=passed.message_id,
                )
            )
            lines += [f"{'✓' if fits else '✗'} {words}" for fits, words in bindings_words(told)]
            if told.left_out:
                lines.append(tr("and {what} that did not match", what=counted(told.left_out, "more binding")))
            lines += [told.doubt] if told.doubt else []
        return "\n".join(lines)

    def _on_pointed(self, places: tuple[int, ...] | None) -> None:
        self._say(self.panel.facts(places) if places is not None else self.panel.facts())

    def _say(self, facts: list[str]) -> None:
        hint = tr("Point at an event, or go to it with the arrows.")
        set_text(self.facts, "\n".join(facts[:FACTS_MAX]) if facts else hint)

    def tick(self) -> None:
        """Time goes on."""
        self.canvas.tick()

    # ---- taking it away

    def copy_text(self) -> None:
        """Put the story on the clipboard as text."""
        QGuiApplication.clipboard().setText(self.panel.text())
        self._context.studio.notices.tell(tr("Copied the lifecycle as text."))

    def copy_json(self) -> None:
        """Put the lifecycle on the clipboard as JSON."""
        QGuiApplication.clipboard().setText(self.panel.json())
        self._context.studio.notices.tell(tr("Copied the lifecycle as JSON."))

    def ask_spans(self) -> QFileDialog | None:
        """Choose a file for the spans of all its messages."""
        wanted, story = self.panel.wanted(), self.panel.story
        if wanted is None or story is None:
            return None
        name = file_name(f"message-{story.message_id}", SPANS)
        dialog = QFileDialog(self, tr("Export OpenTelemetry spans"), name, f"OpenTelemetry (*{SPANS})")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        exports = self._context.studio.exports
        dialog.fileSelected.connect(
            lambda path: self._context.spawn(exports.export(wanted, _with_suffix(path)), self)
        )
        dialog.open()
        return dialog


def _with_suffix(path: str) -> Path:
    return Path(path if path.lower().endswith((".otlp", SPANS)) else path + SPANS)
