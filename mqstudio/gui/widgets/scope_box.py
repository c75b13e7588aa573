"""A box to choose what rates are of: everything, a queue, a client, a consumer."""

from PySide6.QtWidgets import QComboBox, QSizePolicy

from mqstudio.gui.context import Context
from mqstudio.gui.widgets.basics import set_tip, verbatim
from mqstudio.gui.words import tr
from mqstudio.model.rows import SubscriptionRow
from mqstudio.viewmodel.rate_scopes import Shown, choices
from mqstudio.viewmodel.rates import Rates


class ScopeBox(QComboBox):
    """What there is to choose is looked up when the list opens."""

    def __init__(self, context: Context, rates: Rates) -> None:
        super().__init__()
        self._context, self._rates = context, rates
        self._choices: list[Shown] = []
        self._subscriptions: list[SubscriptionRow] = []
        self.setAccessibleName(tr("Whose rates are shown"))
        set_tip(self, tr("Whose rates are shown"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(18)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMaxVisibleItems(24)
        self.activated.connect(self._on_activated)

    def show_scope(self) -> None:
        """Have what is shown selected."""
        shown = self._rates.shown
        if shown not in self._choices:
            self._fill([*self._choices, shown])
        self.setCurrentIndex(self._choices.index(shown))

    def showPopup(self) -> None:
        self.look()
        super().showPopup()
        self._context.spawn(self._find_consumers(), self)

    def look(self) -> None:
        """Bring what can be chosen up to date."""
        found = choices(self._context.studio.workspace, self._subscriptions)
        shown = self._rates.shown
        self._fill(found if shown in found else [*found, shown])
        self.setCurrentIndex(self._choices.index(shown))

    async def _find_consumers(self) -> None:
        try:
            clients = await self._context.studio.workspace.client.clients()
        except ConnectionError:
            return  # the workspace tells that the broker has gone
        if clients.subscriptions != self._subscriptions:
            self._subscriptions = clients.subscriptions
            self.look()

    def _fill(self, found: list[Shown]) -> None:
        if found == self._choices:
            return
        self._choices = found
        self.blockSignals(True)
        self.clear()
        self.addItems([verbatim(each.title).replace("&&", "&") for each in found])
        self.blockSignals(False)

    def _on_activated(self, place: int) -> None:
        if 0 <= place < len(self._choices):
            self._rates.show(self._choices[place])
