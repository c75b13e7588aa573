"""Topic: keys and patterns are words between dots; `*` is one word, `#` any number of them.

Empty words count: `a..c` has three words. `*` does not match the empty key, `#` does, and the
empty pattern matches the empty key (measured on RabbitMQ 3.10.8 and 4.0.5).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mqstudio.engine.exchanges.base import BindingIndex, ReadProperties, Surroundings, Undemanding
from mqstudio.model.topology import ExchangeSpec

if TYPE_CHECKING:
    from mqstudio.engine.vhost import Binding


class _Node:
    """The patterns that begin with the words on the way here: a tree of all patterns, word by word."""

    __slots__ = ("bindings", "is_hash", "next")

    def __init__(self, *, is_hash: bool = False) -> None:
        self.next: dict[str, _Node] = {}
        self.bindings: list[Binding] = []
        self.is_hash = is_hash


class TopicIndex:
    """Follows all patterns at once, so that a thousand bindings cost little more than one.

    The set of nodes that the words so far can lead to is at most the tree's size: no key and no
    patterns can make the time explode, as trying one after the other could.
    """

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, binding: "Binding") -> None:
        """Take a binding in."""
        node = self._root
        for word in _words(binding.spec.routing_key):
            node = node.next.setdefault(word, _Node(is_hash=word == "#"))
        node.bindings.append(binding)

    def remove(self, binding: "Binding") -> None:
        """Take a binding out again, and the branch that only it needed."""
        path = [self._root]
        words = _words(binding.spec.routing_key)
        for word in words:
            path.append(path[-1].next[word])
        path[-1].bindings.remove(binding)
        for parent, word, node in reversed(list(zip(path, words, path[1:], strict=False))):
            if node.bindings or node.next:
                break
            del parent.next[word]

    def match(self, routing_key: str, read: ReadProperties) -> Iterable["Binding"]:
        """Bindings of all matching patterns."""
        nodes = _with_hashes([self._root])
        for word in _words(routing_key):
            reached = [node for node in nodes if node.is_hash]
            for node in nodes:
                for child in (node.next.get(word), node.next.get("*")):
                    if child is not None and child is not node:
                        reached.append(child)
            nodes = _with_hashes(reached)
        return [binding for node in nodes for binding in node.bindings]


def _with_hashes(nodes: list[_Node]) -> list[_Node]:
    """Add what can be reached without a word: `#` may stand for none."""
    found = dict.fromkeys(nodes)
    todo = list(found)
    while todo:
        child = todo.pop().next.get("#")
        if child is not None and child not in found:
            found[child] = None
            todo.append(child)
    return list(found)


def _words(key: str) -> list[str]:
    return key.split(".") if key else []


class Topic(Undemanding):
    """Matches patterns."""

    name = "topic"

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """Patterns as a tree of words."""
        return TopicIndex()


EXCHANGE_KIND = Topic()
