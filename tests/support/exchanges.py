"""An exchange kind's index on its own, filled with bindings to queues that are only names."""

from typing import Any

from mqstudio.engine.exchanges.base import ExchangeKind, Surroundings
from mqstudio.engine.vhost import Binding
from mqstudio.model.message import Header, Properties
from mqstudio.model.topology import BindingSpec, ExchangeSpec
from mqstudio.registry import discover


class Bindings:
    """Bindings of one exchange; a destination is known by its name."""

    def __init__(self, kind: ExchangeKind, chosen: int = 0, **arguments: Any) -> None:
        kinds = {k.name: k for k in discover("mqstudio.engine.exchanges", "EXCHANGE_KIND").found.values()}
        spec = ExchangeSpec("x", kind.name, arguments=arguments)
        kind.check(spec, kinds)
        self.kind = kind
        self.index = kind.new_index(spec, Surroundings(kinds, lambda below: chosen % below))

    def add(self, key: str = "", queue: str = "q", **arguments: Any) -> Binding:
        spec = BindingSpec("x", queue, key, arguments)
        binding = Binding(None, None, spec)  # type: ignore[arg-type]  # an index looks at the spec only
        self.index.add(binding)
        return binding

    def remove(self, binding: Binding) -> None:
        self.index.remove(binding)

    def match(self, key: str = "", headers: list[Header] | None = None, **properties: Any) -> set[str]:
        """Names of the destinations."""
        read = Properties(headers=headers, **properties)
        return {binding.spec.destination for binding in self.index.match(key, lambda: read)}
