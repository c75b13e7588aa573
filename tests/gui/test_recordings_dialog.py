"""The window that compares two recordings: files are chosen, differences counted, sifted and shown."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.comparing import Side
from mqstudio.exporters.jsonl import EXPORTER
from mqstudio.gui.recordings_dialog import RecordingsDialog
from mqstudio.model.message import Properties
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.recording_pair import RecordingPair
from tests.support.window import Person, at_the_window
from tests.unit.exporters.test_shape import a_record


def named(name: str, body: bytes = b"{}") -> Record:
    return a_record(body, Properties(message_id=name))


def recording(path: Path, *records: Record) -> Path:
    file = EXPORTER.write(Options())
    path.write_bytes(b"".join(file.record(each) for each in records))
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    hostile = replace(named("<b>x</b>"), row=replace(named("c").row, queue="<img src=x>"))
    left = recording(tmp_path / "a.jsonl", named("one"), named("two"), named("three"))
    right = recording(tmp_path / "b.jsonl", named("one"), named("two", b"[]"), hostile)
    return left, right


async def test_what_differs_is_found_and_sifted(files: tuple[Path, Path]) -> None:
    pair = RecordingPair(Jobs(lambda: 0))
    assert "Choose two" in pair.summary()
    pair.choose(left=files[0])
    assert not pair.is_ready()
    pair.choose(right=files[1])
    assert pair.is_ready()
    await pair.compare()
    assert pair.summary() == "1 message alike, 3 different."
    assert [pair.count(side) for side in (None, Side.LEFT, Side.RIGHT, Side.BOTH)] == [3, 1, 1, 1]
    pair.show(Side.BOTH)
    assert [row.what for row in pair.rows.rows] == [("its body",)]


async def test_what_cannot_be_read_is_said(files: tuple[Path, Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{}\n")
    pair = RecordingPair(Jobs(lambda: 0))
    pair.choose(left=files[0], right=broken)
    await pair.compare()
    assert "broken.jsonl: line 1" in pair.summary()
    assert not pair.is_ready()
    pair.choose(right=files[0])
    await pair.compare()
    assert pair.summary() == "3 messages alike, and nothing else."


def test_the_window_compares_what_is_chosen(
    qapp: QApplication, data_dir: Path, files: tuple[Path, Path]
) -> None:
    async def story(person: Person) -> None:
        person.window.actions_by_name["compare_recordings"].trigger()
        dialog = next(each for each in person.window.findChildren(RecordingsDialog) if each.isVisible())
        for side, path in zip((Side.LEFT, Side.RIGHT), files, strict=True):
            chooser = dialog.choose(side)
            chooser.fileSelected.emit(str(path))
            chooser.close()
        await person.until(lambda: dialog.summary.text() == "1 message alike, 3 different.")
        assert dialog.names[Side.LEFT].text() == "a.jsonl"
        assert dialog.table.row_model.rowCount() == 3
        dialog.segments[Side.RIGHT].click()
        assert dialog.table.row_model.rowCount() == 1
        dialog.close()

    at_the_window(qapp, data_dir, story)
