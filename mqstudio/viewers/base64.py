"""Bytes that were written as base64, of either alphabet, on one line or several."""

import binascii
import re
from typing import Final

from mqstudio.viewers.base import Hints, UnreadableError, Unwrapped

SHORTEST: Final = 16
"""Shorter texts are words that happen to be made of the same letters."""

_SPACE: Final = re.compile(rb"[ \t\r\n]+")
_ALPHABET: Final = re.compile(rb"[A-Za-z0-9+/_-]*={0,2}")
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


class Base64:
    """What is written as base64."""

    title = "base64"
    group = "Encoding"
    sense = 10

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """Only letters of its alphabet, and enough of them."""
        if hints.content_encoding == "base64":
            return True
        return len(body) >= SHORTEST and _ALPHABET.fullmatch(_SPACE.sub(b"", body[:1024])) is not None

    def unwrap(self, body: bytes, limit: int, *, is_whole: bool) -> Unwrapped:
        """The bytes; of a head those that are certain."""
        letters = _SPACE.sub(b"", body[: 2 * limit])
        if not letters or _ALPHABET.fullmatch(letters) is None:
            raise UnreadableError("it has characters that base64 does not use")
        is_all = is_whole and len(body) <= 2 * limit
        bare = letters.rstrip(b"=")
        extra = len(bare) % 4
        if is_all and (extra == 1 or len(letters) - len(bare) not in (0, -len(bare) % 4)):
            raise UnreadableError("its length is not one that base64 has")
        if not is_all:
            bare, extra = bare[: len(bare) - extra], 0
        try:
            data = binascii.a2b_base64(bare.translate(_URL_SAFE) + b"=" * (-len(bare) % 4))
        except binascii.Error as error:
            raise UnreadableError("it is not base64") from error
        return Unwrapped(data[:limit], is_all and len(data) <= limit)


UNWRAPPERS = (Base64(),)
