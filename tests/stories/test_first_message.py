"""A newcomer's first ten minutes: a window, two tutorial programs, and what becomes of their messages."""

from collections.abc import Callable
from pathlib import Path

import pika
import psutil
import pytest
from PySide6.QtWidgets import QApplication

from mqstudio.model.rows import MessageState
from tests.support.programs import Program, Programs
from tests.support.window import Person, at_the_window

HELLO = "Hello World!"
TEN = [f"number {n}" for n in range(10)]

Start = Callable[[Programs, int], Program]


def test_a_first_message(qapp: QApplication, data_dir: Path, programs: Programs) -> None:
    """Pika's tutorial programs send and receive; the window shows the message in each of its states."""

    async def story(person: Person) -> None:
        welcome = person.window.welcome
        await person.until(lambda: f"'localhost', {person.port}" in welcome.snippet.text.toPlainText())
        assert welcome.status.text() == "Waiting for your program…"
        await _send_and_see(person, programs)
        receiver = await _receive_and_see(person, programs)
        await _publish_from_the_window(person, receiver)
        receiver.interrupt()
        await person.until(receiver.has_ended)
        await person.until(lambda: person.cells(person.window.clients.table, "library") == [])

    at_the_window(qapp, data_dir, story)


async def _send_and_see(person: Person, programs: Programs) -> None:
    """The queue appears in the explorer, the message as a row that waits."""
    sender = programs.python("send.py", person.port)
    await person.until(sender.has_ended)
    # It was there for a few milliseconds, and the page that gave its snippet has seen it all the same.
    status = person.window.welcome.status
    await person.until(lambda: status.text().startswith(f"pika {pika.__version__}"))
    assert status.text().endswith("connected")
    await person.until(lambda: person.explorer("hello"))
    await person.until(lambda: person.counts("hello") == (1, 0))
    person.open_queue("hello")
    table = person.page.table
    await person.until(person.shows(table, "state", "Ready"))
    assert person.cells(table, "body") == [HELLO]
    assert person.cells(table, "key") == ["hello"]
    assert person.cells(table, "progress")[0].startswith("waiting")


async def _receive_and_see(person: Person, programs: Programs) -> Program:
    """The receiver is a client, gets the message, and the row stays, done, with its times."""
    receiver = programs.python("receive.py", person.port)
    await person.until(lambda: receiver.said(f"Received b'{HELLO}'"))
    table = person.page.table
    await person.until(person.shows(table, "state", "Done"))
    assert person.cells(table, "progress")[0].startswith("waited")
    (row,) = person.messages()
    assert row.published_at_us <= row.enqueued_at_us <= row.delivered_at_us <= row.ended_at_us
    await person.until(lambda: person.counts("hello") == (0, 0))

    clients = person.window.clients.table
    await person.until(lambda: len(person.cells(clients, "library")) == 1)
    assert person.cells(clients, "library") == [f"pika {pika.__version__}"]
    assert person.cells(clients, "channels") == ["1"]
    assert person.cells(clients, "subscriptions") == ["1"]
    assert person.cells(clients, "delivered") == ["1"]

    rates = person.studio.rates
    assert rates.scope == ("/", "hello")
    for name in ("published", "settled"):
        await person.until(lambda name=name: any(each.per_s[name] for each in rates.bins))
    return receiver


async def _publish_from_the_window(person: Person, receiver: Program) -> None:
    """What is typed into the window, the consumer prints."""
    await person.publish("hello", "typed in the window")
    await person.until(lambda: receiver.said("Received b'typed in the window'"))
    await person.until(person.shows(person.page.table, "state", "Done", "Done"))


def test_each_state_of_a_message(qapp: QApplication, data_dir: Path, programs: Programs) -> None:
    """In flight shows with whom; done, dropped and given back show as such."""

    async def story(person: Person) -> None:
        worker = programs.python("worker.py", person.port)
        await person.until(lambda: worker.said("Waiting"))
        for order, state in (("ack", "Done"), ("reject", "Dropped")):
            await _hold_one(person, programs, worker, order)
            worker.tell(order)
            await person.until(lambda state=state: person.cells(person.page.table, "state")[0] == state)
        await _hold_one(person, programs, worker, "again")
        worker.tell("requeue")
        await person.until(lambda: worker.output().count("Holding b'again'") == 2)
        await person.until(lambda: person.messages()[0].is_redelivered)
        assert person.messages()[0].state is MessageState.IN_FLIGHT
        assert person.messages()[0].delivery_count == 2
        await _kick(person)
        await person.until(lambda: person.cells(person.page.table, "state")[0] == "Ready")
        assert person.cells(person.page.table, "progress")[0].startswith("back, waiting")

    at_the_window(qapp, data_dir, story)


async def _hold_one(person: Person, programs: Programs, worker: Program, body: str) -> None:
    """Send a message; the worker holds it, and the window says so."""
    sender = programs.python("send.py", person.port, body)
    await person.until(sender.has_ended)
    await person.until(lambda: worker.said(f"Holding b'{body}'"))
    await person.until(lambda: person.counts("hello") == (0, 1))
    person.open_queue("hello")
    await person.until(lambda: person.cells(person.page.table, "body")[:1] == [body])
    await person.until(lambda: person.cells(person.page.table, "state")[0] == "In flight")
    (client,) = person.cells(person.window.clients.table, "name")
    assert client in person.cells(person.page.table, "progress")[0]
    await person.until(person.shows(person.window.clients.table, "unacked", "1"))


