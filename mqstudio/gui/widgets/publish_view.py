"""The composer: where to, with what properties and headers, and the body; where it will arrive."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mqstudio.gui.context import Context
from mqstudio.gui.theme import MEDIUM, SMALL, TINY, Theme
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    holder,
    icon_button,
    label,
    row,
    set_role,
    set_text,
)
from mqstudio.viewmodel.publish import HEADER_KINDS, PROPERTY_FIELDS, HeaderDraft
from mqstudio.viewmodel.wording import plain

PREVIEW_DELAY_MS = 150
"""Typing pauses this long before the broker is asked where the message would go."""


class HeaderLine(QWidget):
    """One header being typed."""

    def __init__(self, theme: Theme, view: "PublishView", header: HeaderDraft) -> None:
        super().__init__()
        self.name, self.kind, self.value = QLineEdit(header.name), QComboBox(), QLineEdit(header.text)
        self.name.setPlaceholderText("name")
        self.value.setPlaceholderText("value")
        self.name.setAccessibleName("Header name")
        self.kind.setAccessibleName("Header type")
        self.value.setAccessibleName("Header value")
        self.kind.addItems(list(HEADER_KINDS))
        self.kind.setCurrentText(header.kind)
        self.remove = icon_button(theme.icon("close"), "Remove this header")
        self.setLayout(row(self.name, self.kind, self.value, self.remove, gap=TINY))
        self.name.textEdited.connect(view.on_headers_edited)
        self.value.textEdited.connect(view.on_headers_edited)
        self.kind.activated.connect(view.on_headers_edited)

    def draft(self) -> HeaderDraft:
        """The header as typed."""
        return HeaderDraft(self.name.text(), self.kind.currentText(), self.value.text())


class PublishView(QWidget):
    """Shows and edits the Composer."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._composer = context.studio.composer
        self.header_lines: list[HeaderLine] = []
        self.property_fields: dict[str, QLineEdit] = {}
        self._asked: tuple[object, ...] = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_DELAY_MS)
        self._timer.timeout.connect(self._on_preview_due)
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.exchange = QComboBox()
        self.exchange.setEditable(True)
        self.exchange.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.exchange.setAccessibleName("Exchange")
        self.key = QLineEdit()
        self.key.setAccessibleName("Routing key")
        self.key.setPlaceholderText("routing key: with the default exchange, a queue's name")
        self.route_mark, self.route = label(), label("")
        self.body = QPlainTextEdit()
        self.body.setProperty("field", "true")
        self._context.theme.dress(self.body)
        self.body.setPlaceholderText("Body")
        self.body.document().setDocumentMargin(SMALL)
        self.body.setAccessibleName("Body")
        self.body.setTabChangesFocus(True)
        self.problem = label("", "bad", wraps=True)
        self.send_button = button(
            "Send", "primary", icon=self._context.theme.icon("send", "on_accent"), shortcut="Ctrl+Return"
        )
        to = QGridLayout()
        to.setContentsMargins(0, 0, 0, 0)
        to.setHorizontalSpacing(SMALL)
        to.addWidget(label("Exchange", "caption"), 0, 0)
        to.addWidget(label("Routing key", "caption"), 0, 1)
        to.addWidget(self.exchange, 1, 0)
        to.addWidget(self.key, 1, 1)
        to.setColumnStretch(0, 2)
        to.setColumnStretch(1, 3)
        to.setVerticalSpacing(2)
        said = column(row(self.route_mark, self.route, None), self.problem, gap=2)
        route = row(said, self.send_button)
        route.setStretch(0, 1)
        left = column(to, route, self.body, margins=(MEDIUM, SMALL, MEDIUM, MEDIUM), gap=SMALL)
        left.setStretch(2, 1)
        whole = row(holder(left), self._build_fields(), gap=0)
        whole.setStretch(0, 1)
        whole.setStretch(1, 1)
        self.setLayout(column(card(whole)))

    def _build_fields(self) -> QWidget:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SMALL)
        grid.setVerticalSpacing(TINY)
        for place, (name, title) in enumerate(PROPERTY_FIELDS.items()):
            field = QLineEdit()
            field.setAccessibleName(title)
            field.textEdited.connect(self._on_properties_edited)
            self.property_fields[name] = field
            grid.addWidget(label(title, "muted"), place // 2, 2 * (place % 2))
            grid.addWidget(field, place // 2, 2 * (place % 2) + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(TINY)
        self.add_header_button = button("Add header", "link")
        self.add_header_button.clicked.connect(self.add_header)
        content = column(
            row(label("Headers", "section"), None, self.add_header_button), self._lines, TINY,
            label("Properties", "section"), grid, None, margins=(MEDIUM, SMALL, MEDIUM, MEDIUM), gap=TINY,
        )  # fmt: skip
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(holder(content))
        return scroll

    def _connect(self) -> None:
        self.exchange.editTextChanged.connect(self._on_exchange_edited)
        self.key.textEdited.connect(self._on_key_edited)
        self.body.textChanged.connect(self._on_body_edited)
        self.send_button.clicked.connect(self.send)
        self._composer.changed.connect(self.refresh)
        self._context.studio.workspace.state_changed.connect(self.refresh)
        self._context.theme.changed.connect(self.refresh)

    # ---- showing the draft

    def refresh(self) -> None:
        """Show the draft and what is known about it; fields being typed in are left alone."""
        draft = self._composer.draft
        shown = _shown_exchange(draft.exchange)
        if self.exchange.currentText() != shown:
            self.exchange.setEditText(shown)
        for field, text in ((self.key, draft.routing_key), *self._property_texts()):
            if field.text() != text:
                field.setText(text)
        if self.body.toPlainText() != draft.body:
            self.body.setPlainText(draft.body)
        if [line.draft() for line in self.header_lines] != draft.headers:
            self._rebuild_headers(draft.headers)
        self._show_problems()
        self._show_route()
        self._timer.start()

    def _property_texts(self) -> list[tuple[QLineEdit, str]]:
        properties = self._composer.draft.properties
        return [(field, properties.get(name, "")) for name, field in self.property_fields.items()]

    def _show_problems(self) -> None:
        problems = self._composer.problems()
        set_text(self.problem, problems[0].says if problems else "")
        self.problem.setVisible(bool(problems))
        bad = {problem.field for problem in problems}
        for name, field in self.property_fields.items():
            set_role(field, "true" if name in bad else "false", "bad")
        for place, line in enumerate(self.header_lines):
            set_role(line.value, "true" if f"headers.{place}" in bad else "false", "bad")
        set_role(self.body, "true" if "body" in bad else "false", "bad")
        self.send_button.setEnabled(not problems and self._context.studio.workspace.is_live)

    def _show_route(self) -> None:
        is_good = self._composer.is_route_good
        set_text(self.route, self._composer.route)
        set_role(self.route, "good" if is_good else "bad")
        icon = ("check", "done") if is_good else ("warning", "dropped")
        self.route_mark.setPixmap(self._context.theme.icon(*icon).pixmap(14, 14))
        self.route_mark.setVisible(bool(self._composer.route))

    def _rebuild_headers(self, headers: list[HeaderDraft]) -> None:
        for line in self.header_lines:
            line.hide()
            line.deleteLater()
        self.header_lines = [HeaderLine(self._context.theme, self, header) for header in headers]
        for line in self.header_lines:
            line.remove.clicked.connect(self._on_remove)
            self._lines.addWidget(line)

    def offer_exchanges(self) -> None:
        """Fill the list of exchanges; done when the composer is opened, not while one types."""
        text = self.exchange.currentText()
        self.exchange.blockSignals(True)
        self.exchange.clear()
        self.exchange.addItems([_shown_exchange(name) for name in self._composer.exchanges()])
        self.exchange.setEditText(text)
        self.exchange.blockSignals(False)

    # ---- gestures

    def _on_preview_due(self) -> None:
        if self._context.studio.workspace.is_live and self.isVisible():
            asked = (self._composer.draft, tuple(self._composer.routing_keys()))
            if asked != self._asked:
                self._asked = asked
                self._context.spawn(self._composer.preview(), self)

    def _on_exchange_edited(self, text: str) -> None:
        self._composer.edit(exchange="" if text == _shown_exchange("") else text)

    def _on_key_edited(self, text: str) -> None:
        self._composer.edit(routing_key=text)

    def _on_body_edited(self) -> None:
        self._composer.edit(body=self.body.toPlainText())

    def _on_properties_edited(self) -> None:
        texts = {name: field.text() for name, field in self.property_fields.items() if field.text()}
        self._composer.edit(properties=texts)

    def on_headers_edited(self) -> None:
        """A header line was edited."""
        self._composer.edit(headers=[line.draft() for line in self.header_lines])

    def add_header(self) -> None:
        """One more header."""
        self._composer.edit(headers=[*self._composer.draft.headers, HeaderDraft()])
        self.header_lines[-1].name.setFocus()

    def _on_remove(self) -> None:
        line = self.sender()
        kept = [each.draft() for each in self.header_lines if each.remove is not line]
        self._composer.edit(headers=kept)

    def send(self) -> None:
        """Publish the draft."""
        self._context.spawn(self._composer.send(), self)

    def open_for(self, vhost: str | None = None, queue: str | None = None) -> None:
        """Begin to compose, for a queue if one is named."""
        self.offer_exchanges()
        if vhost is not None and queue is not None:
            self._composer.aim_at(vhost, queue)
        self._focus()

    def open_for_exchange(self, vhost: str, exchange: str) -> None:
        """Begin to compose, for an exchange."""
        self._composer.edit(vhost=vhost, exchange=exchange, routing_key="")
        self.offer_exchanges()
        self._focus()

    def _focus(self) -> None:
        (self.body if self._composer.draft.routing_key else self.key).setFocus()
        self._timer.start()


def _shown_exchange(name: str) -> str:
    return plain(name) if name else "(default)"
