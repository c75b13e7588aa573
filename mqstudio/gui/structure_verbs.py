"""The verbs about what is declared: queues, exchanges, virtual hosts, bindings; each opens its form."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.form_dialog import FormDialog, open_form
from mqstudio.gui.pages import Pages
from mqstudio.gui.widgets.explorer_view import ExplorerView
from mqstudio.gui.widgets.queue_view import BINDINGS
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.exchange_change import ExchangeChange
from mqstudio.viewmodel.exchange_form import ExchangeForm
from mqstudio.viewmodel.explorer import Node
from mqstudio.viewmodel.limit_forms import VhostLimitsForm
from mqstudio.viewmodel.queue_change import QueueChange
from mqstudio.viewmodel.queue_form import QueueForm
from mqstudio.viewmodel.vhost_deletion import VhostDeletion
from mqstudio.viewmodel.vhost_form import VhostForm


class StructureVerbs(QObject):
    """Opens forms over a window, for what is in front or selected in the explorer."""

    def __init__(self, context: Context, window: QWidget, pages: Pages, explorer: ExplorerView) -> None:
        super().__init__(window)
        self._context, self._studio, self._window = context, context.studio, window
        self._pages, self._explorer = pages, explorer

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {
            "declare": self.ask_declare,
            "declare_exchange": self.ask_exchange,
            "declare_vhost": self.ask_vhost,
            "change_vhost": self.ask_change_vhost,
            "delete_vhost": self.ask_delete_vhost,
            "limit_vhost": self.ask_vhost_limits,
            "bind": self.ask_bind,
            "delete": self.ask_delete,
            "edit_settings": self.ask_edit,
        }

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return {
            "bind": self._can_bind,
            "delete": self._can_delete,
            "edit_settings": self._can_edit,
            "delete_vhost": self._can_delete_vhost,
        }

    def here(self) -> str:
        """The virtual host that new things are made in: that of the selected row."""
        node: Node | None = self._explorer.table.current_row()
        return node.vhost if node is not None else DEFAULT_VHOST

    def ask_declare(self) -> FormDialog:
        """Open the form for a new queue."""
        return open_form(self._context, QueueForm(self._studio.site, self.here()), self._window)

    def ask_exchange(self) -> FormDialog:
        """Open the form for a new exchange."""
        return open_form(self._context, ExchangeForm(self._studio.site, self.here()), self._window)

    def ask_vhost(self) -> FormDialog:
        """Open the form for a new virtual host."""
        return open_form(self._context, VhostForm(self._studio.site), self._window)

    def ask_change_vhost(self) -> FormDialog | None:
        """Open the form of the virtual host of the selected row."""
        specs = self._studio.structure.topology.vhosts
        spec = next((each for each in specs if each.name == self.here()), None)
        form = VhostForm(self._studio.site, spec) if spec else None
        return open_form(self._context, form, self._window) if form else None

    def ask_vhost_limits(self) -> None:
        """Open the form for the limits of the virtual host of the selected row, once they are known."""
        self._context.spawn(self._ask_vhost_limits(self.here()), self._window)

    async def _ask_vhost_limits(self, vhost: str) -> None:
        await self._studio.access.refresh()
        form = VhostLimitsForm(self._studio.site, self._studio.access, vhost)
        open_form(self._context, form, self._window)

    def ask_delete_vhost(self) -> FormDialog:
        """Ask for the name of the selected virtual host before it is deleted."""
        form = VhostDeletion(self._studio.site, self._studio.removals, self.here())
        return open_form(self._context, form, self._window)

    def _can_delete_vhost(self) -> bool:
        return self.here() != DEFAULT_VHOST

    def ask_bind(self) -> None:
        """Open the form for a binding of the page in front."""
        queue, exchange = self._pages.queue_view, self._pages.exchange_view
        if queue is not None:
            queue.tabs.setCurrentIndex(BINDINGS)
            queue.bindings.ask_bind()
        elif exchange is not None and exchange.page.name:
            exchange.bindings.ask_bind()

    def _can_bind(self) -> bool:
        exchange = self._pages.exchange_view
        return self._pages.queue_view is not None or (exchange is not None and bool(exchange.page.name))

    def ask_edit(self) -> FormDialog | None:
        """Open the form that changes what the page in front shows, with the difference it makes."""
        queue, exchange = self._pages.queue_view, self._pages.exchange_view
        structure, site = self._studio.structure, self._studio.site
        if queue is not None:
            row = structure.queue(queue.page.vhost, queue.page.queue)
            form = QueueChange(site, row) if row is not None else None
            return open_form(self._context, form, self._window) if form is not None else None
        if exchange is not None and not exchange.page.is_own:
            found = structure.exchange(exchange.page.vhost, exchange.page.name)
            return open_form(self._context, ExchangeChange(site, found), self._window) if found else None
        return None

    def _can_edit(self) -> bool:
        return self._can_delete()

    def ask_delete(self) -> None:
        """Delete what the page in front shows, after asking where it cannot be had back."""
        queue, exchange = self._pages.queue_view, self._pages.exchange_view
        if queue is not None:
            queue.ask_delete()
        elif exchange is not None and not exchange.page.is_own:
            exchange.delete()

    def _can_delete(self) -> bool:
        exchange = self._pages.exchange_view
        return self._pages.queue_view is not None or (exchange is not None and not exchange.page.is_own)
