"""The page of an exchange: its name and figures, what is special about it, its bindings."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, card, column, label, row, rule, set_text, stretchy
from mqstudio.gui.widgets.bindings_view import BindingsView
from mqstudio.gui.widgets.wrapping import ChipRow
from mqstudio.gui.words import tr
from mqstudio.viewmodel.exchange_page import ExchangePage
from mqstudio.viewmodel.wording import exchange_title


class ExchangeView(QWidget):
    """Shows an ExchangePage."""

    publish_wanted = Signal(str, str)

    def __init__(self, context: Context, page: ExchangePage) -> None:
        super().__init__()
        self.page = page
        self._context = context
        self._title = label(exchange_title(page.name), "heading", selectable=True)
        self._figures = label("", "muted")
        self.chips = ChipRow(tr("Exchange {name}", name=page.name))
        self.publish_button = button(tr("Publish here"), icon=context.theme.icon("send"))
        self.delete_button = button(tr("Delete"), "quiet", icon=context.theme.icon("trash"))
        self.bindings = BindingsView(context, page.bindings, page.vhost, exchange=page.name)
        self.bindings.bind_button.setVisible(bool(page.name))
        head = row(
            column(stretchy(self._title), stretchy(self._figures), gap=2), SMALL, self.publish_button, LARGE,
            self.delete_button, margins=(MEDIUM, MEDIUM, MEDIUM, SMALL), gap=SMALL,
        )  # fmt: skip
        head.setStretch(0, 1)
        chips = row(self.chips, margins=(MEDIUM, 0, MEDIUM, SMALL))
        body = column(head, chips, rule(), self.bindings, gap=0)
        body.setStretch(3, 1)
        self.setLayout(column(card(body)))
        self.publish_button.clicked.connect(self._on_publish)
        self.delete_button.clicked.connect(self.delete)
        follow(self, page.changed, self._refresh)
        context.theme.changed.connect(self._on_theme_changed)
        self._refresh()

    def _refresh(self) -> None:
        page = self.page
        set_text(self._figures, page.figures())
        self.chips.show_chips(page.chips())
        is_usable = page.sample is not None and self._context.studio.workspace.is_live
        self.publish_button.setEnabled(is_usable)
        self.delete_button.setEnabled(is_usable and not page.is_own)

    def _on_publish(self) -> None:
        self.publish_wanted.emit(self.page.vhost, self.page.name)

    def delete(self) -> None:
        """Delete the exchange; it can be had back with its bindings."""
        verb = self._context.studio.removals.delete_exchange
        self._context.spawn(verb(self.page.vhost, self.page.name), self.window())

    def _on_theme_changed(self) -> None:
        self.publish_button.setIcon(self._context.theme.icon("send"))
        self.delete_button.setIcon(self._context.theme.icon("trash"))
