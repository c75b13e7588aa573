"""What a session writes in one turn of the loop, and in which order.

Replies are known at once, returns and deliveries only when the turn's mail comes, confirms when it
ends. What a client must see in order is put in order here:

    overtaken   deliveries made before a cancel that this turn has answered
    replies     up to the first mandatory publish
    returns     of mandatory messages
    held        replies to what came after: they tell that the publishes before them are dealt with
    deliveries  after the consume-ok they wait for
    endings     confirms, after the returns of the same messages; and a goodbye that is not an answer
"""

from mqstudio.protocols.base import Output, Piece


class Outbox:
    """Lists of bytes in the order above. `write` adds a reply; other lists are appended to directly."""

    __slots__ = ("_held", "_replies", "deliveries", "endings", "overtaken", "returns", "write")

    def __init__(self) -> None:
        self.overtaken: list[Piece] = []
        self._replies: list[Piece] = []
        self.returns: list[Piece] = []
        self._held: list[Piece] = []
        self.deliveries: list[Piece] = []
        self.endings: list[Piece] = []
        self.write = self._replies.append

    def hold_replies(self) -> None:
        """Put the replies from now on behind the returns of this turn."""
        self.write = self._held.append

    def end_replies(self) -> None:
        """Put what is written from now on behind everything else of this turn."""
        self.write = self.endings.append

    def take(self, *, is_joined: bool = True) -> Output:
        """Everything, in order, once; not joined, it is spared a copy."""
        self.write = self._replies.append
        parts = self.overtaken + self._replies + self.returns + self._held + self.deliveries + self.endings
        if parts:
            self.overtaken.clear()
            self._replies.clear()
            self.returns.clear()
            self._held.clear()
            self.deliveries.clear()
            self.endings.clear()
        return b"".join(parts) if is_joined else parts
