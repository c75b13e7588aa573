"""Messages and templates saved by name: used again, renamed, deleted and undone, kept and given as files."""

import asyncio
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mqstudio.model.limits import LIBRARY_FILE_BYTES, LIBRARY_MAX
from mqstudio.viewmodel.publish_draft import Draft
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.wording import plain, size
from mqstudio.viewmodel.words import tr, tr_count

FILE_NAME = "library.json"
FORMAT = "mqstudio-messages"
NAME_MAX = 200


class Saved(Struct, frozen=True):
    """A message with a name."""

    name: str
    draft: Draft


class _Kept(Struct, frozen=True):
    format: str
    messages: list[Saved]
    version: int = 1


class Library:
    """The saved messages by name. changed(): one was saved, or went. Verbs return why not, "" if done."""

    def __init__(self, undo: UndoList) -> None:
        self.changed = Signal()
        self.saved: list[Saved] = []
        self._undo = undo
        self._path: Path | None = None

    def open(self, folder: Path) -> str:
        """Take what a folder keeps, and keep everything there from now on."""
        self._path = folder / FILE_NAME
        if not self._path.exists():
            return ""
        try:
            found = _read(self._path)
        except ValueError as error:
            self._path.replace(self._path.with_suffix(".damaged"))  # what is left of it is not written over
            return str(error)
        self._show(found)
        return ""

    def find(self, text: str) -> list[Saved]:
        """Those whose name, key or body all words of a text occur in."""
        words = text.casefold().split()
        return [each for each in self.saved if all(word in _searched(each) for word in words)]

    def save(self, name: str, draft: Draft) -> str:
        """Save a message; one of that name is replaced, which can be undone."""
        says = self._name_problem(name)
        old = self._named(name.strip())
        if says or (len(self.saved) >= LIBRARY_MAX and old is None):
            return says or tr(
                "{count} messages are saved; that is the most. Delete one first.", count=LIBRARY_MAX
            )
        saved = Saved(name.strip(), draft)
        says = self._keep([*self._others(saved.name), saved])
        if not says and old is not None and old != saved:
            shown = plain(saved.name, 60)
            self._undo.offer(
                tr("Saved {name} in place of another one.", name=shown),
                tr("saving {name}", name=shown),
                lambda: self._restore(old),
            )
        return says

    def rename(self, old: str, new: str) -> str:
        """Call a message otherwise; the name must be free."""
        saved = self._named(old)
        says = self._name_problem(new)
        if saved is None or says:
            return says or tr("It is no longer there.")
        if new.strip() != old and self._named(new.strip()) is not None:
            return tr("Another message is called {name}. Choose another name.", name=plain(new, 60))
        return self._keep([*self._others(old), Saved(new.strip(), saved.draft)])

    def delete(self, name: str) -> str:
        """Delete a message; undo brings it back."""
        saved = self._named(name)
        if saved is None:
            return tr("It is no longer there.")
        says = self._keep(self._others(name))
        if not says:
            shown = plain(name, 60)
            self._undo.offer(
                tr("Deleted {name} from the library.", name=shown),
                tr("deleting {name}", name=shown),
                lambda: self._restore(saved),
            )
        return says

    async def _restore(self, saved: Saved) -> None:
        self._keep([*self._others(saved.name), saved])

    # ---- as files

    async def export_to(self, path: Path) -> str:
        """Write all of them to a file; returns what was done. Raises: OSError."""
        data = msgspec.json.format(_encode(self.saved))
        await asyncio.to_thread(path.write_bytes, data)
        count = len(self.saved)
        return tr_count(
            count,
            "Wrote {count} message to {file}.",
            "Wrote {count} messages to {file}.",
            file=plain(path.name),
        )

    async def import_from(self, path: Path) -> str:
        """Add all of a file; names in use get a number. Says how many. Raises: OSError, ValueError."""
        found = await asyncio.to_thread(_read, path)
        fresh = [each for each in found if each not in self.saved]
        if len(self.saved) + len(fresh) > LIBRARY_MAX:
            raise ValueError(
                tr("There would be more than {most} messages. Delete some first.", most=LIBRARY_MAX)
            )
        kept = list(self.saved)
        for each in fresh:
            kept.append(Saved(_free(each.name, {saved.name for saved in kept}), each.draft))
        says = self._keep(kept)
        if says:
            raise ValueError(says)
        return tr_count(len(fresh), "Added {count} message.", "Added {count} messages.")

    # ---- keeping

    def _named(self, name: str) -> Saved | None:
        return next((each for each in self.saved if each.name == name), None)

    def _others(self, name: str) -> list[Saved]:
        return [each for each in self.saved if each.name != name]

    @staticmethod
    def _name_problem(name: str) -> str:
        if not name.strip():
            return tr("Give it a name.")
        if len(name.strip()) > NAME_MAX:
            return tr("The name has more than {most} characters. Shorten it.", most=NAME_MAX)
        return ""

    def _keep(self, saved: list[Saved]) -> str:
        """Show these, once the file has them."""
        try:
            data = _encode(saved)
        except UnicodeEncodeError:
            return tr("The name or the message contains half a character. Type it anew.")
        if len(data) > LIBRARY_FILE_BYTES:
            return tr("The library would be larger than {most}.", most=size(LIBRARY_FILE_BYTES))
        if self._path is not None:
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                beside = self._path.with_name(f"{self._path.name}.part")
                beside.touch(mode=0o600)
                beside.write_bytes(data)
                beside.replace(self._path)
            except OSError as error:
                return str(error)
        self._show(saved)
        return ""

    def _show(self, saved: list[Saved]) -> None:
        self.saved = sorted(saved, key=lambda each: (each.name.casefold(), each.name))
        self.changed.emit()


def _encode(saved: list[Saved]) -> bytes:
    return msgspec.json.encode(_Kept(FORMAT, saved))


def _searched(saved: Saved) -> str:
    draft = saved.draft
    return "\n".join((saved.name, draft.exchange, draft.routing_key, draft.body)).casefold()


def _free(name: str, taken: set[str]) -> str:
    """A name that is not in use: this one, or with a number."""
    number, found = 2, name
    while found in taken:
        found = f"{name} ({number})"
        number += 1
    return found


def _read(path: Path) -> list[Saved]:
    """The messages of a file. Raises: OSError, ValueError with a sentence."""
    if path.stat().st_size > LIBRARY_FILE_BYTES:
        most = size(LIBRARY_FILE_BYTES)
        raise ValueError(tr("{file} is larger than {most}: no library is.", file=plain(path.name), most=most))
    wrong = tr(
        "{file} is no file of saved messages. Such a file comes from Export in a library.",
        file=plain(path.name),
    )
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ValueError(f"{wrong} ({error})") from error
    if kept.format != FORMAT:
        raise ValueError(wrong)
    whole = [replace(each, name=each.name.strip()[:NAME_MAX]) for each in kept.messages if each.name.strip()]
    return list({each.name: each for each in whole}.values())[:LIBRARY_MAX]
