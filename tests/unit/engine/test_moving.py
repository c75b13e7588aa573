"""Moving, copying, redriving, and undoing that."""

from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model import verbs as v
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import CHANGE_MAX_BYTES, MOVES_KEPT
from mqstudio.model.message import HUB_FORMAT, Message, Properties, decode_properties, traits
from tests.support.driver import Driver


def new_driver(*queues: str) -> tuple[Driver, int]:
    driver = Driver()
    channel = driver.channel()
    for name in queues:
        driver.queue(channel, name)
    return driver, channel


def messages(driver: Driver, name: str) -> list[Message]:
    return list(driver.engine.vhosts["/"].queues[name].ready)


def test_moved_messages_are_gone_there_and_here_in_the_order_they_had() -> None:
    driver, channel = new_driver("a", "b")
    for body in (b"1", b"2", b"3"):
        driver.publish(channel, "a", body)
    driver.publish(channel, "b", b"0")
    reply = driver.do(v.MoveMessages(channel, "a", (3, 1), v.Destination("b")))
    assert [m.body for m in messages(driver, "a")] == [b"2"]
    assert [m.body for m in messages(driver, "b")] == [b"0", b"1", b"3"]
    assert (reply.count, reply.successors, reply.queues) == (2, (5, 6), ("b",))
    assert [(m.message.id, m.successor_id) for m in driver.of(e.MessageMoved)] == [(1, 5), (3, 6)]
    assert driver.of(e.Intervened)[0].verb == "move"


def test_a_moved_message_says_all_that_it_said_and_what_it_was() -> None:
    driver, channel = new_driver("a", "b")
    asked = traits(is_persistent=True, priority=3, ttl_us=10**9, extra_keys=("b",))
    driver.publish(channel, "a", b"x", traits=asked)
    driver.do(v.MoveMessages(channel, "a", (1,), v.Destination("b")))
    moved = messages(driver, "b")[-1]
    assert (moved.body, moved.exchange, moved.routing_key) == (b"x", "", "a")
    assert moved.traits == traits(is_persistent=True, priority=3, ttl_us=10**9)
    assert moved.past is not None and moved.past.moved is not None
    assert (moved.past.parent_id, moved.past.moved.how, moved.past.moved.queue) == (1, "move", "a")


def test_undoing_brings_back_the_very_same_message_to_its_place() -> None:
    driver, channel = new_driver("a", "b")
    asked = traits(priority=3, extra_keys=("nowhere",))
    for _ in range(3):
        driver.publish(channel, "a", b"x", traits=asked)
    before = messages(driver, "a")
    reply = driver.do(v.MoveMessages(channel, "a", (2,), v.Destination("b")))
    back = driver.do(v.MoveBack(channel, "b", reply.successors))
    assert (back.count, messages(driver, "a"), messages(driver, "b")) == (1, before, [])
    assert driver.of(e.MessageRestored)[0].bin_id == 0


def test_what_was_taken_meanwhile_stays_moved() -> None:
    driver, channel = new_driver("a", "b")
    driver.publish(channel, "a")
    driver.publish(channel, "a")
    reply = driver.do(v.MoveMessages(channel, "a", (1, 2), v.Destination("b")))
    driver.do(c.TakeMessage(channel, "b"))
    back = driver.do(v.MoveBack(channel, "b", reply.successors))
    assert (back.count, back.left, driver.ready("a")) == (1, (3,), [2])


def test_a_move_by_an_exchange_goes_wherever_that_leads_and_comes_back_once() -> None:
    driver, channel = new_driver("a", "b", "c")
    driver.do(c.DeclareExchange(channel, "x", "fanout"))
    for name in ("b", "c"):
        driver.do(c.Bind(channel, "x", name))
    driver.publish(channel, "a")
    reply = driver.do(v.MoveMessages(channel, "a", (1,), v.Destination(exchange="x")))
    assert (reply.queues, driver.ready("b"), driver.ready("c")) == (("b", "c"), [2], [2])
    driver.do(v.MoveBack(channel, "b", reply.successors))
    assert (driver.ready("a"), driver.ready("b"), driver.ready("c")) == ([1], [], [])


