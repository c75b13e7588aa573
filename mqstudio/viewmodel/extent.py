"""How many messages a verb is about, how large they are, and from when they are: told as they go."""

from collections.abc import Iterable

from msgspec import Struct

from mqstudio.model.limits import BIN_MAX_BYTES, BIN_MAX_MESSAGES, MESSAGE_OVERHEAD_BYTES
from mqstudio.model.rows import MessageRow
from mqstudio.viewmodel.wording import clock, moment
from mqstudio.viewmodel.words import tr

_DAY_US = 86_400_000_000


class Extent(Struct, frozen=True):
    """oldest_us, newest_us: when the first and the last of them were published; 0 where nobody knows."""

    count: int = 0
    size_bytes: int = 0
    oldest_us: int = 0
    newest_us: int = 0

    @classmethod
    def of(cls, rows: Iterable[MessageRow]) -> "Extent":
        """That of some rows."""
        found = [(row.size_bytes, row.published_at_us) for row in rows]
        times = [at_us for _, at_us in found]
        if not found:
            return cls()
        return cls(len(found), sum(size for size, _ in found), min(times), max(times))

    def __or__(self, other: "Extent") -> "Extent":
        oldest = [each.oldest_us for each in (self, other) if each.oldest_us]
        return Extent(
            self.count + other.count,
            self.size_bytes + other.size_bytes,
            min(oldest, default=0),
            max(self.newest_us, other.newest_us),
        )

    @property
    def fits_bin(self) -> bool:
        """Whether a bin in memory holds them, with what each takes beside its body."""
        size = self.size_bytes + self.count * MESSAGE_OVERHEAD_BYTES
        return self.count <= BIN_MAX_MESSAGES and size <= BIN_MAX_BYTES

    def says(self, now_us: int) -> str:
        """From when they are: `published 12:01:04.112 to 12:03:11.871`; "" where nobody knows."""
        if not self.oldest_us:
            return ""
        oldest, newest = (_time(each, now_us) for each in (self.oldest_us, self.newest_us))
        if oldest == newest:
            return tr("published {at}", at=oldest)
        return tr("published {oldest} to {newest}", oldest=oldest, newest=newest)


def _time(at_us: int, now_us: int) -> str:
    """To the millisecond if it was today."""
    told = moment(at_us, now_us)
    return clock(at_us) if told == clock(at_us)[:5] and now_us - at_us < _DAY_US else told
