"""What was sent from this window, the latest first; kept over restarts in a bounded file.

The file has a line for each: adding one writes one line. It is written anew, with the latest ones, when it
has twice as many as are remembered or has grown too large.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mqstudio.model.limits import SENT_BODY_BYTES, SENT_FILE_BYTES, SENT_MAX
from mqstudio.viewmodel.publish_draft import Draft
from mqstudio.viewmodel.signal import Signal

FILE_NAME = "sent.jsonl"


class Sent(Struct, frozen=True, omit_defaults=True):
    """One sending. became: what became of it, in a sentence. is_cut: its body was too long to be kept."""

    at_us: int
    draft: Draft
    became: str = ""
    is_cut: bool = False


class History:
    """The last sendings. changed(): there is another one."""

    def __init__(self) -> None:
        self.changed = Signal()
        self.sent: list[Sent] = []
        """The latest first."""
        self.problem = ""
        """Why they cannot be kept; "" if they are."""
        self._path: Path | None = None
        self._lines = 0

    def open(self, folder: Path) -> None:
        """Remember what a folder keeps, and keep what is sent from now on there."""
        self._path = folder / FILE_NAME
        kept = _read(self._path)
        self._lines = len(kept)
        self.sent = [*self.sent, *reversed(kept)][:SENT_MAX]
        self.changed.emit()

    def add(self, at_us: int, draft: Draft, became: str) -> None:
        """Something was sent."""
        is_cut = len(draft.body) > SENT_BODY_BYTES
        sent = Sent(at_us, replace(draft, body="") if is_cut else draft, became, is_cut)
        self.sent = [sent, *self.sent][:SENT_MAX]
        try:
            self._keep(sent)
            self.problem = ""
        except OSError as error:
            self.problem = str(error)
        self.changed.emit()

    def _keep(self, sent: Sent) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lines += 1
        with _private(self._path).open("ab") as file:
            file.write(_line(sent))
            is_full = file.tell() > SENT_FILE_BYTES
        if is_full or self._lines > 2 * SENT_MAX:
            self._write_anew(self._path)

    def _write_anew(self, path: Path) -> None:
        lines: list[bytes] = []
        room = SENT_FILE_BYTES // 2
        for sent in self.sent:
            line = _line(sent)
            room -= len(line)
            if room < 0:
                break
            lines.append(line)
        beside = path.with_name(f"{path.name}.part")
        _private(beside).write_bytes(b"".join(reversed(lines)))
        beside.replace(path)
        self._lines = len(lines)

    def find(self, text: str) -> list[Sent]:
        """Those that all words of a text occur in: in key, exchange, body, headers or properties."""
        words = text.casefold().split()
        return [sent for sent in self.sent if all(word in _searched(sent) for word in words)]


def _searched(sent: Sent) -> str:
    draft = sent.draft
    parts = [draft.exchange, draft.routing_key, draft.body, draft.file, sent.became]
    parts += [f"{name} {text}" for name, text in draft.properties.items()]
    parts += [f"{each.name} {each.text}" for each in draft.headers]
    return "\n".join(parts).casefold()


def _line(sent: Sent) -> bytes:
    return msgspec.json.encode(sent) + b"\n"


def _private(path: Path) -> Path:
    """A file that only its owner reads: messages may be secrets."""
    path.touch(mode=0o600)
    return path


def _read(path: Path) -> list[Sent]:
    """What a file keeps, oldest first; lines that cannot be read, the last of a crash, are passed over."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 2 * SENT_FILE_BYTES))
            lines = file.read().splitlines()
    except OSError:
        return []
    return _decoded(lines)[-SENT_MAX:]


def _decoded(lines: Sequence[bytes]) -> list[Sent]:
    found = []
    decoder = msgspec.json.Decoder(Sent)
    for line in lines[-2 * SENT_MAX - 1 :]:
        try:
            found.append(decoder.decode(line))
        except (msgspec.MsgspecError, UnicodeError):
            continue
    return found
