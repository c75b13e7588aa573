"""Headers: a binding's arguments are compared with the message's headers; keys do not matter.

`x-match` says how: all (the default), any, or either with `-with-x`; then arguments that begin with `x-`
count as well. An argument without a value asks only that the header is there. Strings and numbers differ,
numbers of different width do not.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mqstudio.engine.exchanges.base import BindingIndex, ReadProperties, Surroundings, Undemanding
from mqstudio.model.message import plain_headers
from mqstudio.model.topology import BindingSpec, ExchangeSpec

if TYPE_CHECKING:
    from mqstudio.engine.vhost import Binding

MODES = ("all", "any", "all-with-x", "any-with-x")


class HeadersIndex:
    """Bindings with the headers each of them asks for."""

    def __init__(self) -> None:
        self._wanted: dict[int, tuple[Binding, bool, list[tuple[str, Any]]]] = {}

    def add(self, binding: "Binding") -> None:
        """Take a binding in."""
        mode = binding.spec.arguments.get("x-match", "all")
        wanted = [
            (name, value)
            for name, value in binding.spec.arguments.items()
            if name != "x-match" and (mode.endswith("-with-x") or not name.startswith("x-"))
        ]
        self._wanted[id(binding)] = (binding, mode.startswith("all"), wanted)

    def remove(self, binding: "Binding") -> None:
        """Take a binding out again."""
        del self._wanted[id(binding)]

    def match(self, routing_key: str, read: ReadProperties) -> Iterable["Binding"]:
        """Bindings whose headers the message has."""
        headers = plain_headers(read().headers)
        return [
            binding
            for binding, is_all, wanted in self._wanted.values()
            if (all if is_all else any)(_has(headers, name, value) for name, value in wanted)
        ]


def _has(headers: Mapping[str, Any], name: str, wanted: Any) -> bool:  # Any: header values
    if name not in headers:
        return False
    value = headers[name]
    # In Python True == 1; a header's type counts.
    return wanted is None or (value == wanted and isinstance(value, bool) == isinstance(wanted, bool))


class Headers(Undemanding):
    """Matches headers."""

    name = "headers"
    is_keyed = False

    def check_binding(self, spec: BindingSpec) -> None:
        """Refuse an unknown way to match. Raises: ValueError."""
        mode = spec.arguments.get("x-match", "all")
        if mode not in MODES:
            raise ValueError(f"'x-match' is {mode!r:.40}; it must be one of {', '.join(MODES)}.")

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """Bindings with what they ask for."""
        return HeadersIndex()


EXCHANGE_KIND = Headers()
