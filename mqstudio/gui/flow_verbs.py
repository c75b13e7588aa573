"""The verbs of the flow page: open it, and show in it what is in front or selected elsewhere."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from mqstudio.gui.context import Context
from mqstudio.gui.pages import Pages
from mqstudio.gui.widgets.flow_view import FlowView
from mqstudio.viewmodel.flow_graph import queue_key
from mqstudio.viewmodel.words import tr

KEY = ("flow",)


class FlowVerbs(QObject):
    """Opens the flow page, and follows where it leads.

    Args: selected_queue: the virtual host and name of the queue that is in front or selected. show_client:
    open the page of a connection.
    """

    def __init__(
        self,
        context: Context,
        pages: Pages,
        selected_queue: Callable[[], tuple[str, str] | None],
        show_client: Callable[[int], object],
    ) -> None:
        super().__init__(pages)
        self._context, self._studio, self._pages = context, context.studio, pages
        self._selected_queue, self._show_client = selected_queue, show_client

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {"flow": self.show, "show_in_flow": self.show_selected}

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return {"show_in_flow": lambda: self._selected_queue() is not None}

    def show(self) -> FlowView:
        """Bring the flow page to the front."""
        view = self._pages.open(KEY, "flow", tr("Flow"), self._make)
        assert isinstance(view, FlowView)
        return view

    def show_selected(self) -> None:
        """Show the selected queue in the flow."""
        found = self._selected_queue()
        if found is not None:
            self.show().show_node(queue_key(*found))

    def _make(self) -> FlowView:
        view = FlowView(self._context)
        view.queue_wanted.connect(self._pages.open_queue)
        view.exchange_wanted.connect(self._pages.open_exchange)
        view.client_wanted.connect(self._show_client)
        view.messages_wanted.connect(self._on_messages_wanted)
        view.demo_wanted.connect(self._on_demo_wanted)
        return view

    def _on_messages_wanted(self, vhost: str, queue: str, where: str) -> None:
        self._pages.open_queue(vhost, queue)
        self._studio.page(vhost, queue).filter.use(where)

    def _on_demo_wanted(self) -> None:
        self._context.spawn(self._studio.demo.run(), self)
