"""What was sent: the latest first, bounded, over restarts, searched."""

import stat
from pathlib import Path

import pytest

from mqstudio.model import limits
from mqstudio.viewmodel import history as module
from mqstudio.viewmodel.history import FILE_NAME, History
from mqstudio.viewmodel.publish_draft import BodyKind, Draft, HeaderDraft


def filled(folder: Path, count: int) -> History:
    history = History()
    history.open(folder)
    for n in range(count):
        history.add(n, Draft(routing_key=f"key-{n}", body=f"body {n}"), f"Sent {n}.")
    return history


def test_the_last_five_hundred_survive_a_restart(tmp_path: Path) -> None:
    """In order, the latest first; the file does not grow beyond twice as many."""
    before = filled(tmp_path, 2 * limits.SENT_MAX + 300)
    assert len(before.sent) == limits.SENT_MAX
    assert len((tmp_path / FILE_NAME).read_bytes().splitlines()) <= 2 * limits.SENT_MAX
    after = History()
    after.open(tmp_path)
    assert after.sent == before.sent
    assert after.sent[0].draft.routing_key == f"key-{2 * limits.SENT_MAX + 299}"


def test_everything_of_a_draft_is_kept(tmp_path: Path) -> None:
    draft = Draft(
        "x", "k", {"type": "é"}, [HeaderDraft("t", "table", "", (HeaderDraft("a", "int8", "1"),))], "00",
        "other", BodyKind.HEX, "", True, True, "5", "2", "a b", "7", ("headers",),
    )  # fmt: skip
    history = History()
    history.open(tmp_path)
    history.add(1, draft, "Sent.")
    again = History()
    again.open(tmp_path)
    assert again.sent[0].draft == draft


def test_a_long_body_is_not_kept(tmp_path: Path) -> None:
    """That there was one is."""
    history = filled(tmp_path, 0)
    history.add(1, Draft(body="x" * (limits.SENT_BODY_BYTES + 1)), "Sent.")
    assert history.sent[0].is_cut
    assert history.sent[0].draft.body == ""


def test_the_file_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large bodies do not make it larger: the oldest go."""
    monkeypatch.setattr(module, "SENT_FILE_BYTES", 10_000)
    history = History()
    history.open(tmp_path)
    for n in range(100):
        history.add(n, Draft(body=str(n) * 500), "Sent.")
        assert (tmp_path / FILE_NAME).stat().st_size < 12_000
    again = History()
    again.open(tmp_path)
    assert again.sent[0] == history.sent[0]


def test_the_rest_of_a_damaged_file_is_read(tmp_path: Path) -> None:
    """A line cut off by a crash, or of something else, costs that line."""
    filled(tmp_path, 3)
    path = tmp_path / FILE_NAME
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], b'{"at_us":', b"\xff", lines[2][:20]]))
    history = History()
    history.open(tmp_path)
    assert [each.at_us for each in history.sent] == [0]


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_all_words_have_to_occur() -> None:
    """In key, body, properties or headers; capitals do not count."""
    history = History()
    history.add(1, Draft(routing_key="orders", body="Ada"), "Sent.")
    history.add(
        2, Draft(routing_key="orders", properties={"type": "new"}, headers=[HeaderDraft("t", text="B")]), ""
    )
    assert [each.at_us for each in history.find("ORDERS ada")] == [1]
    assert [each.at_us for each in history.find("orders")] == [2, 1]
    assert [each.at_us for each in history.find("new b")] == [2]
    assert history.find("nothing") == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """What was sent is remembered for now, and why it will not last is known."""
    (tmp_path / "file").write_text("")
    history = History()
    history.open(tmp_path / "file")
    history.add(1, Draft(), "Sent.")
    assert history.problem
    assert len(history.sent) == 1
