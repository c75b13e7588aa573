"""What somebody prefers: kept, applied at once, and checked before it is.

Nothing here is sent: `edit` takes a value, and what is wrong with it is said beside it while the last good
one stays in use.
"""

from collections.abc import Mapping

import msgspec

from mqstudio.viewmodel.form import TRUE, Entry, EntryKind, Form
from mqstudio.viewmodel.health import Health
from mqstudio.viewmodel.look import POINTS_LEAST, POINTS_MOST, Density, Look, Mode
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import duration, size
from mqstudio.viewmodel.words import ENGLISH, tr
from mqstudio.viewmodel.workspace import Workspace

KEPT_MAX_CHARACTERS = 65_536
"""A longer text is none that was kept here."""

AT_CLOSE_ASK, AT_CLOSE_TRAY, AT_CLOSE_STOP = "ask", "tray", "stop"
"""What closing the window does when the tray is on."""

DEFAULTS: Mapping[str, str] = {
    "theme": Mode.SYSTEM.value,
    "density": Density.NORMAL.value,
    "single_keys": TRUE,
    "language": ENGLISH,
    "at_close": AT_CLOSE_ASK,
    "tell_first": TRUE,
    "tell_dead": TRUE,
    "tell_unconsumed": TRUE,
}
"""What is preferred by somebody who has said nothing; the rest is ""."""

SIZES = ("ui_points", "payload_points")
FLAGS = ("still", "single_keys", "tray", "tell_first", "tell_dead", "tell_unconsumed")


class Preferences(Form):
    """Preferences as a form that needs no sending. `applied()`: what is in use did change."""

    needs_broker = False

    def __init__(self, workspace: Workspace, health: Health) -> None:
        super().__init__(dict(DEFAULTS))
        self.heading, self.verb = "Preferences", "Close"
        self.applied = Signal()
        self.families: list[str] = []
        """Fonts that are installed, as the window knows them."""
        self.mono_families: list[str] = []
        self.languages: dict[str, str] = {ENGLISH: "English"}
        """Languages that can be spoken, by their codes."""
        self._workspace, self._health = workspace, health
        self._good = dict(self.values)
        health.changed.connect(self._on_health_changed)

    # ---- what is in use

    def used(self, name: str) -> str:
        """The value in use: the last one that was right."""
        return self._good.get(name, "")

    def is_used(self, name: str) -> bool:
        """Whether a flag is in use."""
        return self.used(name) == TRUE

    def look(self) -> Look:
        """How the window is to look."""
        return Look(
            mode=Mode(self.used("theme")),
            family=self.used("ui_family"),
            points=float(self.used("ui_points") or 0),
            payload_family=self.used("payload_family"),
            payload_points=float(self.used("payload_points") or 0),
            density=Density(self.used("density")),
            is_still=self.is_used("still"),
        )

    def adopt(self, look: Look) -> None:
        """The window looks so already: nothing is to be applied."""
        said = {
            "theme": look.mode.value,
            "ui_family": look.family,
            "ui_points": f"{look.points:g}" if look.points else "",
            "payload_family": look.payload_family,
            "payload_points": f"{look.payload_points:g}" if look.payload_points else "",
            "density": look.density.value,
            "still": TRUE if look.is_still else "",
        }
        if said != {name: self.used(name) for name in said}:
            self.values.update(said)
            self._good.update(said)
            self.changed.emit()

    def edit(self, name: str, text: str) -> None:
        """Prefer something else; it is in use at once if nothing is wrong with it."""
        super().edit(name, text)
        if name not in self.problems() and self._good.get(name, "") != text:
            self._good[name] = text
            self.applied.emit()

    def reset(self) -> None:
        """Prefer what somebody prefers who has said nothing."""
        self.values, self._good = dict(DEFAULTS), dict(DEFAULTS)
        self.changed.emit()
        self.applied.emit()

    # ---- the form

    def entries(self) -> list[Entry]:
        """Everything that can be preferred, and what is set elsewhere and how."""
        return [*self._looks(), *self._fonts(), *self._keys(), *self._tray(), *self._facts()]

    def _looks(self) -> list[Entry]:
        themes = (("system", tr("As the system")), ("light", tr("Light")), ("dark", tr("Dark")))
        airs = (("compact", tr("Compact")), ("normal", tr("Normal")), ("roomy", tr("Roomy")))
        group = tr("LOOK")
        return [
            _choice("theme", tr("Theme"), (*themes, ("contrast", tr("High contrast"))), group),
            _choice("density", tr("Density of tables"), airs, group),
            _flag("still", tr("Reduce motion"), tr("Nothing moves or fades by itself."), group),
            _choice(
                "language",
                tr("Language"),
                tuple(self.languages.items()),
                group,
                tr("From the next start of the window."),
            ),
        ]

    def _fonts(self) -> list[Entry]:
        bounds = tr("{least} to {most} points", least=f"{POINTS_LEAST:g}", most=f"{POINTS_MOST:g}")
        default, group = tr("as the desktop"), tr("TEXT")
        return [
            _offer("ui_family", tr("Font of the window"), self.families, default, group),
            _text("ui_points", tr("Its size"), bounds, default, group),
            _offer("payload_family", tr("Font of payloads"), self.mono_families, default, group),
            _text("payload_points", tr("Its size"), bounds, default, group),
        ]

    def _keys(self) -> list[Entry]:
        says = tr("Such as E for edit and resend. They work in tables only, never in text fields.")
        return [_flag("single_keys", tr("Single letters are shortcuts"), says, tr("KEYS"))]

    def _tray(self) -> list[Entry]:
        group = tr("TRAY AND NOTIFICATIONS")
        ways = (
            (AT_CLOSE_ASK, tr("Ask")),
            (AT_CLOSE_TRAY, tr("Keep the broker running in the tray")),
            (AT_CLOSE_STOP, tr("Stop the broker and quit")),
        )
        return [
            _flag(
                "tray",
                tr("Icon in the tray"),
                tr("Shows how the broker is while the window is closed."),
                group,
            ),
            _choice("at_close", tr("Closing the window"), ways, group, tr("With the icon in the tray only.")),
            _flag("tell_first", tr("First message on a queue"), "", group),
            _flag("tell_dead", tr("Dead letters"), tr("At most one notification in 10 seconds."), group),
            _flag("tell_unconsumed", tr("Messages and no consumer for 30 seconds"), "", group),
        ]

    def _facts(self) -> list[Entry]:
        group = tr("SET WHERE THE BROKER IS STARTED")
        how = tr("To change it, start the broker once with `mqstudio serve --keep-days 3 --keep-bytes 2G`.")
        ports = tr(
            "To change them, start with `mqstudio serve --port-amqp 5673`. If one is taken, the next is used."
        )
        return [
            Entry("recorder", tr("The recorder keeps"), how, group=group, is_fixed=True),
            Entry("ports", tr("Ports"), ports, group=group, is_fixed=True),
        ]

    def value(self, name: str) -> str:
        """A value as typed; facts as they are."""
        if name == "recorder":
            return self._recorder()
        if name == "ports":
            return self._ports()
        return super().value(name)

    def _recorder(self) -> str:
        health = self._health.health
        if health is None:
            return tr("not known: there is no broker")
        if health.disk is None or not health.disk.keep_bytes:
            return tr("what fits into memory; nothing on disk")
        return tr(
            "{bytes}, or {time}, whichever comes first",
            bytes=size(health.disk.keep_bytes),
            time=duration(health.disk.keep_us),
        )

    def _ports(self) -> str:
        info = self._workspace.info
        listeners = info.listeners if info else []
        return ", ".join(f"{each.protocol} {each.port}" for each in listeners) or tr(
            "not known: there is no broker"
        )

    def problems(self) -> dict[str, str]:
        """What is wrong, by entry."""
        return {name: says for name in SIZES if (says := _wrong_size(self.value(name)))}

    def summary(self) -> str:
        """Nothing is waiting to be done."""
        return ""

    async def act(self) -> None:
        """Nothing is left to do: what is preferred is in use already."""

    def _on_health_changed(self) -> None:
        self.changed.emit()

    # ---- kept

    def to_text(self) -> str:
        """As it is kept: what differs from what nobody has said."""
        names = self._good.keys() | DEFAULTS.keys()
        said = {name: self.used(name) for name in names if self.used(name) != DEFAULTS.get(name, "")}
        return msgspec.json.encode(dict(sorted(said.items()))).decode()

    def restore(self, text: str) -> None:
        """Take what was kept; what is not right is left as it was."""
        try:
            kept = msgspec.json.decode(text[:KEPT_MAX_CHARACTERS], type=dict[str, str])
        except (msgspec.MsgspecError, UnicodeError):
            return
        known = {entry.name: entry for entry in self.entries() if not entry.is_fixed}
        for name, value in kept.items():
            if name in known and _is_right(known[name], value):
                self.values[name] = self._good[name] = value
        self.changed.emit()
        self.applied.emit()


