"""Saved messages: save, rename, delete, undo, files of them."""

import json
from pathlib import Path

import pytest

from mqstudio.model import limits
from mqstudio.viewmodel.library import FILE_NAME, Library
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.publish_draft import Draft, HeaderDraft
from mqstudio.viewmodel.undo import UndoList
from tests.support.list_broker import run_now

ORDER = Draft(
    "shop", "order.new", {"type": "order"}, [HeaderDraft("n", "int8", "1")], "{{seq}}", is_template=True
)


@pytest.fixture
def library(undo: UndoList, tmp_path: Path) -> Library:
    library = Library(undo)
    library.open(tmp_path)
    return library


def again(library: Library, folder: Path) -> Library:
    other = Library(library._undo)
    assert other.open(folder) == ""
    return other


def names(library: Library) -> list[str]:
    return [each.name for each in library.saved]


def test_what_is_saved_survives_a_restart(library: Library, tmp_path: Path) -> None:
    """All of it, by name, in order of names."""
    assert library.save("zebra", Draft(body="z")) == ""
    assert library.save(" Order ", ORDER) == ""
    other = again(library, tmp_path)
    assert names(other) == ["Order", "zebra"]
    assert other.saved[0].draft == ORDER


def test_saving_over_one_can_be_undone(library: Library, undo: UndoList, notices: Notices) -> None:
    library.save("a", Draft(body="old"))
    library.save("a", Draft(body="new"))
    assert [each.draft.body for each in library.saved] == ["new"]
    run_now(undo.undo_last())
    assert [each.draft.body for each in library.saved] == ["old"]


def test_deleting_can_be_undone(library: Library, undo: UndoList, tmp_path: Path) -> None:
    """Undo brings it back into the file too."""
    library.save("a", ORDER)
    assert library.delete("a") == ""
    assert names(again(library, tmp_path)) == []
    run_now(undo.undo_last())
    assert again(library, tmp_path).saved[0].draft == ORDER


def test_renaming(library: Library) -> None:
    """To a free name only."""
    library.save("a", ORDER)
    library.save("b", Draft())
    assert "Another message is called b" in library.rename("a", "b")
    assert "Give it a name" in library.rename("a", " ")
    assert "no longer" in library.rename("c", "d")
    assert library.rename("a", "c") == ""
    assert names(library) == ["b", "c"]


@pytest.mark.parametrize(
    ("name", "says"), [("", "Give it a name"), ("x" * 201, "Shorten it"), ("\ud800", "half")]
)
def test_names_that_are_none(library: Library, name: str, says: str) -> None:
    assert says in library.save(name, ORDER)
    assert library.saved == []


def test_the_library_has_a_bound(library: Library) -> None:
    for n in range(limits.LIBRARY_MAX):
        library._path = None
        assert library.save(str(n), Draft()) == ""
    assert "that is the most" in library.save("one more", Draft())


async def test_files_of_messages(library: Library, undo: UndoList, tmp_path: Path) -> None:
    """What one window exports another imports; names in use get a number; the same again adds nothing."""
    library.save("a", ORDER)
    target = tmp_path / "out.json"
    assert await library.export_to(target) == "Wrote 1 message to out.json."
    assert json.loads(target.read_bytes())["format"] == "mqstudio-messages"
    other = Library(undo)
    other.save("a", Draft(body="mine"))
    assert await other.import_from(target) == "Added 1 message."
    assert names(other) == ["a", "a (2)"]
    assert other.saved[1].draft == ORDER
    assert await library.import_from(target) == "Added 0 messages."


@pytest.mark.parametrize("data", [b"{}", b"\xff", b'{"format": "other", "messages": []}', b"[1]", b""])
async def test_a_file_of_something_else_is_refused(library: Library, tmp_path: Path, data: bytes) -> None:
    """Nothing changes, and it says where such files come from."""
    path = tmp_path / "other.json"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="no file of saved messages"):
        await library.import_from(path)
    assert library.saved == []


def test_a_damaged_library_is_set_aside(undo: UndoList, tmp_path: Path) -> None:
    """It is told, and what is left of it stays beside the new one."""
    (tmp_path / FILE_NAME).write_bytes(b"{broken")
    library = Library(undo)
    assert "no file of saved messages" in library.open(tmp_path)
    library.save("a", ORDER)
    assert (tmp_path / "library.damaged").read_bytes() == b"{broken"


def test_all_words_have_to_occur(library: Library) -> None:
    library.save("New order", ORDER)
    library.save("refund", Draft(body="x"))
    assert [each.name for each in library.find("ORDER shop")] == ["New order"]
    assert len(library.find("")) == 2
