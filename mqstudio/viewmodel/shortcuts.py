"""Which key does what: as the program has it, or as somebody wants it; conflicts are said, not hidden.

Keys are texts as Qt writes them portably, "Ctrl+Shift+P"; a single letter is "E". Those with an action are
listed in the table of verbs; that of the window hands it over, so nothing here knows a widget.
"""

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.words import tr

KEPT_MAX_CHARACTERS = 65_536
KEYS_MAX_CHARACTERS = 60
"""Longer keys are none."""

_MODIFIERS = ("Ctrl+", "Alt+", "Meta+")


class Bound(Struct, frozen=True):
    """A verb and its keys as the program has them."""

    name: str
    title: str
    keys: str


class Line(Struct, frozen=True):
    """A verb in the editor: `keys` are those it has; `says` what is to be known of them, "" if nothing."""

    name: str
    title: str
    keys: str
    is_changed: bool
    says: str


class Shortcuts:
    """Keys by verbs. changed(): some verb has others. `are_singles_on`: whether single letters count."""

    def __init__(self) -> None:
        self.changed = Signal()
        self.are_singles_on: Callable[[], bool] = _always
        self._bound: dict[str, Bound] = {}
        self._own: dict[str, str] = {}
        """What somebody wants instead; "" is no key at all."""

    def use(self, bound: Iterable[Bound]) -> None:
        """Take the verbs that there are."""
        self._bound = {each.name: each for each in bound}
        self.changed.emit()

    def keys(self, name: str) -> str:
        """The keys of a verb as they are set; "" for none."""
        bound = self._bound.get(name)
        return self._own.get(name, bound.keys if bound else "")

    def active_keys(self, name: str) -> str:
        """The keys that work: none for a single letter while those are off."""
        keys = self.keys(name)
        if is_single(keys) and not self.are_singles_on():
            return ""
        return keys

    def others(self, name: str, keys: str) -> list[Bound]:
        """The verbs that have some keys already."""
        wanted = _canonical(keys)
        return [
            each
            for each in self._bound.values()
            if wanted and each.name != name and _canonical(self.keys(each.name)) == wanted
        ]

    def set(self, name: str, keys: str) -> str:
        """Give a verb other keys; returns why not, "" if it has them now. "" takes them away."""
        if name not in self._bound:
            return tr("There is no verb {name}.", name=name)
        if len(keys) > KEYS_MAX_CHARACTERS or "," in keys.removesuffix(","):
            return tr("One combination of keys, such as Ctrl+Shift+R, can be given; not several in a row.")
        others = self.others(name, keys)
        if others:
            return tr(
                "{keys} is “{title}” already. Take it from there first.", keys=keys, title=others[0].title
            )
        self._put(name, keys)
        return ""

    def take_over(self, name: str, keys: str) -> None:
        """Give a verb keys that another one has, which has none then."""
        for other in self.others(name, keys):
            self._put(other.name, "")
        self._put(name, keys)

    def reset(self, name: str) -> str:
        """Give a verb the program's keys again; returns why not."""
        bound = self._bound.get(name)
        if bound is None or name not in self._own:
            return ""
        return self.set(name, bound.keys)

    def reset_all(self) -> None:
        """All keys as the program has them."""
        self._own.clear()
        self.changed.emit()

    def lines(self, wanted: str = "") -> list[Line]:
        """The verbs whose titles or keys have a text in them, in the order of the table."""
        text = wanted.strip().casefold()
        return [
            self._line(each)
            for each in self._bound.values()
            if text in each.title.casefold() or text in self.keys(each.name).casefold()
        ]

    def _line(self, bound: Bound) -> Line:
        keys = self.keys(bound.name)
        says = ""
        if others := self.others(bound.name, keys):
            says = tr("also “{title}”", title=others[0].title)
        elif is_single(keys) and not self.are_singles_on():
            says = tr("single letters are off")
        return Line(bound.name, bound.title, keys, bound.name in self._own, says)

    def _put(self, name: str, keys: str) -> None:
        if _canonical(keys) == _canonical(self._bound[name].keys):
            self._own.pop(name, None)
        else:
            self._own[name] = keys
        self.changed.emit()

    # ---- kept

    def to_text(self) -> str:
        """As it is kept: what differs from the program's."""
        return msgspec.json.encode(dict(sorted(self._own.items()))).decode()

    def restore(self, text: str) -> None:
        """Take what was kept; nothing of what is none."""
        try:
            kept = msgspec.json.decode(text[:KEPT_MAX_CHARACTERS], type=dict[str, str])
        except (msgspec.MsgspecError, UnicodeError):
            return
        self._own = {name: keys for name, keys in kept.items() if len(keys) <= KEYS_MAX_CHARACTERS}
        self.changed.emit()


def is_single(keys: str) -> bool:
    """Whether keys are a single letter, digit or sign, perhaps with Shift: what typing is made of."""
    return bool(keys) and not keys.startswith(_MODIFIERS) and len(keys.removeprefix("Shift+")) == 1


def _canonical(keys: str) -> frozenset[str]:
    """Keys however they are written: the order and the case of their parts do not matter."""
    if not keys:
        return frozenset()
    last = "+" if keys.endswith("+") else keys.rsplit("+", 1)[-1]
    names = {"del": "delete", "ins": "insert", "return": "enter", "escape": "esc"}
    parts = [*keys[: len(keys) - len(last)].split("+"), last]
    return frozenset(names.get(part.casefold(), part.casefold()) for part in parts if part)


def _always() -> bool:
    return True