async def _kick(person: Person) -> None:
    """Close the client's connection from the window; what it held goes back to the queue."""
    clients = person.window.clients
    clients.parentWidget().raise_()
    await person.until(clients.isVisible)
    person.click_row(clients.table, 0)
    person.click(clients.kick_button)
    await person.until(lambda: person.cells(clients.table, "name") == [])


def test_peek_look_purge_undo(qapp: QApplication, data_dir: Path, programs: Programs) -> None:
    """Ten messages wait; looking takes none; a purge takes all; undo brings all back in their order."""

    async def story(person: Person) -> None:
        await person.session.studio.actions.declare_queue("/", "hello", is_durable=False)
        await person.until(lambda: person.explorer("hello"))
        for body in TEN:
            await person.publish("hello", body)
            await person.until(lambda body=body: _newest(person) == body)
        person.open_queue("hello")
        bodies = TEN[::-1]
        await person.until(person.shows(person.page.table, "body", *bodies))
        await _look_inside(person, row=3, body=bodies[3])
        assert person.counts("hello") == (10, 0)
        await _purge_and_undo(person, bodies)

        receiver = programs.python("receive.py", person.port)
        await person.until(lambda: receiver.said("number 9"))
        received = [line for line in receiver.output().splitlines() if "Received" in line]
        assert received == [f" [x] Received b'{body}'" for body in TEN]

    at_the_window(qapp, data_dir, story)


def _newest(person: Person) -> str | None:
    if person.window.queue_view is None:
        person.open_queue("hello")
    return next(iter(person.cells(person.page.table, "body")), None)


async def _look_inside(person: Person, *, row: int, body: str) -> None:
    """Selecting a message shows it whole, with its life; nothing is delivered by that."""
    person.click_row(person.page.table, row)
    inspector = person.window.inspector
    await person.until(lambda: inspector.text.toPlainText() == body)
    assert person.studio.inspector.detail is not None
    life = [step.what for step in person.studio.inspector.detail.life]
    assert life == ["published", "routed", "enqueued"]
    assert person.messages()[row].delivery_count == 0


async def _purge_and_undo(person: Person, bodies: list[str]) -> None:
    person.click(person.page.purge_button)
    await person.until(lambda: person.counts("hello") == (0, 0))
    await person.until(lambda: set(person.cells(person.page.table, "state")) == {"Purged"})
    await person.until(
        lambda: any(
            each.startswith("Purged 10 messages from hello, ") for each in person.texts(person.window.notices)
        )
    )
    person.window.actions_by_name["undo"].trigger()
    await person.until(lambda: person.counts("hello") == (10, 0))
    await person.until(lambda: person.cells(person.page.table, "state") == ["Ready"] * 10)
    assert person.cells(person.page.table, "body") == bodies


@pytest.mark.parametrize(
    ("send", "receive"),
    [
        pytest.param(
            lambda programs, port: programs.python("aio_send.py", port, HELLO),
            lambda programs, port: programs.python("aio_receive.py", port),
            id="aio-pika",
        ),
        pytest.param(
            lambda programs, port: programs.start(
                "amqp-publish",
                "--server=localhost",
                f"--port={port}",
                "--routing-key=hello",
                f"--body={HELLO}",
            ),
            lambda programs, port: programs.start(
                "amqp-consume", "--server=localhost", f"--port={port}", "--queue=hello", "cat"
            ),
            id="amqp-tools",
        ),
    ],
)
def test_other_clients(
    qapp: QApplication, data_dir: Path, programs: Programs, send: Start, receive: Start
) -> None:
    """Other clients are unchanged too, and seen in the same way."""

    async def story(person: Person) -> None:
        await person.session.studio.actions.declare_queue("/", "hello", is_durable=False)
        await person.until(lambda: person.explorer("hello"))
        person.open_queue("hello")
        sender = send(programs, person.port)
        await person.until(sender.has_ended)
        await person.until(person.shows(person.page.table, "state", "Ready"))
        assert person.cells(person.page.table, "body") == [HELLO]
        receiver = receive(programs, person.port)
        await person.until(lambda: receiver.said(HELLO))
        await person.until(person.shows(person.page.table, "state", "Done"))
        await person.until(person.shows(person.window.clients.table, "delivered", "1"))
        await person.until(lambda: person.counts("hello") == (0, 0))

    at_the_window(qapp, data_dir, story)


def test_the_broker_goes_with_its_window(qapp: QApplication, data_dir: Path) -> None:
    """Closing the window ends the broker that it started."""
    pids = []

    async def story(person: Person) -> None:
        assert person.studio.workspace.info is not None
        pids.append(person.studio.workspace.info.pid)
        assert psutil.pid_exists(pids[0])

    at_the_window(qapp, data_dir, story)
    assert not psutil.pid_exists(pids[0])
