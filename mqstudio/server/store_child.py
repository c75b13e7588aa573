"""A child process that works on a profile's file: started, fed with frames, listened to."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Protocol, cast

from mqstudio.store.frames import Frame, Splitter, pack


class State(Enum):
    """How it stands with a process that writes."""

    OPENING = auto()
    READY = auto()
    BUSY = auto()
    FAILED = auto()
    """Nothing can be written until another process takes over."""
    ENDED = auto()


class Child(Protocol):
    """A store process as the journal knows it."""

    def send(self, kind: Frame, payload: bytes) -> None:
        """Send a frame."""

    def end(self) -> None:
        """Let it end when it has done what it was sent."""

    def kill(self) -> None:
        """End it now."""


StartChild = Callable[[str, Callable[[int, bytes], None], Callable[[int], None]], Awaitable[Child]]
"""Starts a module as a process; its frames, and its end with an exit code, are told to these."""


class StoreChild(asyncio.SubprocessProtocol):
    """One process of ours that reads frames from its input and answers on its output.

    on_frame is called for each frame it sends, on_end once when it has ended, however it did.
    """

    def __init__(self, on_frame: Callable[[int, bytes], None], on_end: Callable[[int], None]) -> None:
        self._on_frame = on_frame
        self._on_end = on_end
        self._splitter = Splitter()
        self._transport: asyncio.SubprocessTransport | None = None
        self._input: asyncio.WriteTransport | None = None

    @classmethod
    async def start(
        cls, module: str, on_frame: Callable[[int, bytes], None], on_end: Callable[[int], None]
    ) -> "StoreChild":
        """Start a module of ours as a process. Raises: OSError.

        In a session of its own: Ctrl-C is for the broker, which then has its last words written.
        """
        child = cls(on_frame, on_end)
        await asyncio.get_running_loop().subprocess_exec(
            lambda: child, sys.executable, "-m", module, stderr=None, start_new_session=True
        )
        return child

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._transport is not None
        return self._transport.get_pid()

    def send(self, kind: Frame, payload: bytes) -> None:
        """Send a frame; one that has ended takes none."""
        if self._input is not None and not self._input.is_closing():
            self._input.write(pack(kind, payload))

    def end(self) -> None:
        """Let it end when it has done what it was sent."""
        if self._input is not None:
            self._input.close()

    def kill(self) -> None:
        """End it now."""
        if self._transport is not None and self._transport.get_returncode() is None:
            self._transport.kill()

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process runs."""
        self._transport = cast(asyncio.SubprocessTransport, transport)
        self._input = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(0))

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        """It has said something."""
        assert isinstance(data, bytes)
        for kind, payload in self._splitter.feed(data):
            self._on_frame(kind, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended, and all that it said was heard."""
        assert self._transport is not None
        code = self._transport.get_returncode()
        self._transport.close()  # or asyncio takes it for one that was forgotten
        self._input = None
        self._on_end(code if code is not None else -1)
