"""The command palette: everything that can be done or gone to, found by the words that people use for it."""

from collections.abc import Callable, Iterable
from contextlib import aclosing
from enum import StrEnum

import msgspec
from msgspec import Struct

from mqstudio.model.queries import Search
from mqstudio.model.rows import Found, MessageRow
from mqstudio.viewmodel.fuzzy import INSIDE, score_word
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.wording import clock, exchange_title, plain
from mqstudio.viewmodel.words import tr, tr_count
from mqstudio.viewmodel.workspace import Workspace

SHOWN_MAX = 60
"""Items that are listed; who wants a later one types a letter more."""

RECENT_MAX = 12
"""Items remembered as used."""

KEPT_MAX_CHARACTERS = 65_536
"""A text of such items that is longer was not kept by us."""

MESSAGES_MAX = 20
"""Messages that are looked up by one id."""

TYPED_MAX_CHARACTERS = 200
"""What is typed further is not looked at."""

SYNONYMS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "resend resubmit republish replay retry repeat again",
        "requeue redrive reprocess redeliver retry replay return",
        "purge empty clear truncate drain flush",
        "delete remove drop destroy discard bin trash",
        "publish send produce emit compose post message new",
        "move shovel transfer forward",
        "copy duplicate clone",
        "kick disconnect terminate close kill",
        "pause stop halt hold suspend freeze",
        "resume continue unpause start play",
        "filter find search query where",
        "undo revert restore rollback",
        "bind route subscribe binding",
        "make create add declare new",
        "preferences settings options configure configuration theme font",
        "shortcuts keys hotkeys keyboard keybindings",
        "look theme appearance mode colours",
        "explain help documentation docs learn",
        "export save download dump",
        "import load upload restore",
        "edit change modify alter patch",
        "clients connections consumers",
        "rates charts statistics metrics throughput latency",
        "users permissions access accounts logins",
        "backup copy snapshot",
        "restart reboot reconnect",
    )
)
"""What different tools call the same; who types one finds verbs that say another."""


class Kind(StrEnum):
    """What an item is."""

    VERB = "verb"
    QUEUE = "queue"
    EXCHANGE = "exchange"
    CLIENT = "client"
    MESSAGE = "message"
    HELP = "help"


class Item(Struct, frozen=True):
    """A line of the palette.

    key: what to do, or what to go to. words: other words by which it is found. says: what stands beside it
    in grey. keys: its shortcut. why_not: why it cannot be done now, "" if it can.
    """

    kind: Kind
    key: tuple[str, ...]
    title: str
    words: str = ""
    says: str = ""
    keys: str = ""
    why_not: str = ""


class _Prepared(Struct, frozen=True):
    item: Item
    title: str
    title_words: list[str]
    words: list[str]


