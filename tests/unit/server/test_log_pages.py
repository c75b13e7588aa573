"""Pages of a log: what it keeps is there whoever has read it, what it dropped is told of once."""

from mqstudio.model import commands as c
from mqstudio.model import queries as q
from mqstudio.model.rows import MessageState
from tests.unit.server.test_queries import Desk


def read_log() -> Desk:
    """Messages 1 to 4 of a log that keeps three; one reader has settled all it saw, another holds it."""
    desk = Desk()
    desk.do(c.DeleteQueue(desk.me, "q"))
    arguments = {"x-queue-type": "stream", "x-max-length-bytes": 3}
    desk.queue(desk.me, is_durable=True, arguments=arguments)
    for tag in ("settles", "holds"):
        desk.subscribe(desk.me, tag=tag, credit=10)
    for _ in range(4):
        desk.publish(desk.me, body=b"x")
    for tag in (1, 3, 5, 7):
        desk.accept(desk.me, tag)
    return desk


def test_a_log_has_what_it_keeps_and_what_it_dropped_each_once() -> None:
    desk = read_log()
    rows = [(row.message_id, str(row.state), row.ended_because) for row in desk.rows()]
    assert rows == [(4, "ready", ""), (3, "ready", ""), (2, "ready", ""), (1, "dropped", "retention")]
    assert desk.ids(states=[MessageState.DONE]) == []
    assert desk.ids(states=[MessageState.IN_FLIGHT]) == []
    assert desk.ask(q.GetPage("q")).total_live == 3
    assert desk.ids(limit=1) == [4]
    assert desk.ids(limit=2, after_id=3) == [2, 1]


def test_a_message_of_a_log_tells_who_read_it() -> None:
    detail = read_log().ask(q.GetMessage("q", 3))
    assert str(detail.row.state) == "ready"
    told = [step.what for step in detail.life]
    assert (told.count("delivered"), told.count("settled")) == (2, 1)
