"""What an exchange kind must offer; each kind's module has one as EXCHANGE_KIND."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from mqstudio.model.message import Properties
from mqstudio.model.topology import ExchangeSpec

if TYPE_CHECKING:
    from mqstudio.engine.vhost import Binding

ReadProperties = Callable[[], Properties]
"""Decodes a message's properties, on demand: only few kinds ask."""


class BindingError(ValueError):
    """A binding asks for what its exchange cannot do; protocols word it from the argument and its value."""

    def __init__(self, says: str, attribute: str, received: object) -> None:
        super().__init__(says)
        self.attribute = attribute
        self.received = received


class Surroundings(Struct, frozen=True):
    """What an index may use beside its own bindings: the other kinds, and chance.

    choose: a number from 0 to below its argument.
    """

    kinds: Mapping[str, "ExchangeKind"]
    choose: Callable[[int], int]


class BindingIndex(Protocol):
    """The bindings of one exchange, arranged so that the matching ones are found quickly.

    is_blind: keys do not matter. A message may have thousands: it is asked about with one of them.
    """

    is_blind: bool

    def add(self, binding: "Binding") -> None:
        """Take a binding in. Raises: ValueError saying what is wrong with it; then it is not."""

    def remove(self, binding: "Binding") -> None:
        """Take a binding out again."""

    def match(self, routing_key: str, read: ReadProperties) -> Iterable["Binding"]:
        """The bindings that match; some may come twice."""


class ExchangeKind(Protocol):
    """A way to route.

    is_keyed: the key alone decides, so that a route may be remembered until a binding changes.
    is_delaying: messages that ask for it are held before they are routed.
    """

    name: str
    is_keyed: bool
    is_delaying: bool

    def check(self, spec: ExchangeSpec, kinds: Mapping[str, "ExchangeKind"]) -> None:
        """Check an exchange's arguments. Raises: ValueError saying what is wrong."""

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """An index without bindings."""


class Undemanding:
    """What most kinds are: nothing to check, the key decides, nothing is held."""

    is_keyed = True
    is_delaying = False

    def check(self, spec: ExchangeSpec, kinds: Mapping[str, ExchangeKind]) -> None:
        """Accept any arguments."""


class BindingsByKey:
    """Bindings by their routing key; the start of several indexes."""

    is_blind = False

    def __init__(self) -> None:
        self.by_key: dict[str, list[Binding]] = {}

    def add(self, binding: "Binding") -> None:
        """Take a binding in."""
        self.by_key.setdefault(binding.spec.routing_key, []).append(binding)

    def remove(self, binding: "Binding") -> None:
        """Take a binding out again."""
        group = self.by_key[binding.spec.routing_key]
        group.remove(binding)
        if not group:
            del self.by_key[binding.spec.routing_key]


class BindingsInOrder:
    """Bindings in the order they were made; the start of indexes that choose one of them."""

    is_blind = False

    def __init__(self) -> None:
        self.bindings: list[Binding] = []

    def add(self, binding: "Binding") -> None:
        """Take a binding in."""
        self.bindings.append(binding)

    def remove(self, binding: "Binding") -> None:
        """Take a binding out again."""
        self.bindings.remove(binding)