def test_it_does_not_come_back_where_another_queue_has_handed_it_over() -> None:
    driver, channel = new_driver("a", "b", "c")
    driver.do(c.DeclareExchange(channel, "x", "fanout"))
    for name in ("b", "c"):
        driver.do(c.Bind(channel, "x", name))
    driver.publish(channel, "a")
    reply = driver.do(v.MoveMessages(channel, "a", (1,), v.Destination(exchange="x")))
    driver.do(c.TakeMessage(channel, "c"))
    assert driver.do(v.MoveBack(channel, "b", reply.successors)).left == (2,)
    assert driver.ready("b") == [2]


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (v.Destination("a"), Refusal.INVALID_ARGUMENT),
        (v.Destination("gone"), Refusal.NO_SUCH_QUEUE),
        (v.Destination(exchange="gone"), Refusal.NO_SUCH_EXCHANGE),
        (v.Destination(exchange="", routing_key="gone"), Refusal.INVALID_ARGUMENT),
        (v.Destination("full"), Refusal.TOO_MANY),
    ],
)
def test_a_move_that_would_lose_messages_changes_nothing(to: v.Destination, why: Refusal) -> None:
    driver, channel = new_driver("a")
    driver.queue(channel, "full", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    driver.publish(channel, "a")
    driver.publish(channel, "a")
    with pytest.raises(RefusedError) as refused:
        driver.do(v.MoveMessages(channel, "a", (1, 2), to))
    assert (refused.value.why, driver.ready("a"), driver.events) == (why, [1, 2], [])


def test_a_copy_leaves_the_old_one_even_in_the_hands_of_its_holder() -> None:
    driver, channel = new_driver("a", "b")
    driver.publish(channel, "a", b"x")
    driver.do(c.TakeMessage(channel, "a"))
    reply = driver.do(v.MoveMessages(channel, "a", (1,), v.Destination("b"), is_copy=True))
    assert (reply.count, [m.body for m in messages(driver, "b")]) == (1, [b"x"])
    driver.accept(channel, 1)


def dead(keeps_deaths: bool) -> tuple[Driver, int, Any]:
    driver, channel = new_driver("dead")
    to_dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    driver.queue(channel, "work", arguments=to_dead)
    driver.publish(channel, "work", traits=traits(ttl_us=10**9))
    driver.do(c.TakeMessage(channel, "work"))
    driver.settle(channel, 1, Outcome.REJECTED)
    driver.publish(channel, "dead")
    reply = driver.do(v.RedriveMessages(channel, "dead", (2, 3), keeps_deaths=keeps_deaths))
    return driver, channel, reply


def test_dead_letters_go_back_to_where_they_died_and_what_never_died_stays() -> None:
    driver, channel, reply = dead(keeps_deaths=True)
    assert (reply.count, reply.left, driver.ready("dead")) == (1, (3,), [3])
    (again,) = messages(driver, "work")
    assert (again.exchange, again.routing_key) == ("", "work")
    assert again.past is not None and [d.queue for d in again.past.deaths] == ["work"]
    driver.do(c.TakeMessage(channel, "work"))
    driver.settle(channel, 2, Outcome.REJECTED)
    assert messages(driver, "dead")[-1].past.deaths[0].count == 2  # type: ignore[union-attr]  # it has died


def test_without_its_deaths_it_is_as_it_was_published() -> None:
    driver, _, _ = dead(keeps_deaths=False)
    (again,) = messages(driver, "work")
    assert again.past is not None and again.past.deaths == ()
    assert again.traits.ttl_us == 10**9


def test_a_past_does_not_grow_with_every_move() -> None:
    driver, channel = new_driver("a", "b")
    driver.publish(channel, "a")
    names = ("a", "b")
    for count in range(3 * MOVES_KEPT):
        source, to = names[count % 2], names[1 - count % 2]
        driver.do(v.MoveMessages(channel, source, tuple(driver.ready(source)), v.Destination(to)))
    depth, past = 0, messages(driver, "a")[0].past
    while past is not None and past.moved is not None:
        depth, past = depth + 1, past.moved.before
    assert depth == MOVES_KEPT + 1


def test_nothing_moves_out_of_a_log_but_copies_do() -> None:
    driver, channel = new_driver("b")
    driver.queue(channel, "log", is_durable=True, arguments={"x-queue-type": "stream"})
    driver.publish(channel, "log", b"x")
    with pytest.raises(RefusedError) as refused:
        driver.do(v.MoveMessages(channel, "log", (1,), v.Destination("b")))
    assert refused.value.why is Refusal.NOT_SUPPORTED
    assert driver.do(v.MoveMessages(channel, "log", (1,), v.Destination("b"), is_copy=True)).count == 1


def test_a_message_changed_on_its_way_says_something_else_and_knows_what_it_said() -> None:
    driver, channel = new_driver("a", "b")
    driver.publish(channel, "a", b"old")
    driver.publish(channel, "a", b"same")
    before = messages(driver, "a")
    said = Properties(message_id="m")
    changed = (v.Changed(1, b"newer", said),)
    reply = driver.do(v.MoveMessages(channel, "a", (1, 2), v.Destination("b"), changed=changed))
    new, same = messages(driver, "b")
    assert (new.body, new.format, decode_properties(new.properties)) == (b"newer", HUB_FORMAT, said)
    assert new.held_bytes == before[0].held_bytes + len(new.properties) + len(b"newer")
    assert (same.body, same.past.moved.original) == (b"same", None)  # type: ignore[union-attr]  # it was moved
    driver.do(v.MoveBack(channel, "b", reply.successors))
    assert messages(driver, "a") == before


def test_a_changed_copy_leaves_the_old_one_as_it_was() -> None:
    driver, channel = new_driver("a", "b")
    driver.publish(channel, "a", b"old")
    changed = (v.Changed(1, b"new", Properties()),)
    driver.do(v.MoveMessages(channel, "a", (1,), v.Destination("b"), True, changed=changed))
    assert [m.body for m in messages(driver, "a") + messages(driver, "b")] == [b"old", b"new"]


def test_what_is_too_large_to_be_changed_is_refused_before_anything_is_moved() -> None:
    driver, channel = new_driver("a", "b")
    driver.publish(channel, "a", b"x")
    driver.publish(channel, "a", b"x" * (CHANGE_MAX_BYTES + 1))
    changed = (v.Changed(2, b"", Properties()),)
    with pytest.raises(RefusedError) as refusal:
        driver.do(v.MoveMessages(channel, "a", (1, 2), v.Destination("b"), changed=changed))
    assert refusal.value.why is Refusal.TOO_LARGE
    assert len(messages(driver, "a")) == 2


def test_a_changed_message_is_treated_as_it_says_now() -> None:
    """Another priority and another time to live count from there on; undone, the old ones."""
    driver, channel = new_driver("a", "b")
    driver.publish(channel, "a", b"x", traits=traits(priority=3, ttl_us=10**9))
    asked = traits(is_persistent=True, priority=7)
    said = Properties(delivery_mode=2, priority=7)
    driver.do(
        v.MoveMessages(channel, "a", (1,), v.Destination("b"), changed=(v.Changed(1, b"y", said, asked),))
    )
    assert messages(driver, "b")[0].traits == asked
    driver.do(v.MoveBack(channel, "b", (messages(driver, "b")[0].id,)))
    assert messages(driver, "a")[0].traits == traits(priority=3, ttl_us=10**9)
