"""The log: one event per line, whatever peers put into it."""

import logging

import pytest

from mqstudio.server import log

HOSTILE = [
    "a\nb",
    "a\r\n2026-01-01T00:00:00.000Z INFO forged",
    "\x1b[2J",
    "\u2028\u2029\x85",
    "\u202etxt.exe",
    'a" level=INFO b="',
    "a\\",
    "key=value",
    "two words",
    "",
    "\ud800",
    " " + "x" * 100_000,
]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "mqstudio")
    return caplog


def test_plain_facts_are_written_plainly(lines: pytest.LogCaptureFixture) -> None:
    log.info("listening", port=5672, host="127.0.0.1")
    assert lines.messages == ["listening port=5672 host=127.0.0.1"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_one_quoted_value_on_one_line(
    lines: pytest.LogCaptureFixture, value: str
) -> None:
    log.warning("closed", why=value, after="end")
    (line,) = lines.messages
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert line.startswith('closed why="')
    assert line.endswith('" after=end')
    assert line.count('"') == 2
    assert len(line) < 6_000
    line.encode()


def test_levels(lines: pytest.LogCaptureFixture) -> None:
    log.info("a")
    log.warning("b")
    assert [record.levelname for record in lines.records] == ["INFO", "WARNING"]


def test_a_bug_comes_with_its_traceback(lines: pytest.LogCaptureFixture) -> None:
    try:
        raise RuntimeError("a bug")
    except RuntimeError:
        log.bug("connection_failed", peer="127.0.0.1:1")
    (record,) = lines.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "a bug"


def test_a_long_value_is_cut(lines: pytest.LogCaptureFixture) -> None:
    log.info("closed", why="x" * 100_000)
    assert lines.messages == ["closed why=" + "x" * log.VALUE_MAX]
