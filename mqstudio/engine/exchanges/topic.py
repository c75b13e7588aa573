"""Topic: keys and patterns are words between dots; `*` is one word, `#` any number of them.

Empty words count: `a..c` has three words. `*` does not match the empty key, `#` does, and the
empty pattern matches the empty key (measured on RabbitMQ 3.10.8 and 4.0.5).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mqstudio.engine.queue import Queue
    from mqstudio.engine.vhost import Exchange


class Topic:
    """Matches patterns."""

    name = "topic"

    def route(self, exchange: "Exchange", routing_key: str) -> Iterable["Queue"]:
        """Queues of all matching patterns."""
        words = _words(routing_key)
        return [
            binding.queue
            for pattern, bindings in exchange.bindings_by_key.items()
            if matches(_words(pattern), words)
            for binding in bindings
        ]


def _words(key: str) -> list[str]:
    return key.split(".") if key else []


def matches(pattern: list[str], words: list[str]) -> bool:
    """Whether the words fit the pattern.

    The greedy wildcard algorithm: remember the last `#` and let it take one word more whenever the
    rest fails. Time is at most pattern x words, so no key can make it explode.
    """
    p = w = 0
    last_hash, taken = -1, 0
    while w < len(words):
        if p < len(pattern) and pattern[p] == "#":
            last_hash, taken = p, w
            p += 1
        elif p < len(pattern) and (pattern[p] == "*" or pattern[p] == words[w]):
            p += 1
            w += 1
        elif last_hash >= 0:
            taken += 1
            p, w = last_hash + 1, taken
        else:
            return False
    return all(word == "#" for word in pattern[p:])


EXCHANGE_KIND = Topic()