class Palette:
    """Finds items. changed(): a list that was asked for would be another now.

    `verbs` is what the window can do, handed over by it: asked at each search, since it changes.
    """

    def __init__(self, workspace: Workspace, structure: Structure) -> None:
        self.changed = Signal()
        self.verbs: Callable[[], Iterable[Item]] = _nothing
        self.recent: list[tuple[str, ...]] = []
        """Keys of the items used last, the latest first."""
        self._workspace, self._structure = workspace, structure
        self._things: list[_Prepared] | None = None
        self._found: list[Item] = []
        self._found_for = ""
        structure.changed.connect(self._on_structure_changed)

    def to_text(self) -> str:
        """What was used last, as it is kept."""
        return msgspec.json.encode(self.recent).decode()

    def restore(self, text: str) -> None:
        """Take what was kept; nothing of what is no such text."""
        try:
            kept = msgspec.json.decode(text[:KEPT_MAX_CHARACTERS], type=list[list[str]])
        except (msgspec.MsgspecError, UnicodeError):
            return
        self.recent = [tuple(key) for key in kept[:RECENT_MAX] if key]

    def note_use(self, item: Item) -> None:
        """An item was chosen: it comes first next time."""
        if item.kind is not Kind.MESSAGE:
            self.recent = [item.key, *(key for key in self.recent if key != item.key)][:RECENT_MAX]

    # ---- searching

    def search(self, typed: str) -> list[Item]:
        """The items that fit, best first; without words those used last, then all verbs."""
        typed = typed[:TYPED_MAX_CHARACTERS].strip()
        verbs = [_prepare(item) for item in self.verbs()]
        if not typed:
            return self._by_use(verbs)
        candidates = [*verbs, *self._prepared_things(), *self._clients()]
        words = typed.casefold().split()
        scored = [(self._score(words, each), each.item) for each in candidates]
        fitting = sorted(((points, item) for points, item in scored if points > 0), key=lambda pair: -pair[0])
        listed = [item for _, item in fitting[:SHOWN_MAX]]
        return [*(self._found if self._found_for == id_in(typed) else []), *listed]

    def _by_use(self, verbs: list[_Prepared]) -> list[Item]:
        known = {each.item.key: each.item for each in (*verbs, *self._prepared_things())}
        recent = [known[key] for key in self.recent if key in known]
        rest = [each.item for each in verbs if each.item.key not in self.recent]
        return [*recent, *rest]

    def _score(self, words: list[str], each: _Prepared) -> float:
        points = 0.0
        for word in words:
            best = _score_one(word, each)
            if not best:
                return 0
            points += best
        points -= len(each.title) / 50
        if each.item.kind is Kind.VERB:
            points += 6
        if each.item.why_not:
            points -= 4
        if each.item.key in self.recent:
            points += 8 - self.recent.index(each.item.key) / 2
        return points

    # ---- what there is

    def _prepared_things(self) -> list[_Prepared]:
        """Queues and exchanges: prepared once for each time that they change, since there may be 10,000."""
        if self._things is None:
            topology = self._structure.topology
            queues = [
                Item(
                    Kind.QUEUE, ("queue", row.vhost, row.spec.name), plain(row.spec.name), says=_at(row.vhost)
                )
                for row in topology.queues
            ]
            exchanges = [
                Item(
                    Kind.EXCHANGE,
                    ("exchange", row.vhost, row.spec.name),
                    exchange_title(row.spec.name),
                    says=_at(row.vhost),
                )
                for row in topology.exchanges
            ]
            self._things = [_prepare(item) for item in (*queues, *exchanges)]
        return self._things

    def _clients(self) -> list[_Prepared]:
        return [
            _prepare(
                Item(
                    Kind.CLIENT,
                    ("client", str(each.id)),
                    plain(each.name or each.address),
                    words=plain(f"{each.product} {each.user}"),
                    says=plain(each.address),
                )
            )
            for each in self._workspace.apps()
        ]

    def _on_structure_changed(self) -> None:
        self._things = None
        self.changed.emit()

    # ---- messages by id

    async def look_up(self, typed: str) -> None:
        """Look for messages by what was typed, if that is an id: a number, or after `#` or `id`."""
        wanted = id_in(typed)
        if not wanted or wanted == self._found_for or not self._workspace.is_live:
            return
        self._found, self._found_for = [], wanted
        where = f"id == {wanted}" if wanted.isdigit() else _by_own_id(wanted)
        for vhost in self._structure.vhosts():
            for row in await self._rows(Search(vhost=vhost, where=where, limit=MESSAGES_MAX)):
                if self._found_for != wanted:
                    return  # somebody typed on
                self._found = [*self._found, _message_item(vhost, row)][:MESSAGES_MAX]
        self.changed.emit()

    async def _rows(self, search: Search) -> list[MessageRow]:
        rows: list[MessageRow] = []
        async with aclosing(self._workspace.client.watch(search)) as items:
            async for item in items:
                if isinstance(item, Found):
                    rows += item.rows
                    if item.is_over or len(rows) >= search.limit:
                        break
        return rows


def id_in(typed: str) -> str:
    """The id that somebody types: `41`, `#41`, `#order-1`, `id order-1`; "" if it is none."""
    text = typed.strip()
    if text.isdigit() and text.isascii():
        return text if len(text) <= 18 else ""
    if text.startswith("#"):
        return text[1:].strip()
    return text[3:].strip() if text[:3].casefold() == "id " else ""


def _by_own_id(wanted: str) -> str:
    quoted = '"' + wanted.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"message_id == {quoted} or correlation_id == {quoted}"


def _message_item(vhost: str, row: MessageRow) -> Item:
    return Item(
        Kind.MESSAGE,
        ("message", vhost, row.queue, str(row.message_id)),
        tr("Message {id}", id=row.message_id),
        says=f"{plain(row.queue)} · {row.state.value.replace('_', ' ')} · {clock(row.published_at_us)}",
    )


def _score_one(word: str, each: _Prepared) -> float:
    best = float(score_word(word, each.title, each.title_words))
    if each.words:
        best = max(best, score_word(word, "", each.words) - 10)
    if best < INSIDE and each.item.kind is Kind.VERB:
        others = {other for group in SYNONYMS if _is_meant(word, group) for other in group}
        if others and not others.isdisjoint((*each.title_words, *each.words)):
            return 60
    return best


def _is_meant(typed: str, group: frozenset[str]) -> bool:
    """Whether a typed word, or the beginning of one, is in a group."""
    return typed in group or (len(typed) >= 4 and any(word.startswith(typed) for word in group))


def _prepare(item: Item) -> _Prepared:
    title = item.title.casefold()
    return _Prepared(item, title, _words(title), _words(item.words.casefold()))


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


def _at(vhost: str) -> str:
    return "" if vhost == "/" else plain(vhost)


def _nothing() -> Iterable[Item]:
    return ()


def says_found(items: list[Item]) -> str:
    """How many there are, for a screen reader."""
    return tr_count(len(items), "{count} result", "{count} results") if items else tr("Nothing fits")
