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
    """The patterns that begin with the words on the way here: a tree of all patterns, word by word.

    `any_word` and `any_words` are the branches of `*` and `#`.
    """

    __slots__ = ("any_word", "any_words", "bindings", "is_hash", "next")

    def __init__(self, *, is_hash: bool = False) -> None:
        self.next: dict[str, _Node] = {}
        self.any_word: _Node | None = None
        self.any_words: _Node | None = None
        self.bindings: list[Binding] = []
        self.is_hash = is_hash

    def branch(self, word: str) -> "_Node | None":
        """The branch of a word of a pattern, if there is one."""
        if word == "#":
            return self.any_words
        return self.any_word if word == "*" else self.next.get(word)

    def grow(self, word: str) -> "_Node":
        """The branch of a word of a pattern."""
        found = self.branch(word)
        if found is not None:
            return found
        node = _Node(is_hash=word == "#")
        self._set(word, node)
        return node

    def cut(self, word: str) -> None:
        """Remove a branch."""
        if word in ("#", "*"):
            self._set(word, None)
        else:
            del self.next[word]

    def _set(self, word: str, node: "_Node | None") -> None:
        if word == "#":
            self.any_words = node
        elif word == "*":
            self.any_word = node
        elif node is not None:
            self.next[word] = node

    def is_bare(self) -> bool:
        """Whether no pattern ends here or goes on from here."""
        return not (self.bindings or self.next or self.any_word or self.any_words)


class TopicIndex:
    """Follows all patterns at once, so that a thousand bindings cost little more than one.

    The set of nodes that the words so far can lead to is at most the tree's size: no key and no
    patterns can make the time explode, as trying one after the other could.
    """

    is_blind = False

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, binding: "Binding") -> None:
        """Take a binding in."""
        node = self._root
        for word in _words(binding.spec.routing_key):
            node = node.grow(word)
        node.bindings.append(binding)

    def remove(self, binding: "Binding") -> None:
        """Take a binding out again, and the branch that only it needed."""
        node, path = self._root, []
        for word in _words(binding.spec.routing_key):
            path.append((node, word))
            node = node.grow(word)
        node.bindings.remove(binding)
        for parent, word in reversed(path):
            if not node.is_bare():
                break
            parent.cut(word)
            node = parent

    def match(self, routing_key: str, read: ReadProperties) -> Iterable["Binding"]:
        """Bindings of all matching patterns."""
        nodes = _with_hashes([self._root])
        for word in _words(routing_key):
            reached = []
            for node in nodes:
                if node.is_hash:
                    reached.append(node)
                child = node.next.get(word)
                if child is not None:
                    reached.append(child)
                if node.any_word is not None:
                    reached.append(node.any_word)
            nodes = _with_hashes(reached)
        return [binding for node in nodes for binding in node.bindings]


def _with_hashes(nodes: list[_Node]) -> list[_Node]:
    """Add what can be reached without a word: `#` may stand for none. Each comes once.

    Only by a `#` can a node be reached in two ways.
    """
    has_hash = False
    for node in nodes:
        if node.is_hash or node.any_words is not None:
            has_hash = True
            break
    if not has_hash:
        return nodes
    found = dict.fromkeys(nodes)
    todo = list(found)
    for node in todo:
        child = node.any_words
        if child is not None and child not in found:
            found[child] = None
            todo.append(child)
    return todo


def _words(key: str) -> list[str]:
    return key.split(".") if key else []


class Topic(Undemanding):
    """Matches patterns."""

    name = "topic"

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """Patterns as a tree of words."""
        return TopicIndex()


EXCHANGE_KIND = Topic()
