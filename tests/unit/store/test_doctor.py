"""A file is looked through, and what can be read of a damaged one is saved; the file itself stays."""

from pathlib import Path

import apsw
import pytest

from mqstudio.model import commands as c
from mqstudio.model.message import traits
from mqstudio.store import lenient, restore
from mqstudio.store.doctor import examine
from mqstudio.store.problems import ProfileError
from mqstudio.store.profile_file import open_for_writing
from mqstudio.store.salvage import salvage
from tests.support.profile import Profile

PERSISTENT = traits(True)
PAGE = 4096


def build(path: Path, *, key: str | None = None, messages: int = 50) -> Profile:
    profile = Profile(path, key=key)
    me = profile.channel(profile.connect())
    profile.queue(me, is_durable=True)
    for number in range(messages):
        profile.publish(me, body=b"%d" % number + bytes(500), traits=PERSISTENT)
    for _ in range(5):
        profile.do(c.TakeMessage(me, "q", True))
    return profile


def test_a_sound_file_is_said_to_be_so(tmp_path: Path) -> None:
    path = build(tmp_path / "p.mqs").export(tmp_path / "copy.mqs")
    before = path.read_bytes()
    seen: list[tuple[int, int]] = []
    report = examine(path, told=lambda number, count: seen.append((number, count)))
    assert report.damage == ()
    assert any("50 messages" in each for each in report.facts)
    assert seen[-1] == (50, 50)
    assert path.read_bytes() == before


def test_an_encrypted_one_needs_its_key(tmp_path: Path) -> None:
    path = build(tmp_path / "p.mqs", key="secret").export(tmp_path / "copy.mqs")
    assert examine(path, key="secret").damage == ()
    for key in (None, "wrong"):
        with pytest.raises(ProfileError) as refused:
            examine(path, key=key)
        assert refused.value.problem.kind == "key"


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE message SET body=x'00' WHERE id=7", "Message 7 is not what was written."),
        ("UPDATE message SET traits='{}' WHERE id=7", "Message 7 is not what was written."),
        ("DELETE FROM message WHERE id=50", "1 places in queues are left of messages that are gone."),
        ("UPDATE place SET deliveries=9 WHERE message_id=8", "1 places in queues are not what was written."),
        ("UPDATE definition SET spec='{' WHERE kind='queue'", "The queue 'q' of virtual host '/' is not"),
        ("DELETE FROM definition WHERE kind='queue'", "messages wait in queues that are not defined"),
        ("UPDATE progress SET next_message_id=1", "What tells how far it has come is damaged"),
        ("INSERT INTO held VALUES (99, '/', '', 0, 0)", "1 delayed messages are gone."),
    ],
)
def test_damage_is_told(tmp_path: Path, sql: str, says: str) -> None:
    path = build(tmp_path / "p.mqs").export(tmp_path / "copy.mqs")
    connection = apsw.Connection(str(path))
    connection.execute(sql)
    connection.close()
    report = examine(path)
    assert any(says in each for each in report.damage), report.damage


def test_many_damaged_messages_are_counted(tmp_path: Path) -> None:
    profile = build(tmp_path / "p.mqs")
    profile.save()
    profile.damage("UPDATE message SET body=x'00'")
    report = examine(profile.export(tmp_path / "copy.mqs"))
    assert report.damage[-1] == "So are 40 more messages."


def test_what_can_be_read_is_saved(tmp_path: Path) -> None:
    profile = build(tmp_path / "p.mqs")
    profile.save()
    profile.damage("UPDATE message SET body=x'00' WHERE id=7")
    path = profile.export(tmp_path / "copy.mqs")
    before = path.read_bytes()
    left_out = salvage(path, tmp_path / "saved.mqs")
    assert path.read_bytes() == before
    assert left_out == [
        "1 messages could not be read, or were not what was written.",
        "1 rows of the table place were of messages that are gone.",
    ]
    connection = open_for_writing(tmp_path / "saved.mqs")
    found = restore.opened(connection)
    connection.close()
    (queue,) = found.state.queues
    assert [entry.message.id for entry in queue.entries] == [6, *range(8, 51)]
    assert found.state.next_message_id == 51
    assert found.state.next_queue_id == queue.ref.id + 1
    assert examine(tmp_path / "saved.mqs").damage == ()


def test_a_hole_in_the_file_is_gone_around(tmp_path: Path) -> None:
    path = build(tmp_path / "p.mqs", messages=400).export(tmp_path / "copy.mqs")
    data = bytearray(path.read_bytes())
    for number in range(len(data) // PAGE):  # a page in the middle of the bodies
        page = data[number * PAGE : (number + 1) * PAGE]
        if b"200" + bytes(500) in page:
            data[number * PAGE : (number + 1) * PAGE] = b"\xff" * PAGE
            break
    path.write_bytes(data)
    assert examine(path).damage
    left_out = salvage(path, tmp_path / "saved.mqs")
    assert left_out
    connection = open_for_writing(tmp_path / "saved.mqs")
    saved = [message_id for message_id, message in lenient.messages(connection) if message is not None]
    restore.opened(connection)
    connection.close()
    assert 380 < len(saved) < 400
    assert {1, 400} <= set(saved)


def test_what_is_saved_replaces_nothing(tmp_path: Path) -> None:
    path = build(tmp_path / "p.mqs").export(tmp_path / "copy.mqs")
    (tmp_path / "taken.mqs").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        salvage(path, tmp_path / "taken.mqs")
    assert (tmp_path / "taken.mqs").read_bytes() == b"mine"


@pytest.mark.parametrize("content", [b"", b"no database at all" * 300])
def test_what_is_none_of_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.mqs"
    path.write_bytes(content)
    if content:
        with pytest.raises(ProfileError):
            examine(path)
    else:
        assert examine(path).damage
    assert path.read_bytes() == content
