"""The lifecycle panel: asked for when somebody looks, looked into, gone through by keys, taken away."""

import json

from msgspec.structs import replace

from mqstudio.model.lifecycle import Lifecycle
from mqstudio.viewmodel.inspector import Inspector
from mqstudio.viewmodel.lifecycle import LifecyclePanel
from mqstudio.viewmodel.lifecycle_axis import Window
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now
from tests.unit.viewmodel.test_lifecycle_story import S, a_life


class Desk:
    """A panel on a broker made of lists, that answers what it is asked at once."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.broker = ListBroker(self.clock)
        self.workspace = Workspace(self.clock)
        self.broker.add_queue("orders", 3)
        self.broker.feed(self.workspace)
        self.inspector = Inspector(self.workspace, [])
        self.panel = LifecyclePanel(self.workspace, self.inspector)
        self.asked = 0
        self.panel.wants_refresh.connect(self.refresh)

    def refresh(self) -> None:
        self.asked += 1
        run_now(self.panel.refresh())

    def inspect(self, message_id: int) -> None:
        row = next(row for row in self.broker.queues["orders"] if row.message_id == message_id)
        run_now(self.inspector.show("/", row))

    def told(self) -> LifecyclePanel:
        self.broker.lifecycles[1] = a_life()
        self.panel.set_seen(True)
        self.inspect(1)
        return self.panel


def test_it_is_asked_for_only_while_somebody_looks_and_again_when_the_message_moves_on() -> None:
    desk = Desk()
    desk.inspect(1)
    assert (desk.asked, desk.panel.story) == (0, None)
    desk.panel.set_seen(True)
    assert desk.asked == 1
    desk.inspect(1)
    assert desk.asked == 1
    desk.broker.change("orders", 1, delivery_count=1)
    desk.inspect(1)
    assert desk.asked == 2
    desk.inspect(2)
    assert desk.panel.story is not None and desk.panel.story.message_id == 2
    run_now(desk.inspector.show("/", None))
    assert desk.panel.story is None


def test_a_refusal_is_said_in_place_of_the_story() -> None:
    desk = Desk()
    desk.panel.set_seen(True)
    desk.inspect(1)
    row = desk.broker.queues["orders"].pop(0)
    desk.inspector.detail = replace(desk.inspector.detail, row=replace(row, delivery_count=9))  # type: ignore[type-var]
    desk.inspector.changed.emit()
    assert (desk.panel.story, desk.panel.problem) == (None, "No queue has message 1.")


def test_keys_go_through_the_events_in_the_order_of_time() -> None:
    panel = Desk().told()
    assert panel.story is not None
    seen = []
    for _ in range(len(panel.story.marks) + 2):
        panel.step(1)
        assert panel.chosen_mark is not None
        seen.append(panel.chosen_mark.at_us)
    assert seen == sorted(seen) and seen[-1] == seen[-2]
    panel.step(-1)
    assert panel.chosen_mark is not None and panel.chosen_mark.at_us <= seen[-1]
    panel.choose_end(is_last=False)
    assert panel.facts()[0] == "published"
    panel.choose(None)
    assert panel.facts() == []


def test_what_is_chosen_is_seen_however_near_one_looks() -> None:
    panel = Desk().told()
    panel.zoom(6, around=0.0)
    assert panel.window.left == 0.0 and panel.window.width < 0.1
    panel.choose_end(is_last=True)
    assert panel.chosen_mark is not None
    share = panel.axis().share(panel.chosen_mark.at_us)
    assert panel.window.left <= share <= panel.window.right
    panel.use_log(False)
    assert (panel.window, panel.is_log) == (Window(), False)
    panel.zoom(1)
    panel.fit()
    assert panel.window == Window()


def test_events_without_room_between_them_are_one_sign() -> None:
    panel = Desk().told()
    axis = panel.axis()
    near = panel.clusters(1, axis, 0.001)
    assert [len(each.marks) for each in near] == [1, 1, 2, 1, 2]
    assert [len(each.marks) for each in panel.clusters(1, axis, 2.0)] == [7]


def test_a_hop_leads_to_the_other_message() -> None:
    panel = Desk().told()
    story = panel.story
    assert story is not None
    panel.choose(next(i for i, mark in enumerate(story.marks) if mark.leads_to))
    assert panel.target() == ("/", "dead", 2)
    assert panel.target_of(story.lanes[1]) is None  # it is in the inspector
    assert panel.target_of(story.lanes[2]) == ("/", "audit", 1)
    assert panel.target_of(story.lanes[3]) == ("/", "dead", 2)


def test_it_is_taken_away_as_text_json_and_for_export() -> None:
    panel = Desk().told()
    assert "message 2  dead letter of 1" in panel.text()
    assert [part["message_id"] for part in json.loads(panel.json())["parts"]] == [1, 2]
    wanted = panel.wanted()
    assert wanted is not None
    assert wanted.ids == frozenset({1, 2})
    assert set(wanted.queues) == {("/", "orders"), ("/", "audit"), ("/", "dead")}


def test_a_choice_beyond_the_events_of_a_shorter_story_is_given_up() -> None:
    desk = Desk()
    panel = desk.told()
    panel.choose_end(is_last=True)
    life = a_life()
    desk.broker.lifecycles[1] = Lifecycle(1, 8 * S, (replace(life.parts[0], steps=life.parts[0].steps[:2]),))
    desk.broker.change("orders", 1, delivery_count=2)
    desk.inspect(1)
    assert panel.chosen is None


def test_what_is_not_over_is_asked_for_again_while_somebody_looks() -> None:
    """A dead letter may be taken though the message in the inspector stays as it is."""
    desk = Desk()
    panel = desk.told()
    asked = desk.asked
    desk.broker.feed(desk.workspace)
    assert desk.asked == asked
    desk.clock.advance(2)
    desk.broker.lifecycles[1] = replace(a_life(), parts=a_life().parts[:1])
    desk.broker.feed(desk.workspace)
    assert desk.asked == asked + 1
    assert panel.story is not None and len(panel.story.lanes) == 3
    panel.set_seen(False)
    desk.clock.advance(2)
    desk.broker.feed(desk.workspace)
    assert desk.asked == asked + 1
