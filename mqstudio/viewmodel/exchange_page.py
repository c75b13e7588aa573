"""The page of an exchange: what it is, how much goes through, what is bound to it."""

from mqstudio.model.rows import ExchangeRow
from mqstudio.model.samples import ExchangeSample
from mqstudio.model.topology import DestinationKind
from mqstudio.viewmodel.bindings import Bindings
from mqstudio.viewmodel.rules_words import Chip, exchange_chips
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.wording import count, counted, rate
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace

RATE_OVER_US = 1_000_000
"""A rate is taken over at least this long."""


class ExchangePage:
    """One exchange. `changed()`: its figures or its declaration did."""

    def __init__(self, workspace: Workspace, structure: Structure, vhost: str, name: str) -> None:
        self.vhost, self.name = vhost, name
        self.changed = Signal()
        self.bindings = Bindings(structure, vhost, name, DestinationKind.EXCHANGE)
        self._workspace, self._structure = workspace, structure
        self._before = (workspace.sample_at_us, self.sample.published if self.sample else 0)
        self._per_s = 0.0
        workspace.sampled.connect(self._on_sampled)
        workspace.state_changed.connect(self._on_changed)
        structure.changed.connect(self._on_changed)

    @property
    def sample(self) -> ExchangeSample | None:
        """Its latest figures, None once it is gone."""
        return self._workspace.exchanges.get((self.vhost, self.name))

    @property
    def row(self) -> ExchangeRow | None:
        """Its declaration, None if that is not known (yet)."""
        return self._structure.exchange(self.vhost, self.name)

    @property
    def is_own(self) -> bool:
        """Whether it is one that the broker made and keeps."""
        return not self.name or self.name.startswith("amq.")

    def chips(self) -> list[Chip]:
        """What is special about it."""
        return exchange_chips(self.row) if self.row else []

    def figures(self) -> str:
        """How much goes through, and what is bound."""
        if self.sample is None:
            return tr("This exchange no longer exists")
        bound = counted(self.sample.bindings, "binding") if self.sample.bindings else "no bindings"
        return tr(
            "{per_s}/s in  ·  {published} published  ·  {bound}",
            per_s=rate(self._per_s),
            published=count(self.sample.published),
            bound=bound,
        )

    def _on_changed(self) -> None:
        self.changed.emit()

    def _on_sampled(self) -> None:
        at_us, published = self._before
        elapsed_us = self._workspace.sample_at_us - at_us
        if elapsed_us >= RATE_OVER_US:
            now = self.sample.published if self.sample else 0
            self._per_s = max(0, now - published) * 1_000_000 / elapsed_us
            self._before = (self._workspace.sample_at_us, now)
        self.changed.emit()
