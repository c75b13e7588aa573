"""The triage of dead letters: a snapshot that stands still, groups, patches, redrives."""

from typing import Any

import pytest

from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import MessageState
from mqstudio.viewmodel import triage as module
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.letters import By
from mqstudio.viewmodel.triage import Triage, is_triage_wanted
from tests.support.list_broker import ListBroker, run_now
from tests.unit.viewmodel.conftest import Shop


class Desk:
    """A triage of `orders.dlq` with what it needs around it."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.broker = shop, shop.broker
        self.broker.add_queue("orders.dlq")
        self.jobs = Jobs(shop.site.workspace.now_us)
        self.triage = Triage(shop.site, self.jobs, "/", "orders.dlq")
        self.triage.sleep = self._sleep

    async def _sleep(self, _: float) -> None:
        pass

    def dead(self, body: bytes = b'{"total":-1}', error: str = "", **fields: Any) -> int:
        known = {"died_in": "orders", "died_of": "rejected", "deaths": 1, **fields}
        message_id = self.broker.add_message("orders.dlq", body, **known)
        if error:
            headers = [Header("error", "string", error)]
            self.broker.properties[message_id] = Properties(headers=headers)
        return message_id

    def take(self) -> Triage:
        self.shop.look()
        run_now(self.triage.take())
        run_now(self.triage.read())
        return self.triage

    def groups(self) -> list[tuple[str, int]]:
        return [(group.title, group.count) for group in self.triage.groups.rows]

    def bodies(self, queue: str) -> list[bytes]:
        return [self.broker.bodies[row.message_id] for row in self.broker.queues[queue]]


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


def test_letters_are_grouped_by_why_they_died(desk: Desk) -> None:
    for _ in range(3):
        desk.dead(error="ValidationError total<0")
    desk.dead(died_of="expired")
    triage = desk.take()
    assert desk.groups() == [("rejected: ValidationError total<0", 3), ("expired", 1)]
    assert triage.selected == "rejected: ValidationError total<0"
    assert [row.message_id for row in triage.samples.rows] == [3, 2, 1]
    assert triage.heading().startswith("4 messages, snapshot ")
    assert triage.start_words() == "Redrive 3 messages → orders"
    assert triage.problem() == ""


def test_the_snapshot_stands_still_and_what_is_new_is_included_when_asked(desk: Desk) -> None:
    desk.dead()
    triage = desk.take()
    desk.dead(died_of="expired")
    desk.shop.look()
    assert (len(triage), triage.new_count) == (1, 1)
    run_now(triage.include())
    assert (len(triage), triage.new_count) == (2, 0)
    assert desk.groups() == [("expired", 1), ("rejected", 1)]


def test_grouping_by_anything(desk: Desk) -> None:
    desk.dead(b'{"error":{"code":7}}', "boom")
    desk.dead(b'{"error":{"code":8}}', "boom", died_in="mail")
    desk.dead(b"text", died_in="mail")
    triage = desk.take()
    triage.group_by(By.SOURCE)
    assert desk.groups() == [("mail", 2), ("orders", 1)]
    triage.group_by(By.KEY)
    assert desk.groups() == [("orders.dlq", 3)]
    for by, detail, groups in (
        (By.EXCEPTION, "", [("boom", 2), ("(none)", 1)]),
        (By.HEADER, "error", [("boom", 2), ("(none)", 1)]),
        (By.PATH, "$.error.code", [("(no JSON)", 1), ("7", 1), ("8", 1)]),
        (By.PATH, "error", [("(no JSON)", 1), ("{'code': 7}", 1), ("{'code': 8}", 1)]),
    ):
        triage.group_by(by, detail)
        assert triage.reading() == "0 of 3 read"
        assert triage.problem() == "The letters are being read: the groups are not known yet."
        run_now(triage.read())
        assert desk.groups() == groups
        assert triage.reading() == ""
    triage.group_by(By.FIRST_SEEN)
    assert len(desk.groups()) == 1


def test_what_grouping_still_needs_is_said(desk: Desk) -> None:
    desk.dead()
    triage = desk.take()
    triage.group_by(By.HEADER)
    assert (triage.reading(), desk.groups()) == ("Type a header's name.", [("(not read yet)", 1)])
    triage.group_by(By.PATH)
    assert triage.reading() == "Type a path, such as $.error.code."
    triage.group_by(By.PATH, "$.[")
    assert "cannot be read" in triage.reading()
    run_now(triage.read())
    assert desk.groups() == [("(not read yet)", 1)]


def test_reading_is_asked_for_once_there_is_something_to_read(desk: Desk) -> None:
    asked = []

    def hear() -> None:
        asked.append(desk.triage.by)

    desk.triage.wants_read.connect(hear)
    desk.dead()
    desk.take()
    desk.triage.group_by(By.SOURCE)
    desk.triage.group_by(By.HEADER, "error")
    assert asked == [By.REASON, By.HEADER]


def test_of_very_many_letters_only_the_reason_is_shown_unasked(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "READ_UNASKED", 1)
    for _ in range(2):
        desk.dead(error="boom")
    triage = desk.take()
    assert desk.groups() == [("rejected", 2)]
    assert triage.reading() == "Group by exception to read what each says."
    triage.group_by(By.EXCEPTION)
    run_now(triage.read())
    assert desk.groups() == [("boom", 2)]


def test_more_than_it_holds_is_counted(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "TRIAGE_MESSAGES", 2)
    monkeypatch.setattr(module, "PAGE_MAX_ROWS", 2)
    for _ in range(5):
        desk.dead()
    triage = desk.take()
    assert (len(triage), triage.beyond) == (2, 3)
    assert triage.heading().startswith("2 messages of 5, snapshot ")


def test_letters_that_are_gone_when_they_are_read_leave_the_snapshot(desk: Desk) -> None:
    first, second = desk.dead(), desk.dead()
    desk.shop.look()
    run_now(desk.triage.take())
    desk.broker.change("orders.dlq", first, state=MessageState.DONE)
    desk.broker.queues["orders.dlq"] = [r for r in desk.broker.queues["orders.dlq"] if r.message_id != second]
    run_now(desk.triage.read())
    assert (len(desk.triage), desk.groups()) == (0, [])
    assert desk.triage.problem() == "There is nothing to redrive."


def test_a_patch_is_shown_on_three_before_it_is_done(desk: Desk) -> None:
    for n in range(4):
        desk.dead(b'{"total":-%d}' % n)
    desk.dead(b"no JSON")
    triage = desk.take()
    triage.edit_patch("$.total = abs($.total); header.fixed = true")
    run_now(triage.preview())
    assert [(each.message_id, each.before, each.after, each.problem) for each in triage.previews] == [
        (5, "no JSON", "", "The body is no JSON."),
        (4, '{"total":-3}', '{"total":3}  ·  header fixed = true', ""),
        (3, '{"total":-2}', '{"total":2}  ·  header fixed = true', ""),
    ]
    assert desk.bodies("orders.dlq")[0] == b'{"total":-0}'
    triage.edit_patch("$.total =")
    assert triage.problem().startswith("A value has to come here")
    assert triage.previews == []
    triage.edit_patch("")
    assert (triage.patch, triage.problem()) == (None, "")


def test_a_group_is_patched_redriven_and_had_back(desk: Desk) -> None:
    desk.dead(b'{"total":-1}', "bad")
    desk.dead(b'{"total":-2}', "bad")
    desk.dead(b"later", died_of="expired")
    triage = desk.take()
    triage.edit_patch("$.total = abs($.total)")
    run_now(triage.start())
    assert desk.bodies("orders") == [b'{"total":1}', b'{"total":2}']
    assert desk.groups() == [("expired", 1)]
    assert desk.shop.words() == ["Redrove 2 messages of orders.dlq to where they died."]
    desk.shop.undo()
    assert desk.bodies("orders.dlq") == [b'{"total":-1}', b'{"total":-2}', b"later"]
    assert desk.shop.words()[-1] == "2 messages are back in orders.dlq."
    run_now(triage.read())
    assert desk.groups() == [("rejected: bad", 2), ("expired", 1)]


def test_a_redrive_is_a_job_that_can_be_cancelled(desk: Desk) -> None:
    for _ in range(5):
        desk.dead()
    triage = desk.take()
    triage.edit(rate="4")
    seen = []

    async def sleep(_: float) -> None:
        job = desk.jobs.running_now[0]
        seen.append((job.title, job.done, job.total))
        job.cancel()

    triage.sleep = sleep
    run_now(triage.start())
    assert seen == [("Redrive 5 messages of orders.dlq to where they died", 1, 5)]
    assert desk.jobs.running_now == []
    assert triage.redrive is not None and triage.redrive.was_cancelled
    assert len(desk.bodies("orders")) == 1


def test_what_came_after_the_snapshot_is_not_swept_in(desk: Desk) -> None:
    desk.dead(b"old")
    triage = desk.take()
    desk.dead(b"new")
    run_now(triage.start())
    assert (desk.bodies("orders"), desk.bodies("orders.dlq")) == ([b"old"], [b"new"])


def test_what_cannot_start_says_why(desk: Desk) -> None:
    desk.dead(died_in="", died_of="")
    triage = desk.take()
    assert triage.problem() == "These never died: there is no queue to go back to. Choose one."
    for change, says in (
        ({"to": "orders.dlq"}, "in this queue already"),
        ({"to": "nowhere"}, "There is no queue nowhere"),
        ({"to": "orders", "rate": "fast"}, "The rate is a number"),
        ({"rate": "0"}, "The rate is a number"),
        ({"rate": "20", "stop": "0"}, "Stop after a whole number"),
        ({"stop": "some"}, "Stop after a whole number"),
    ):
        triage.edit(to=change.get("to"), rate=change.get("rate"), stop=change.get("stop"))
        assert says in triage.problem()
        run_now(triage.start())
    assert desk.bodies("orders") == []
    triage.edit(stop="", keeps_deaths=False)
    assert triage.problem() == ""
    plan = triage.plan()
    assert (plan.to, plan.rate_per_s, plan.stop_after, plan.keeps_deaths) == ("orders", 20.0, None, False)
    assert triage.start_words() == "Redrive 1 message → orders"


def test_nothing_done_is_told_and_offers_no_undo(desk: Desk) -> None:
    desk.dead()
    triage = desk.take()
    desk.broker.queues["orders.dlq"].clear()
    run_now(triage.start())
    assert desk.shop.words()[-1] == "Nothing was redriven: 0 of 1 sent · 1 stayed or were gone."
    assert desk.shop.site.undo.steps == []


def test_which_queues_are_for_dead_letters(desk: Desk, broker: ListBroker) -> None:
    run_now(broker.declare_queue("jobs", arguments={
        "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "jobs.dlq",
    }))  # fmt: skip
    run_now(broker.declare_queue("mail", arguments={"x-dead-letter-exchange": "dlx"}))
    run_now(broker.declare_exchange("dlx", "fanout"))
    for name in ("jobs.dlq", "mail.dlq"):
        run_now(broker.declare_queue(name))
    run_now(broker.bind("dlx", "mail.dlq"))
    desk.shop.look()
    structure = desk.shop.site.structure
    wanted = [name for name in broker.queues if is_triage_wanted(structure, "/", name)]
    assert wanted == ["jobs.dlq", "mail.dlq"]
