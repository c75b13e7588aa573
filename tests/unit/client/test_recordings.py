"""Files of recorded messages are opened by their names, and read as often as asked."""

from pathlib import Path

import pytest

from mqstudio.client.recordings import open_recording
from mqstudio.exporters import jsonl, messagepack
from mqstudio.exporters.base import Exporter, NotReadableError, Options
from tests.unit.exporters.test_shape import a_record


@pytest.mark.parametrize(
    ("name", "exporter"), [("a.jsonl", jsonl.EXPORTER), ("A.MSGPACK", messagepack.EXPORTER)]
)
def test_a_recording_is_read_as_often_as_asked(tmp_path: Path, name: str, exporter: Exporter) -> None:
    file = exporter.write(Options())
    path = tmp_path / name
    path.write_bytes(file.begin() + file.record(a_record()) + file.end())
    recording = open_recording(path)
    assert recording.name == name
    assert list(recording.records()) == list(recording.records()) == [a_record()]


def test_what_cannot_be_read_says_what_can(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.touch()
    with pytest.raises(NotReadableError, match=r"There are: .*\.jsonl.*\.msgpack"):
        open_recording(path)
    with pytest.raises(OSError, match="No such file"):
        open_recording(tmp_path / "none.jsonl")


def test_a_broken_file_says_which_and_where(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text("{}\n")
    with pytest.raises(NotReadableError, match=r"broken\.jsonl: line 1"):
        list(open_recording(path).records())
