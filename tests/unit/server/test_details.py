"""One message whole, wherever it is: in hand, on disk only, ended, or lost with the memory of a broker."""

from pathlib import Path

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model import queries as q
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.rows import MessageState
from tests.support.profile import Profile
from tests.unit.server.test_pages import LASTING, READY, Paged


@pytest.fixture
def desk(tmp_path: Path) -> Paged:
    return Paged(tmp_path / "p.mqs")


async def test_a_message_on_disk_is_shown_whole(desk: Paged) -> None:
    desk.queue(desk.me, is_durable=True)
    for number in range(5):
        desk.publish(desk.me, traits=LASTING, body=b"body %d" % number)
    desk.page_out(2)
    detail = await desk.ask(q.GetMessage("q", 5))
    assert (detail.row.state, detail.body, detail.kept_bytes) == (READY, b"body 4", None)
    assert detail.row.publisher == "Ada"
    assert [step.what for step in detail.life] == ["published", "routed", "enqueued"]
    part = await desk.ask(q.GetMessage("q", 5, body_offset=5, body_limit=1))
    assert (part.body, part.row) == (b"4", detail.row)
    with pytest.raises(RefusedError) as refused:
        await desk.ask(q.GetMessage("q", 6))
    assert refused.value.why is Refusal.NO_SUCH_MESSAGE


async def test_a_body_that_was_cut_says_so(tmp_path: Path) -> None:
    desk = Paged(tmp_path / "p.mqs")
    desk.queue(desk.me)
    body = bytes(limits.LEDGER_BODY_BYTES + 10)
    desk.publish(desk.me, body=body)
    assert (await desk.ask(q.GetMessage("q", 1, body_limit=2**40))).body == body  # it is in hand
    desk.do(c.TakeMessage(desk.me, "q", is_auto_settled=True))
    detail = await desk.ask(q.GetMessage("q", 1, body_limit=2**40))
    assert (len(detail.body), detail.kept_bytes, detail.row.size_bytes) == (
        limits.LEDGER_BODY_BYTES,
        limits.LEDGER_BODY_BYTES,
        len(body),
    )


async def test_a_message_that_only_an_earlier_broker_had_is_lost_and_said_to_be(tmp_path: Path) -> None:
    before = Profile(tmp_path / "p.mqs")
    me = before.channel(before.connect("Ada"))
    before.queue(me, is_durable=True)
    before.publish(me)
    before.close()
    desk = Paged(tmp_path / "p.mqs", began_us=before.now_us + 1, first_id=50)
    detail = await desk.ask(q.GetMessage("q", 1))
    assert (detail.row.state, detail.row.ended_because) == (MessageState.DROPPED, "broker_stopped")


async def test_the_story_of_a_dead_letter_goes_back_to_what_it_was(desk: Paged) -> None:
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    desk.queue(desk.me, is_durable=True, arguments=dead)
    desk.queue(desk.me, "dead", is_durable=True)
    desk.publish(desk.me, traits=LASTING)
    desk.do(c.TakeMessage(desk.me, "q"))
    desk.settle(desk.me, 1, Outcome.REJECTED)
    detail = await desk.ask(q.GetMessage("dead", 2))
    assert [(step.message_id, step.what) for step in detail.life] == [
        (1, "published"),
        (1, "routed"),
        (1, "enqueued"),
        (1, "delivered"),
        (1, "settled"),
        (1, "dead_lettered"),
        (2, "published"),
        (2, "routed"),
        (2, "enqueued"),
    ]
