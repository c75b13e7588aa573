"""What a queue knows of its messages that only the store has. The rules are in `paging`."""

from mqstudio.model.places import PageEntry


class Beyond:
    """Everything ready in memory has a place up to `horizon`, everything else a place behind it.

    asked: the number of the page that is on its way; 0: none is. aside: messages that took a place beyond
    the horizon since it was asked for. astray: ids that pages may show though they are not ready, or are
    in hand: those that were in flight, or returned first, when the horizon was drawn before them.
    is_wanted: somebody has taken messages one by one, and is likely to go on. stamp: another one whenever
    messages left from beyond the horizon; 0: nobody has asked for it yet.
    """

    __slots__ = ("aside", "asked", "astray", "horizon", "is_wanted", "stamp")

    def __init__(self, horizon: int) -> None:
        self.horizon = horizon
        self.asked = 0
        self.aside: dict[int, PageEntry] = {}
        self.astray: set[int] = set()
        self.is_wanted = False
        self.stamp = 0
