"""Tells listeners that something changed, without keeping them alive."""

import inspect
import weakref
from collections.abc import Callable

Listener = Callable[..., object]


class Signal:
    """A list of weakly held listeners, called in the order they connected.

    Listeners are bound methods or named functions; a lambda would be gone at once.
    """

    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        self._listeners: list[weakref.ref[Listener]] = []

    def connect(self, listener: Listener) -> None:
        """Call `listener` at every emit for as long as somebody else keeps it alive."""
        is_method = inspect.ismethod(listener)
        self._listeners.append(weakref.WeakMethod(listener) if is_method else weakref.ref(listener))

    def disconnect(self, listener: Listener) -> None:
        """Stop calling `listener`; one that is not connected is fine."""
        self._listeners = [held for held in self._listeners if held() not in (None, listener)]

    def emit(self, *values: object) -> None:
        """Call everybody who is still there."""
        for held in list(self._listeners):
            listener = held()
            if listener is None:
                self._listeners.remove(held)
            else:
                listener(*values)
