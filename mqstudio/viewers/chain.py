"""How a body is read, step by step: `base64 → gzip → JSON`. Guessed from the bytes, or as somebody chose.

A chain is the titles of its steps: any number of unwrappers, and one viewer.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from mqstudio.model.limits import CHAIN_STEPS_MAX, CHAIN_TRIES_MAX
from mqstudio.viewers.base import Hints, UnreadableError, Unwrapper, View, Viewer

Chain = tuple[str, ...]

ARROW: Final = " → "
NO_HINTS: Final = Hints()


class Shown(Struct, frozen=True):
    """A body through a chain: the view, and the bytes that it shows."""

    chain: Chain
    view: View
    data: bytes
    is_whole: bool


class _Tries:
    """How often a guess may still unwrap something: what looks wrapped in many ways must not take long."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = CHAIN_TRIES_MAX


class ChainReader:
    """Reads bodies with the plug-ins that there are."""

    def __init__(self, viewers: Iterable[Viewer], unwrappers: Iterable[Unwrapper]) -> None:
        self.viewers: Sequence[Viewer] = sorted(viewers, key=lambda viewer: -viewer.rank)
        self.unwrappers: Sequence[Unwrapper] = list(unwrappers)
        self._viewer_by_title = {viewer.title: viewer for viewer in self.viewers}
        self._unwrapper_by_title = {unwrapper.title: unwrapper for unwrapper in self.unwrappers}

    def viewer_of(self, chain: Chain) -> Viewer | None:
        """The viewer that a chain ends with."""
        return self._viewer_by_title.get(chain[-1]) if chain else None

    def read(self, chain: Chain, body: bytes, limit: int, *, is_whole: bool) -> Shown:
        """A body through these steps, `limit` bytes of each at most. Raises: UnreadableError."""
        *titles, last = chain or ("",)
        data, is_all = body, is_whole
        for title in titles[:CHAIN_STEPS_MAX]:
            unwrapper = self._unwrapper_by_title.get(title)
            if unwrapper is None:
                raise UnreadableError(f"{title}: there is no such step")
            try:
                inside = unwrapper.unwrap(data, limit, is_whole=is_all)
            except UnreadableError as error:
                raise UnreadableError(f"{title}: {error}") from error
            data, is_all = inside.data, inside.is_whole
        viewer = self._viewer_by_title.get(last)
        if viewer is None:
            raise UnreadableError(f"{last}: there is no such viewer")
        try:
            view = viewer.view(data, is_whole=is_all)
        except UnreadableError as error:
            raise UnreadableError(f"{last}: {error}") from error
        return Shown(tuple(chain), view, data, is_all)

    def guess(self, body: bytes, hints: Hints, limit: int, *, is_whole: bool) -> Shown:
        """A body through the chain that it seems to be meant for. Something always is: bytes are."""
        return self._guess(body, hints, limit, (), _Tries(), is_whole=is_whole)

    def _guess(
        self, body: bytes, hints: Hints, limit: int, chain: Chain, tries: _Tries, *, is_whole: bool
    ) -> Shown:
        for unwrapper in self._wrapped(body, hints, is_whole=is_whole):
            if len(chain) >= CHAIN_STEPS_MAX or tries.left <= 0:
                break
            tries.left -= 1
            try:
                inside = unwrapper.unwrap(body, limit, is_whole=is_whole)
            except UnreadableError:
                continue
            if not inside.data:
                continue
            found = self._guess(
                inside.data, NO_HINTS, limit, (*chain, unwrapper.title), tries, is_whole=inside.is_whole
            )
            viewer = self.viewer_of(found.chain)
            if viewer is not None and viewer.rank >= unwrapper.sense:
                return found
        return self._best(body, hints, chain, is_whole=is_whole)

    def _wrapped(self, body: bytes, hints: Hints, *, is_whole: bool) -> list[Unwrapper]:
        """How it may be wrapped, the surest first."""
        suiting = [each for each in self.unwrappers if each.suits(body, hints, is_whole=is_whole)]
        return sorted(suiting, key=lambda each: each.sense)

    def _best(self, body: bytes, hints: Hints, chain: Chain, *, is_whole: bool) -> Shown:
        for viewer in self.viewers:
            if not viewer.suits(body, hints, is_whole=is_whole):
                continue
            try:
                view = viewer.view(body, is_whole=is_whole)
            except UnreadableError:
                continue
            return Shown((*chain, viewer.title), view, body, is_whole)
        return Shown(chain, View("", note="no viewer can show it"), body, is_whole)

    def words(self, chain: Chain) -> str:
        """A chain for people: `utf-8 → JSON`, `base64 → gzip → JSON`."""
        viewer = self.viewer_of(chain)
        if len(chain) == 1 and viewer is not None and viewer.reads_text:
            return f"utf-8{ARROW}{chain[0]}"
        return ARROW.join(chain)


def hints_of(content_type: str | None, content_encoding: str | None) -> Hints:
    """What a message's properties say of its body."""
    kind, _, parameters = (content_type or "").lower().partition(";")
    charset = ""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            charset = value.strip().strip('"')
    return Hints(kind.strip(), (content_encoding or "").lower().strip(), charset)
