"""Alarms: who is told that memory is short, when, and what goes on meanwhile.

Not a conversation of the table: both brokers have to be steered from outside. A message whose publisher is
about to be blocked waits with RabbitMQ until the alarm is over, and reaches its queue at once with us:
what is compared is that each gets there.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mqstudio.server.broker import Broker
from tests.differential.chan import OverError
from tests.differential.conftest import difference
from tests.differential.line import CAPABILITIES, Line
from tests.differential.talk import Place, Talk
from tests.differential.wire import SilenceError
from tests.support.rabbitmq import RabbitNode

PLENTY, NOTHING = 1 << 40, -1
TICK_S = 0.02
CANNOT_HEAR = [each for each in CAPABILITIES if each != "connection.blocked"]

Raise = Callable[[bool], None]


def conversation(talk: Talk, raise_alarm: Raise) -> None:
    """Publishers hear of it when they publish; who only consumes is answered."""
    lines = [talk.connect(), talk.connect(), talk.connect(), talk.connect(capabilities=CANNOT_HEAR)]
    publisher, idle, consumer, _ = lines
    one, two, three, four = (line.channel() for line in lines)
    one.queue()
    three.consume(no_ack=True)
    one.publish("q", b"before")
    three.hear()
    raise_alarm(True)
    talk.say(f"the consumer is told: {_is_told(consumer)}; who has not published yet: {_is_told(idle)}")
    one.publish("q", b"while it is on")
    publisher.hear()
    two.publish("q", b"from another")
    idle.hear()
    four.publish("q", b"from one that cannot hear")
    three.send("queue.bind", queue="q", exchange="amq.direct")
    came = [three.answer()]
    while came[-1].name != "queue.bind-ok":
        came.append(three.answer())
    raise_alarm(False)
    publisher.hear()
    idle.hear()
    for channel in (one, two, four):
        channel.call("basic.qos")
    while len(came) < 4:
        came.append(three.answer())
    talk.say(str(sorted((item.name, item.body) for item in came)))


def _is_told(line: Line) -> bool:
    try:
        line.link.receive(0, 0.3)
    except SilenceError:
        return False
    return True


def held(place: Place, raise_alarm: Raise) -> list[str]:
    talk = Talk(place)
    try:
        conversation(talk, raise_alarm)
    except OverError:
        pass  # it is written down why
    finally:
        raise_alarm(False)
        talk.end()
    return talk.lines


@contextmanager
def our_broker() -> Iterator[tuple[Place, Raise]]:
    """A broker of ours in a thread, whose memory runs short when told."""
    broker, loop = Broker(memory_high_water_bytes=PLENTY), asyncio.new_event_loop()

    def tick() -> None:
        broker.tick()
        loop.call_later(TICK_S, tick)

    def raise_alarm(is_on: bool) -> None:
        async def change() -> None:
            broker.memory_high_water_bytes = NOTHING if is_on else PLENTY
            broker.tick()

        asyncio.run_coroutine_threadsafe(change(), loop).result()

    server = loop.run_until_complete(loop.create_server(lambda: broker.new_link("amqp091"), "127.0.0.1", 0))
    loop.call_soon(tick)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Place("MQ Studio", server.sockets[0].getsockname()[1]), raise_alarm
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()


def test_a_memory_alarm(rabbitmq: RabbitNode) -> None:
    """The same is heard from both, in the same order."""

    def raise_alarm(is_on: bool) -> None:
        alarm = "{resource_limit, memory, node()}"
        what = f"set_alarm({{{alarm}, []}})" if is_on else f"clear_alarm({alarm})"
        rabbitmq.control("eval", f"rabbit_alarm:{what}.")

    theirs = held(Place("RabbitMQ", rabbitmq.port, rabbitmq.port_http), raise_alarm)
    with our_broker() as (place, raise_ours):
        ours = held(place, raise_ours)
    assert difference(theirs, ours) == ([], [])
    assert "[1.0] connection.blocked reason='low on memory'" in ours
