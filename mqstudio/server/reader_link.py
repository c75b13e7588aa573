"""The broker's end of the reader process: starts it when somebody first asks, and again should it die."""

import asyncio
import marshal
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import QUESTIONS_MAX
from mqstudio.server import log
from mqstudio.server.store_child import StoreChild
from mqstudio.store.frames import NUMBER, Frame, OpenFile
from mqstudio.store.problems import FileProblem

READER_MODULE: Final = "mqstudio.server.reader_main"

DIED: Final = "The process that reads the profile ended before it could answer. Ask again."
STOPS: Final = "The broker stops."

Flushed = Callable[[], "asyncio.Future[Any] | None"]
"""When all that has happened so far is on disk; None: it is. Any: what comes of it does not matter."""


def nothing_to_flush() -> None:
    """Nobody writes to the file."""


class ReaderLink:
    """Asks the reader process of one profile; answers come as futures, in order of the questions.

    `run` must be running for anything to be answered.
    """

    def __init__(
        self,
        path: Path,
        *,
        key: str | None = None,
        flushed: Flushed = nothing_to_flush,
        module: str = READER_MODULE,
    ) -> None:
        self.flushed = flushed
        self._path = path
        self._key = key
        self._module = module
        self._child: StoreChild | None = None
        self._is_open = False
        self._is_over = False
        self._news = asyncio.Event()
        self._ended = asyncio.Event()
        self._asked = 0
        self._questions: dict[int, asyncio.Future[bytes]] = {}
        self._unsent: deque[bytes] = deque()
        self._says = DIED

    @property
    def pid(self) -> int | None:
        """The process id of the reader; None while there is none."""
        return self._child.pid if self._child is not None else None

    def ask(self, name: str, *arguments: object) -> "asyncio.Future[bytes]":
        """Ask about everything that has happened so far.

        The future fails with RefusedError(NOT_STORED) if there is no answer.
        """
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if self._is_over or len(self._questions) >= QUESTIONS_MAX:
            says = STOPS if self._is_over else f"{QUESTIONS_MAX} questions wait for answers. Ask later."
            future.set_exception(RefusedError(Refusal.NOT_STORED, says))
            return future
        self._asked += 1
        number = self._asked
        self._questions[number] = future
        question = marshal.dumps((number, name, arguments))  # type: ignore[arg-type]  # plain values
        flushing = self.flushed()
        if flushing is None:
            self._put(number, question)
        else:
            # Should it fail, what is on disk is still worth looking at.
            flushing.add_done_callback(lambda done: self._put(number, question, done))
        return future

    def _put(self, number: int, question: bytes, flushing: "asyncio.Future[Any] | None" = None) -> None:
        if flushing is not None and not flushing.cancelled():
            flushing.exception()  # looked at, or the loop would report it
        if number not in self._questions:
            return
        if self._child is not None and self._is_open:
            self._child.send(Frame.ASK, question)
        else:
            self._unsent.append(question)
            self._news.set()

    # ---- the process

    async def run(self) -> None:
        """Keep a reader process while anybody asks, until `close`."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._is_over:
                return
            self._ended.clear()
            self._says = DIED
            try:
                self._child = await StoreChild.start(self._module, self._on_frame, self._on_end)
            except OSError as error:
                self._says = f"The process that reads the profile cannot be started: {error.strerror}."
                self._fail()
                continue
            self._child.send(Frame.OPEN, msgspec.json.encode(OpenFile(str(self._path), self._key)))
            if self._is_over:
                self._child.end()
            await self._ended.wait()

    def close(self) -> None:
        """No more questions: the process ends, and so does `run`."""
        self._is_over = True
        self._says = STOPS
        self._news.set()
        if self._child is not None:
            self._child.kill()  # it only reads
        self._fail()

    def _on_frame(self, kind: int, payload: bytes) -> None:
        if kind in {Frame.ANSWER, Frame.UNANSWERED}:
            (number,) = NUMBER.unpack_from(payload)
            future = self._questions.pop(number, None)
            if future is None or future.done():
                return
            if kind == Frame.ANSWER:
                future.set_result(payload[NUMBER.size :])
            else:
                future.set_exception(RefusedError(Refusal.NOT_STORED, payload[NUMBER.size :].decode()))
        elif kind == Frame.STATE:
            self._is_open = True
            assert self._child is not None
            while self._unsent:
                self._child.send(Frame.ASK, self._unsent.popleft())
        elif kind == Frame.PROBLEM:
            self._says = msgspec.msgpack.decode(payload, type=FileProblem).says

    def _on_end(self, code: int) -> None:
        self._child = None
        self._is_open = False
        if not self._is_over:
            log.warning("reader_ended", code=code, why=self._says)
        self._fail()
        self._ended.set()

    def _fail(self) -> None:
        """Nobody will answer what was asked."""
        questions, self._questions = self._questions, {}
        self._unsent.clear()
        for future in questions.values():
            if not future.done():
                future.set_exception(RefusedError(Refusal.NOT_STORED, self._says))