def preferred_language(text: str) -> str:
    """The language in a text that was kept, before there is a window: English if none is said."""
    try:
        kept = msgspec.json.decode(text[:KEPT_MAX_CHARACTERS], type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeError):
        return ENGLISH
    return kept.get("language", ENGLISH)


def _is_right(entry: Entry, value: str) -> bool:
    if entry.name == "language":
        return len(value) < 40  # a language that is not there is English, and may come back
    if entry.kind is EntryKind.CHOICE:
        return value in dict(entry.choices)
    if entry.name in SIZES:
        return not _wrong_size(value)
    return value in ("", TRUE) if entry.kind is EntryKind.FLAG else len(value) <= 200


def _wrong_size(text: str) -> str:
    if not text.strip():
        return ""
    try:
        points = float(text)
    except ValueError:
        return tr("{text} is no number; write points, such as 11.", text=text[:40])
    if POINTS_LEAST <= points <= POINTS_MOST:
        return ""
    return tr(
        "Text of {text} points cannot be read or has no room; {least} to {most} can be chosen.",
        text=text[:40],
        least=f"{POINTS_LEAST:g}",
        most=f"{POINTS_MOST:g}",
    )


def _choice(name: str, title: str, choices: tuple[tuple[str, str], ...], group: str, says: str = "") -> Entry:
    return Entry(name, title, says, EntryKind.CHOICE, choices, group=group)


def _flag(name: str, title: str, says: str, group: str) -> Entry:
    return Entry(name, title, says, EntryKind.FLAG, group=group)


def _offer(name: str, title: str, offered: list[str], placeholder: str, group: str) -> Entry:
    choices = tuple((each, each) for each in offered)
    return Entry(name, title, "", EntryKind.OFFER, choices, placeholder, group)


def _text(name: str, title: str, says: str, placeholder: str, group: str) -> Entry:
    return Entry(name, title, says, EntryKind.TEXT, (), placeholder, group)
