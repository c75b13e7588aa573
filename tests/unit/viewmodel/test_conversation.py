"""The conversation panel: gathered when asked for, by what one wishes, gone through, stopped, taken away."""

import json
from typing import Any

from mqstudio.model.message import Properties
from mqstudio.model.rows import LifeStep
from mqstudio.viewmodel.conversation import ConversationPanel, kind_titles
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


class Desk:
    """A broker with a question and its answer, and a panel whose wishes are done at once."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.broker = ListBroker(self.clock)
        self.workspace = Workspace(self.clock)
        self.say("prices", "shop", correlation_id="k", type="GetPrice", reply_to="answers")
        self.say("answers", "pricing", correlation_id="k", type="Price")
        self.say("prices", "shop", correlation_id="x", type="GetPrice")
        self.broker.feed(self.workspace)
        self.panel = ConversationPanel(self.workspace)
        self.panel.wants_refresh.connect(self.refresh)

    def say(self, queue: str, client: str, **properties: Any) -> None:
        self.clock.advance(1)
        message_id = self.broker.add_message(queue)
        self.broker.properties[message_id] = Properties(**properties)
        at_us = self.clock.now_us
        self.broker.lives[message_id] = [
            LifeStep(at_us, "published", "", "", message_id, routing_key=queue, client=client),
            LifeStep(at_us + 9, "delivered", queue, "", message_id, client="worker", delivery_tag=1),
        ]

    def refresh(self) -> None:
        run_now(self.panel.refresh())


def test_it_says_what_to_do_before_anything_is_asked() -> None:
    desk = Desk()
    desk.refresh()
    assert "press S" in desk.panel.says()
    assert (desk.panel.text(), desk.panel.mermaid(), desk.panel.json()) == ("", "", "")


def test_a_conversation_is_gathered_and_gone_through() -> None:
    desk = Desk()
    panel = desk.panel
    panel.open("/", "prices", 1)
    assert panel.says().startswith("correlation id k")
    assert "2 messages" in panel.says() and not panel.is_searching
    assert panel.diagram is not None and len(panel.diagram.arrows) == 4
    panel.step(1)
    assert panel.facts().startswith("published")
    panel.step(10**6)
    assert panel.target() == ("/", "answers", 2)
    panel.step(-(10**6))
    assert panel.chosen == 0
    assert "reply to: answers" in panel.facts(0)
    panel.choose(None)
    assert (panel.facts(), panel.target()) == ("", None)


def test_it_is_put_together_by_something_else_when_one_wishes() -> None:
    desk = Desk()
    panel = desk.panel
    panel.open("/", "prices", 1)
    panel.use_by("type")
    assert panel.conversation is not None
    assert [each.part.message_id for each in panel.conversation.messages] == [1, 3]
    panel.use_by("no such thing")
    assert panel.diagram is None and panel.problem
    panel.use_by("")
    assert panel.by == "auto" and panel.problem == ""
    assert next(kind for kind, _ in kind_titles()) == "auto"


def test_a_message_that_is_gone_is_said() -> None:
    desk = Desk()
    panel = desk.panel
    panel.open("/", "prices", 99)
    assert panel.says() == panel.problem != ""


def test_a_choice_goes_when_another_conversation_comes() -> None:
    desk = Desk()
    panel = desk.panel
    panel.open("/", "prices", 1)
    panel.step(10**6)
    panel.open("/", "prices", 3)
    assert panel.chosen is None
    assert panel.diagram is not None and len(panel.diagram.arrows) == 2


def test_it_is_taken_away() -> None:
    desk = Desk()
    panel = desk.panel
    panel.open("/", "prices", 1)
    assert "shop → prices" in panel.text()
    assert panel.mermaid().startswith("sequenceDiagram")
    assert [each["part"]["message_id"] for each in json.loads(panel.json())["messages"]] == [1, 2]
    panel.stop()
    assert not panel.is_searching


def test_what_was_found_stays_when_one_stops_and_that_it_is_not_all_is_said() -> None:
    desk = Desk()
    panel = desk.panel
    panel.open("/", "prices", 1)
    panel.is_searching = True
    panel.stop()
    assert panel.diagram is not None and len(panel.diagram.arrows) == 4
    assert "The search was stopped" in panel.says()
