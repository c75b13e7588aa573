"""Signals call who is there and keep nobody alive."""

import gc

from mqstudio.viewmodel.signal import Signal


class Ear:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def hear(self, value: object) -> None:
        self.heard.append(value)


def test_calls_listeners_until_they_disconnect() -> None:
    """A listener hears every emit between connect and disconnect."""
    signal, ear = Signal(), Ear()
    signal.connect(ear.hear)
    signal.emit(1)
    signal.disconnect(ear.hear)
    signal.emit(2)
    assert ear.heard == [1]


def test_keeps_no_listener_alive() -> None:
    """A listener that nobody else holds is gone, and its loss is no error."""
    signal, ear = Signal(), Ear()
    heard = ear.heard
    signal.connect(ear.hear)
    del ear
    gc.collect()
    signal.emit(1)
    assert heard == []
