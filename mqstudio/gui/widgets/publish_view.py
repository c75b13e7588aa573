"""The composer: where to, with what properties and headers, and the body; where it will arrive."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QGridLayout, QScrollArea, QStackedWidget, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import MEDIUM, SMALL, TINY
from mqstudio.gui.widgets.basics import button, card, column, holder, label, row, rule, set_role, set_text
from mqstudio.gui.widgets.header_list import HeaderLine, HeaderList
from mqstudio.gui.widgets.publish_view_body import BodyBox, problems_by_field
from mqstudio.gui.widgets.publish_view_field import MistakeEdit
from mqstudio.gui.widgets.publish_view_picker import HistoryPicker, LibraryPicker, Picker
from mqstudio.gui.widgets.publish_view_sending import SendBar, UnderWay
from mqstudio.gui.words import tr
from mqstudio.model.rows import MessageDetail
from mqstudio.viewmodel.publish_draft import PROPERTY_FIELDS, Problem
from mqstudio.viewmodel.wording import plain

PREVIEW_DELAY_MS = 150
"""Typing pauses this long before the broker is asked where the message would go."""

KEEP_DELAY_MS = 2_000
"""The draft is written to disk so long after an edit."""

FORM, SENT, SAVED = range(3)
"""Pages of the right half."""


class PublishView(QWidget):
    """Shows and edits the Composer."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._composer = context.studio.composer
        self.property_fields: dict[str, MistakeEdit] = {}
        self._asked: tuple[object, ...] = ()
        self._timer = self._delay(PREVIEW_DELAY_MS)
        self._keeping = self._delay(KEEP_DELAY_MS)
        self._build()
        self._connect()
        self.refresh()

    def _delay(self, delay_ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(delay_ms)
        return timer

    def handlers(self, show: Callable[[], object]) -> dict[str, Callable[[], object]]:
        """Verbs of the action table; `show` brings this panel to the front."""
        begun: dict[str, Callable[[], object]] = {
            "send_later": self.send_bar.ask_when,
            "save_draft": self.save,
            "show_sent": partial(self._open_page, SENT),
            "show_library": partial(self._open_page, SAVED),
        }
        return {"send": self.send, **{name: partial(_both, show, act) for name, act in begun.items()}}

    # ---- parts

    def _build(self) -> None:
        theme = self._context.theme
        self.body_box = BodyBox(self._context)
        self.body = self.body_box.edit
        self.send_bar, self.under_way = SendBar(self._context), UnderWay(self._context)
        self.send_button = self.send_bar.send_button
        self.route_mark, self.route = label(), label("")
        self.problem = label("", "bad", wraps=True)
        route = row(self.route_mark, self.route, None, gap=TINY)
        left = column(self._build_target(), route, self.body_box, margins=(MEDIUM, SMALL, SMALL, 0), gap=TINY)
        left.setStretch(2, 1)
        self.history_picker, self.library_picker = HistoryPicker(self._context), LibraryPicker(self._context)
        self.right = QStackedWidget()
        for page in (self._build_fields(), self.history_picker, self.library_picker):
            self.right.addWidget(page)
        halves = row(holder(left), self.right, gap=0)
        halves.setStretch(0, 11)
        halves.setStretch(1, 9)
        foot = column(
            self.problem, self.under_way, self.send_bar, margins=(MEDIUM, TINY, MEDIUM, SMALL), gap=TINY
        )
        whole = column(halves, rule(), foot, gap=0)
        whole.setStretch(0, 1)
        self.setLayout(column(card(whole)))
        theme.changed.connect(self.refresh)

    def _build_target(self) -> QGridLayout:
        self.vhost = QComboBox()
        self.vhost.setAccessibleName(tr("Virtual host"))
        self.exchange = QComboBox()
        self.exchange.setEditable(True)
        self.exchange.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.exchange.setAccessibleName(tr("Exchange"))
        self.key = MistakeEdit(self._context.theme, tr("Routing key"))
        self.key.setPlaceholderText(tr("routing key: with the default exchange, a queue's name"))
        self.history_button = button(tr("Sent"), "quiet", tip_text=tr("What was sent: the last 500"))
        self.library_button = button(tr("Library"), "quiet", tip_text=tr("Saved messages and templates"))
        to = self._to = QGridLayout()
        to.setContentsMargins(0, 0, 0, 0)
        to.setHorizontalSpacing(SMALL)
        to.setVerticalSpacing(2)
        self._vhost_title = label(tr("Virtual host"), "caption")
        for place, (title, field, stretch) in enumerate(
            (
                (self._vhost_title, self.vhost, 1),
                (label(tr("Exchange"), "caption"), self.exchange, 2),
                (label(tr("Routing key"), "caption"), self.key, 3),
            )
        ):
            to.addWidget(title, 0, place)
            to.addWidget(field, 1, place)
            to.setColumnStretch(place, stretch)
        to.addWidget(self.history_button, 1, 3)
        to.addWidget(self.library_button, 1, 4)
        return to

    def _build_fields(self) -> QWidget:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SMALL)
        grid.setVerticalSpacing(TINY)
        for place, (name, title) in enumerate(PROPERTY_FIELDS.items()):
            field = MistakeEdit(self._context.theme, tr(title))
            field.textEdited.connect(self._on_properties_edited)
            self.property_fields[name] = field
            grid.addWidget(label(tr(title), "muted"), place // 2, 2 * (place % 2))
            grid.addWidget(field, place // 2, 2 * (place % 2) + 1)
        self.property_fields["delivery_mode"].setPlaceholderText(tr("2 survives a restart"))
        self.property_fields["timestamp_s"].setPlaceholderText(tr("seconds, or a date"))
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self.headers = HeaderList(self._context.theme, self._composer)
        self.add_header_button = button(tr("Add header"), "link")
        content = column(
            row(label(tr("Headers"), "section"), None, self.add_header_button), self.headers, TINY,
            label(tr("Properties"), "section"), grid, None, margins=(SMALL, SMALL, MEDIUM, SMALL), gap=TINY,
        )  # fmt: skip
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(holder(content))
        return scroll

    def _connect(self) -> None:
        self._timer.timeout.connect(self._on_preview_due)
        self._keeping.timeout.connect(self._composer.keep_draft)
        self.exchange.editTextChanged.connect(self._on_exchange_edited)
        self.vhost.activated.connect(self._on_vhost)
        self.key.textEdited.connect(self._on_key_edited)
        self.key.recalled.connect(self._composer.recall)
        self.add_header_button.clicked.connect(self.add_header)
        self.send_bar.send_wanted.connect(self.send)
        self.send_bar.save_button.clicked.connect(self.save)
        self.history_button.clicked.connect(self.show_history)
        self.library_button.clicked.connect(self.show_library)
        self.history_picker.closed.connect(self.show_form)
        self.library_picker.closed.connect(self.show_form)
        follow(self, self._composer.changed, self.refresh)
        follow(self, self._context.studio.workspace.state_changed, self.refresh)

    @property
    def header_lines(self) -> list[HeaderLine]:
        """The headers being typed."""
        return self.headers.lines

    # ---- showing the draft

    def refresh(self) -> None:
        """Show the draft and what is known about it; fields being typed in are left alone."""
        draft = self._composer.draft
        shown = _shown_exchange(draft.exchange)
        if self.exchange.currentText() != shown:
            self.exchange.setEditText(shown)
        properties = [(field, draft.properties.get(name, "")) for name, field in self.property_fields.items()]
        for field, text in ((self.key, draft.routing_key), *properties):
            if field.text() != text:
                field.setText(text)
        self.headers.show_headers()
        self._show_problems()
        self._show_route()
        self._timer.start()
        self._keeping.start()

    def _show_problems(self) -> None:
        problems = self._composer.problems()
        found: dict[str, Problem] = problems_by_field(problems)
        set_text(self.problem, problems[0].says if problems else "")
        self.problem.setVisible(bool(problems))
        for name, field in (*self.property_fields.items(), ("routing_key", self.key)):
            field.show_problem(found.get(name))
        self.headers.show_problems(found)
        self.body_box.refresh(found)
        self.send_bar.refresh(found, can_send=not problems and self._context.studio.workspace.is_live)

    def _show_route(self) -> None:
        is_good = self._composer.is_route_good
        set_text(self.route, self._composer.route)
        set_role(self.route, "good" if is_good else "bad")
        icon = ("check", "done") if is_good else ("warning", "dropped")
        self.route_mark.setPixmap(self._context.theme.icon(*icon).pixmap(14, 14))
        self.route_mark.setVisible(bool(self._composer.route))

    def offer_exchanges(self) -> None:
        """Fill the lists of exchanges and hosts; done when the composer is opened, not while one types."""
        text, vhosts = self.exchange.currentText(), self._composer.vhosts()
        self.exchange.blockSignals(True)
        self.exchange.clear()
        self.exchange.addItems([_shown_exchange(name) for name in self._composer.exchanges()])
        self.exchange.setEditText(text)
        self.exchange.blockSignals(False)
        self.vhost.clear()
        for name in vhosts:
            self.vhost.addItem(plain(name), name)
        self.vhost.setCurrentIndex(vhosts.index(self._composer.draft.vhost))
        for each in (self.vhost, self._vhost_title):
            each.setVisible(len(vhosts) > 1)
        self._to.setColumnStretch(0, 1 if len(vhosts) > 1 else 0)

    # ---- gestures

    def _on_preview_due(self) -> None:
        if self._context.studio.workspace.is_live and self.isVisible():
            asked = (self._composer.draft, tuple(self._composer.routing_keys()))
            if asked != self._asked:
                self._asked = asked
                self._context.spawn(self._composer.preview(), self)

    def _on_exchange_edited(self, text: str) -> None:
        self._composer.edit(exchange="" if text == _shown_exchange("") else text)

    def _on_vhost(self) -> None:
        self._composer.edit(vhost=self.vhost.currentData())
        self.offer_exchanges()

    def _on_key_edited(self, text: str) -> None:
        self._composer.edit(routing_key=text)

    def _on_properties_edited(self) -> None:
        texts = {name: field.text() for name, field in self.property_fields.items() if field.text()}
        self._composer.edit(properties=texts)

    def add_header(self) -> None:
        """One more header."""
        self.headers.add()

    def send(self) -> None:
        """Publish the draft."""
        self._context.spawn(self._composer.send(), self)

    def save(self) -> None:
        """Ask for a name to save the draft by."""
        self.send_bar.ask_name()

    # ---- what was sent, and what is saved

    def show_history(self) -> None:
        """The list of what was sent in place of headers and properties, or back."""
        self._toggle_page(SENT)

    def show_library(self) -> None:
        """The list of what is saved in place of headers and properties, or back."""
        self._toggle_page(SAVED)

    def _toggle_page(self, page: int) -> None:
        if self.right.currentIndex() == page:
            self.show_form()
        else:
            self._open_page(page)

    def _open_page(self, page: int) -> None:
        self.right.setCurrentIndex(page)
        picker: Picker = self.history_picker if page == SENT else self.library_picker
        picker.begin()

    def show_form(self) -> None:
        """Headers and properties again."""
        self.right.setCurrentIndex(FORM)
        self._focus()

    # ---- opening it

    def open_for(self, vhost: str | None = None, queue: str | None = None) -> None:
        """Begin to compose, for a queue if one is named."""
        if vhost is not None and queue is not None:
            self._composer.aim_at(vhost, queue)
        self.offer_exchanges()
        self._focus()

    def open_for_exchange(self, vhost: str, exchange: str) -> None:
        """Begin to compose, for an exchange."""
        self._composer.edit(vhost=vhost, exchange=exchange, routing_key="")
        self.offer_exchanges()
        self._focus()

    def open_with(self, detail: MessageDetail, body: bytes, vhost: str) -> None:
        """Begin with a message's double, to be edited and sent again."""
        self._composer.fill_from(detail, body, vhost)
        self.right.setCurrentIndex(FORM)
        self.offer_exchanges()
        self._focus()

    def _focus(self) -> None:
        (self.body if self._composer.draft.routing_key else self.key).setFocus()
        self._timer.start()


def _both(first: Callable[[], object], then: Callable[[], object]) -> None:
    first()
    then()


def _shown_exchange(name: str) -> str:
    return plain(name) if name else "(default)"
