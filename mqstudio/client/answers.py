"""Answers that are waited for together: what came of each call of several that went in one go."""

import asyncio
from typing import Protocol, TypeVar

import msgspec

R = TypeVar("R")


class Waiting(Protocol):
    """Who waits for the answer to one call: a future, or a place among several."""

    def done(self) -> bool:
        """Whether it has been told already."""

    def set_result(self, result: msgspec.Raw, /) -> None:
        """The call was done."""

    def set_exception(self, exception: Exception, /) -> None:
        """It was refused, or nobody will ever know."""


class Answers:
    """A place for each call; `wait` returns when all are filled."""

    def __init__(self, count: int) -> None:
        self._found: list[msgspec.Raw | Exception | None] = [None] * count
        self._missing = count
        self._all_here = asyncio.Event()

    def at(self, place: int) -> "_Place":
        """Who waits for the answer to one of the calls."""
        return _Place(self, place)

    def has(self, place: int) -> bool:
        """Whether it is known what came of a call."""
        return self._found[place] is not None

    def put(self, place: int, found: msgspec.Raw | Exception) -> None:
        """This came of a call."""
        self._found[place] = found
        self._missing -= 1
        if not self._missing:
            self._all_here.set()

    async def wait(self) -> None:
        """Wait until it is known what came of each."""
        await self._all_here.wait()

    def give_up(self, why: Exception) -> None:
        """Nobody will ever know what came of those that are missing."""
        self._found = [why if found is None else found for found in self._found]

    def read(self, returns: type[R]) -> list[R | Exception]:
        """What came of each, in the order of the calls, once all is known. Raises: msgspec.DecodeError."""
        read: list[R | Exception] = []
        for found in self._found:
            assert found is not None
            if isinstance(found, Exception):
                read.append(found)
            else:
                read.append(msgspec.msgpack.decode(found, type=returns))
        return read


class _Place:
    """One of several answers, as whoever reads the stream sees it."""

    __slots__ = ("_answers", "_place")

    def __init__(self, answers: Answers, place: int) -> None:
        self._answers, self._place = answers, place

    def done(self) -> bool:
        return self._answers.has(self._place)

    def set_result(self, result: msgspec.Raw, /) -> None:
        self._answers.put(self._place, result)

    def set_exception(self, exception: Exception, /) -> None:
        self._answers.put(self._place, exception)
