"""A disk in memory: what programs see of a file, what is on the platter, and what lies between the two.

What was written and not yet synced is at the mercy of a power cut: all of it may be gone, or some of it, in
any order, some writes in parts. A sync that fails is the worst: what it was to bring to the platter will
never get there, and yet programs go on seeing it, and the next sync succeeds.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final

SECTOR: Final = 512
"""Bytes that reach the platter together."""

SCATTERED: Final = 0.5
"""How likely one write of many survives a cut that drops and reorders."""

GARBAGE: Final = 0.05
"""How likely a torn write leaves anything at all in a sector, rather than the old or the new."""

Write = tuple[int, bytes | None]
"""Where, and what; None: the file ends there."""


class Content:
    """One file. pending: what was done to it since it was synced, in order. is_entered: its name is on the
    platter, too."""

    __slots__ = ("durable", "is_entered", "now", "pending")

    def __init__(self, content: bytes = b"", *, is_entered: bool = False) -> None:
        self.now = bytearray(content)
        self.durable = bytearray(content)
        self.pending: list[Write] = []
        self.is_entered = is_entered

    def write(self, offset: int, data: bytes) -> None:
        """Change what programs see."""
        _apply(self.now, offset, data)
        self.pending.append((offset, data))

    def truncate(self, size: int) -> None:
        """End the file there."""
        _apply(self.now, size, None)
        self.pending.append((size, None))

    def sync(self) -> None:
        """Bring everything to the platter."""
        for offset, data in self.pending:
            _apply(self.durable, offset, data)
        self.pending.clear()

    def fail_to_sync(self, rng: Random) -> None:
        """Bring some of it there; the rest nobody will ever try again."""
        for offset, data in _some(self.pending, rng):
            _apply(self.durable, offset, data)
        self.pending.clear()

    def cut(self, rng: Random) -> None:
        """What is left when the power comes back."""
        for offset, data in _some(self.pending, rng):
            _apply(self.durable, offset, data)
        self.pending.clear()
        self.now = bytearray(self.durable)

    def copy(self) -> "Content":
        """The same, apart."""
        copy = Content(is_entered=self.is_entered)
        copy.now, copy.durable, copy.pending = bytearray(self.now), bytearray(self.durable), [*self.pending]
        return copy


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        if offset <= len(content):
            del content[offset:]
        else:
            content.extend(bytes(offset - len(content)))
        return
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _some(writes: list[Write], rng: Random) -> list[Write]:
    """Of writes, those that reach the platter, in the order in which they do."""
    way = rng.randrange(5)
    if way == 0 or not writes:
        return []
    if way == 1:
        return list(writes)
    if way == 2:  # in order, up to one that is torn
        kept = rng.randrange(len(writes))
        return [*writes[:kept], *_torn(writes[kept], rng)]
    some = []
    for write in writes:
        luck = rng.random()
        if luck < SCATTERED:
            some.append(write)
        elif luck < 0.75:
            some += _torn(write, rng)
    if way == 3:
        rng.shuffle(some)
    return some


def _torn(write: Write, rng: Random) -> list[Write]:
    offset, data = write
    if data is None:
        return []
    pieces: list[Write] = []
    start = 0
    while start < len(data):
        stop = min(start + SECTOR - (offset + start) % SECTOR, len(data))
        luck = rng.random()
        if luck < GARBAGE:
            pieces.append((offset + start, rng.randbytes(stop - start)))
        elif luck < 0.5:
            pieces.append((offset + start, data[start:stop]))
        start = stop
    return pieces


@dataclass
class Trouble:
    """The disk fails at its n-th call from now on, counted from 1. kind: one of KINDS."""

    at: int
    kind: str
    is_for_ever: bool = False


KINDS: Final = ("eio", "enospc", "short")
"""Reading or writing fails; there is no space left; a write stops half way."""


@dataclass
class Disk:
    """Files by name. calls: how many there were; writes: those of them that may find no space.

    cut_at: the call at which the power goes. is_lying: syncs say that all is well, and do nothing.
    """

    rng: Random
    files: dict[str, Content] = field(default_factory=dict)
    ghosts: dict[str, Content] = field(default_factory=dict)
    calls: int = 0
    writes: int = 0
    syncs: int = 0
    cut_at: int | None = None
    trouble: Trouble | None = None
    is_off: bool = False
    is_lying: bool = False
    life: int = 0
    failed: int = 0

    def kill(self) -> None:
        """The process that had files open is gone; what it wrote is seen by the next."""
        self.life += 1
        self.is_off = False
        self.cut_at = self.trouble = None

    def cut(self) -> None:
        """The power goes and comes back."""
        self.kill()
        for name in sorted(self.files):
            content = self.files[name]
            if not content.is_entered and self.rng.random() < 0.5:
                del self.files[name]
            else:
                content.cut(self.rng)
                content.is_entered = True
        for name, content in sorted(self.ghosts.items()):
            if name not in self.files and self.rng.random() < 0.5:
                content.cut(self.rng)
                self.files[name] = content
        self.ghosts.clear()

    def delete(self, name: str, *, is_synced: bool) -> None:
        """Remove a file; if its folder is not synced, a cut may bring it back."""
        content = self.files.pop(name)
        if is_synced:
            self.sync_folder()
        elif content.is_entered:
            self.ghosts[name] = content

    def sync_folder(self) -> None:
        """Bring all names to the platter: of files that are there, and of those that are there no more."""
        self.ghosts.clear()
        for content in self.files.values():
            content.is_entered = True

    def copy(self, rng: Random) -> "Disk":
        """A disk that holds the same, with troubles of its own."""
        files = {name: content.copy() for name, content in self.files.items()}
        ghosts = {name: content.copy() for name, content in self.ghosts.items()}
        return Disk(rng, files, ghosts)
