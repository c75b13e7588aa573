"""Widgets that follow view-models outliving them: they stop when Qt deletes them, not when Python notices.

A deleted widget's Python half can live on for a while, in a cycle with its parts; what it is told then would
reach for a Qt object that is gone.
"""

import weakref
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mqstudio.viewmodel.signal import Signal

if TYPE_CHECKING:
    from mqstudio.gui.context import Context


def follow(owner: QObject, signal: Signal, listener: Callable[..., object]) -> None:
    """Call a bound method at every emit of a view-model's signal for as long as its owner exists."""
    signal.connect(listener)
    owner.destroyed.connect(_Stop(signal, listener))


class _Stop:
    """Ends the following, whatever the Qt signal says beside."""

    def __init__(self, signal: Signal, listener: Callable[..., object]) -> None:
        self._signal = signal
        self._listener = weakref.WeakMethod(listener)

    def __call__(self, *_: object) -> None:
        listener = self._listener()
        if listener is not None:
            self._signal.disconnect(listener)


class Refresher(QObject):
    """Starts a view-model's action each time that it asks for it; ends with its owner."""

    def __init__(
        self, owner: QObject, context: "Context", wanted: Signal, action: Callable[[], Awaitable[object]]
    ) -> None:
        super().__init__(owner)
        self._context, self._action = context, action
        follow(self, wanted, self.run)

    def run(self) -> None:
        """Start it now."""
        self._context.spawn(self._action(), self)
