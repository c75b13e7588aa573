"""Bindings as a table: what leads where, by what key or headers."""

from msgspec import Struct

from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.pairs import write_pairs
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.wording import exchange_title, plain


class BindingLine(Struct, frozen=True):
    """A binding seen from one of its ends: `is_in` leads there, otherwise it leads away."""

    spec: BindingSpec
    is_in: bool

    @property
    def is_own(self) -> bool:
        """Whether it is one that the broker made and keeps: by the default exchange."""
        return not self.spec.exchange


def _words(line: BindingLine) -> str:
    return plain(write_pairs(line.spec.arguments).replace("\n", ", "))


def _to(line: BindingLine) -> str:
    suffix = " (exchange)" if line.spec.destination_kind is DestinationKind.EXCHANGE else ""
    return f"{plain(line.spec.destination)}{suffix}"


BINDING_COLUMNS: list[Column[BindingLine]] = [
    Column("way", "", 40, lambda line, _: "in" if line.is_in else "out"),
    Column("from", "From exchange", 170, lambda line, _: exchange_title(line.spec.exchange)),
    Column("key", "Routing key", 170, lambda line, _: plain(line.spec.routing_key), is_mono=True),
    Column("to", "To", 190, lambda line, _: _to(line)),
    Column("arguments", "Arguments", 200, lambda line, _: _words(line), is_mono=True),
]


class Bindings:
    """The bindings of a queue or an exchange, kept up by the structure."""

    def __init__(self, structure: Structure, vhost: str, name: str, kind: DestinationKind) -> None:
        self.rows: RowSet[BindingLine] = RowSet(_key)
        self._structure = structure
        self._vhost, self._name, self._kind = vhost, name, kind
        structure.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Look at the structure again."""
        found = self._structure.bindings_to(self._vhost, self._name, self._kind)
        lines = [BindingLine(spec, is_in=True) for spec in found]
        if self._kind is DestinationKind.EXCHANGE:
            row = self._structure.exchange(self._vhost, self._name)
            lines += [BindingLine(spec, is_in=False) for spec in (row.bindings if row else [])]
        self.rows.update(lines)


def _key(line: BindingLine) -> tuple[object, ...]:
    spec = line.spec
    return (
        line.is_in, spec.exchange, spec.destination, spec.destination_kind, spec.routing_key,
        write_pairs(spec.arguments),
    )  # fmt: skip
