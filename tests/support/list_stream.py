"""A watch of a broker made of lists: what a test has put there, then its end."""

from collections.abc import Sequence
from typing import Any

from mqstudio.model.rows import Found
from mqstudio.model.samples import Incoming


class ListStream:
    """Items as a client's stream gives them; ends when there are no more, for nothing here ever waits."""

    def __init__(self, items: Sequence[Incoming | Found]) -> None:
        self.items = list(items)

    async def __aenter__(self) -> "ListStream":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> "ListStream":
        return self

    async def __anext__(self) -> Any:
        if not self.items:
            raise StopAsyncIteration
        return self.items.pop(0)

    def end(self, error: Exception | None) -> None:
        self.items = []

    async def aclose(self) -> None:
        self.items = []
