"""Two programs ask and answer; their conversation is told and drawn right, whichever way it is asked for."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.stories.test_lifecycle import mqstudio
from tests.support.broker import running_broker
from tests.support.window import Person, at_the_window

PROGRAMS = Path(__file__).parent / "programs"
ARROWS = [
    "shop → prices GetPrice",
    "prices → pricing deliver",
    "pricing → ANSWERS reply Price",
    "ANSWERS → shop deliver",
    "pricing → prices ack",
    "shop → ANSWERS ack",
]
"""The last three by name: which of two programs acknowledges first is theirs."""


def they_talk(port: int, correlation_id: str) -> None:
    """One question and its answer, between two processes."""
    answering = subprocess.Popen([sys.executable, str(PROGRAMS / "answer.py"), str(port)])
    asking = [sys.executable, str(PROGRAMS / "ask.py"), str(port), correlation_id]
    asked = subprocess.run(asking, check=True, capture_output=True, text=True, timeout=60)
    assert asked.stdout.split("\n")[1] == '{"price": 12}'
    assert answering.wait(timeout=60) == 0


def last_by_name(found: list[str]) -> list[str]:
    """Arrows as ARROWS has them."""
    return found[:3] + sorted(found[3:])


def arrows(text: str) -> list[str]:
    """The arrows of a text, without their times."""
    found = []
    for line in text.splitlines()[1:]:
        route, words = line.split("  #")[0].strip().split("  ", 1)[1].strip().split("   ", 1)[0], line
        one, _, other = route.strip().partition(" → ")
        other = other.split("  ")[0]
        name = words.split(other, 1)[1].split("#")[0].split()
        said = " ".join(word for word in name if not word[0].isdigit() and word not in ("ms", "µs", "s"))
        found.append(f"{_named(one)} → {_named(other)} {said}")
    return found


def _named(name: str) -> str:
    return "ANSWERS" if name.startswith("amq.gen") else name


def test_a_question_and_its_answer_are_one_conversation(tmp_path: Path) -> None:
    """By its correlation id, by its question, by its trace, by a header and by a path into its body."""
    with running_broker(tmp_path / "data") as broker:
        they_talk(broker.port_amqp, "77ab")
        they_talk(broker.port_amqp, "other")
        data = tmp_path / "data"
        text = mqstudio(data, "conversation", "77ab")
        assert last_by_name(arrows(text)) == ARROWS, text
        assert (
            last_by_name(arrows(mqstudio(data, "conversation", "--of", "2", "--by", "correlation_id")))
            == ARROWS
        )
        assert last_by_name(arrows(mqstudio(data, "conversation", "--of", "1"))) == ARROWS
        assert last_by_name(arrows(mqstudio(data, "conversation", "--of", "1", "--by", "trace"))) == ARROWS
        assert len(arrows(mqstudio(data, "conversation", "8812", "--by", "headers.order"))) == 12
        by_body = arrows(mqstudio(data, "conversation", "8812", "--by", "body.order.id"))
        assert by_body == [
            "shop → prices GetPrice", "prices → pricing deliver", "pricing → prices ack",
        ] * 2  # fmt: skip
        drawn = mqstudio(data, "conversation", "77ab", "--mermaid")
        told = json.loads(mqstudio(data, "conversation", "77ab", "--json"))
    assert drawn.startswith("sequenceDiagram\n")
    assert "actor p0 as shop" in drawn and "p0->>p1: GetPrice (+0 µs)" in drawn
    assert [each["part"]["message_id"] for each in told["messages"]] == [1, 2]
    assert told["messages"][0]["reply_to"].startswith("amq.gen")


def test_what_nobody_said_is_a_sentence(tmp_path: Path) -> None:
    with (
        running_broker(tmp_path / "data", "--memory"),
        pytest.raises(AssertionError, match="No message that is kept has that"),
    ):
        mqstudio(tmp_path / "data", "conversation", "nothing-like-it")


def test_the_window_draws_who_asked_whom(qapp: QApplication, data_dir: Path) -> None:
    """S on the question opens the diagram under the list; a click on an arrow shows the answer."""

    async def story(person: Person) -> None:
        await asyncio.to_thread(they_talk, person.port, "77ab")
        await person.until(lambda: person.explorer("prices"))
        person.window.open_queue("/", "prices")
        await person.until(lambda: len(person.messages()) == 1)
        table = person.page.table
        person.click_row(table, 0)
        QTest.keyClick(table, Qt.Key.Key_S)
        talk = person.window.conversation
        await person.until(lambda: talk.panel.diagram is not None and not talk.panel.is_searching)
        drawn = talk.panel.diagram
        assert drawn is not None and talk.isVisible()
        names = [_named(each.title) for each in drawn.participants]
        assert names == ["shop", "prices", "pricing", "ANSWERS"]
        told = [(names[arrow.from_lane], names[arrow.to_lane], arrow.what) for arrow in drawn.arrows]
        assert told == [
            ("shop", "prices", "publish"), ("prices", "pricing", "deliver"),
            ("pricing", "ANSWERS", "publish"), ("pricing", "prices", "ack"),
            ("ANSWERS", "shop", "deliver"), ("shop", "ANSWERS", "ack"),
        ]  # fmt: skip
        place = QPoint(int(talk.canvas.x_of(2)), int(talk.canvas.y_of(2)))
        QTest.mouseClick(talk.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        inspector = person.studio.inspector
        await person.until(lambda: inspector.detail is not None and inspector.detail.row.message_id == 2)
        QTest.keyClick(talk.canvas, Qt.Key.Key_Escape)
        assert not talk.isVisible()

    at_the_window(qapp, data_dir, story)
