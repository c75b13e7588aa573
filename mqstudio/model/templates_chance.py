"""Chance that can be had again: numbers that follow from a seed, a message's number and a place.

Each hole of each message has a sequence of its own. So message 500 is the same whether or not the 499
before it were made, and a hole more in one field changes nothing in the others.
"""

from hashlib import blake2b

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Chance:
    """A sequence of numbers that belongs to one hole of one message."""

    __slots__ = ("_key", "_taken")

    def __init__(self, seed: int, number: int, place: str) -> None:
        self._key = f"{seed}/{number}/{place}".encode("utf-8", "surrogatepass")
        self._taken = 0

    def take(self, size: int) -> bytes:
        """The next bytes, any number of them."""
        found = bytearray()
        while len(found) < size:
            salt = self._taken.to_bytes(16, "big")
            found += blake2b(self._key, salt=salt).digest()
            self._taken += 1
        return bytes(found[:size])

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1. Of 192 bits, so that none comes more often to speak of."""
        return int.from_bytes(self.take(24), "big") % count

    def letters(self, count: int) -> str:
        """So many letters and digits."""
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in self.take(count))
