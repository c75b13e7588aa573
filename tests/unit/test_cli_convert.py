"""`mqstudio convert` and `mqstudio compare`: recordings without a broker, from any format to any."""

import subprocess
import sys
from pathlib import Path

import pytest

from mqstudio.client.recordings import as_ledger, open_recording
from mqstudio.exporters.base import NotReadableError, Options
from mqstudio.exporters.jsonl import EXPORTER
from tests.support.profile import Profile
from tests.unit.exporters.test_shape import a_record

FILES = Path(__file__).parent.parent / "support" / "files"
TRACE = FILES / "rabbitmq-tracing-json.log"


def mqstudio(*arguments: str | Path, code: int = 0) -> str:
    command = [sys.executable, "-m", "mqstudio", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_a_log_of_rabbitmq_becomes_a_ledger_and_back(tmp_path: Path) -> None:
    ledger, lines = tmp_path / "t.mqs", tmp_path / "t.jsonl"
    assert "Wrote 8 messages" in mqstudio("convert", TRACE, ledger)
    mqstudio("convert", ledger, lines)
    assert [each.body for each in open_recording(lines).records()] == [
        each.body for each in open_recording(TRACE).records()
    ]


def test_both_formats_of_the_log_tell_the_same() -> None:
    """But for a header without a value, which the format of JSON has a word for instead."""
    told = mqstudio("compare", TRACE, FILES / "rabbitmq-tracing-text.log", code=1)
    assert "6 messages alike, 2 different, 0 in" in told
    assert told.count("its properties") == 2


def test_what_differs_is_listed_and_is_the_exit_code(tmp_path: Path) -> None:
    less = tmp_path / "less.log"
    lines = TRACE.read_bytes().splitlines()
    less.write_bytes(b"\n".join([*lines[:1], *lines[2:]]))  # one copy of that message nobody has received
    told = mqstudio("compare", TRACE, less, code=1)
    assert "- audit" in told
    assert "1 in rabbitmq-tracing-json.log only, 0 in less.log only" in told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("convert", TRACE, "{}/a.docx"), "There are: "),
        (("convert", "{}/none.jsonl", "{}/a.csv"), "none.jsonl"),
        (("convert", FILES / "definitions-3.10.8.json", "{}/a.csv"), "no format that can be read"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, arguments: tuple[str | Path, ...], says: str) -> None:
    given = (str(each).format(tmp_path) for each in arguments)
    assert says in mqstudio(*given, code=1)


def test_secrets_are_taken_out_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    source, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    file = EXPORTER.write(Options())
    source.write_bytes(file.record(a_record(b'{"password": "hunter2-Zq9"}')))
    assert "1 secret was taken out of 1 message." in mqstudio("convert", source, target)
    assert b"hunter2" not in target.read_bytes()
    mqstudio("convert", source, target, "--force", "--redact", "none")
    assert target.read_bytes() == source.read_bytes()


def test_an_encrypted_ledger_wants_its_passphrase(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "p.mqs", key="correct horse")
    profile.queue(profile.channel(profile.connect("Ada")), is_durable=True)
    profile.close()
    target, key = tmp_path / "a.jsonl", tmp_path / "key"
    assert "passphrase" in mqstudio("convert", profile.path, target, code=1)
    key.write_text("correct horse\n")
    key.chmod(0o600)
    assert "Wrote 0 messages" in mqstudio("convert", profile.path, target, "--force", "--key-file", key)


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine")
    assert "is there already" in mqstudio("convert", TRACE, path, code=1)
    assert path.read_text() == "mine"
    mqstudio("convert", TRACE, path, "--force")
    assert path.read_text().startswith("id,")


def test_a_broken_recording_leaves_what_was_read_as_a_whole_file(tmp_path: Path) -> None:
    broken, path = tmp_path / "broken.log", tmp_path / "a.jsonl"
    broken.write_bytes(TRACE.read_bytes() + b"{}\n")
    assert "line 11" in mqstudio("convert", broken, path, code=1)
    list(open_recording(path).records())


async def test_what_is_no_ledger_is_made_one(tmp_path: Path) -> None:
    made = await as_ledger(TRACE, tmp_path / "made.mqs")
    assert sum(1 for _ in open_recording(made).records()) == 8
    assert await as_ledger(made, tmp_path / "other.mqs") == made
    with pytest.raises(NotReadableError, match="no format that can be read"):
        await as_ledger(FILES / "definitions-3.10.8.json", tmp_path / "no.mqs")
