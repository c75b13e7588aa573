"""Somebody who tries everything: looking changes nothing, and what was taken away comes back.

A window on a real broker, which clients have filled and left as it is. Each walk is random and has a seed.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHeaderView, QTabBar, QWidget

from mqstudio.client.client import Client
from mqstudio.model.policies import Policy
from mqstudio.model.queries import WatchEvents
from mqstudio.model.rows import MessageRow, MessageState, TailItem
from mqstudio.model.verbs import Destination
from mqstudio.viewmodel.message_verbs import Chosen
from mqstudio.viewmodel.queue_page import StateFilter
from tests.bench import wire
from tests.support.window import Person, at_the_window

GESTURES: Final = 2_000
DESTRUCTIONS: Final = 20
TRIES: Final = 300
"""What is not there cannot be taken away."""

FULL: Final = {"orders": 150, "mail": 90, "letters": 0}
HELD, ENDED = 7, 12
LOOKING: Final = (
    "next_pane", "previous_pane", "pause", "welcome", "flow", "show_rates", "show_clients", "show_publish",
    "show_policies", "show_users", "show_health", "filter", "close_tab",
)  # fmt: skip
THEMES: Final = ("theme_light", "theme_dark", "theme_contrast", "theme_system")
THEME_SHARE: Final = 0.05
"""Of the verbs: everything is painted anew then, which takes a while."""

FILTERS: Final = (
    "state == ready", "body.n > 20", "headers.tenant == t3", "key startswith ma", "size > 10", "nowhere",
    "redelivered == true", "body.n ==", "",
)  # fmt: skip
KEYS: Final = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_Tab,
)  # fmt: skip
MODIFIERS: Final = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)


# ---- the broker


async def fill(person: Person) -> wire.Connection:
    """Queues, an exchange, a policy; messages that wait, that are held, that ended, that died."""
    client = person.studio.workspace.client
    await client.declare_queue(
        "orders",
        is_durable=True,
        arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "letters"},
    )
    await client.declare_queue("mail", is_durable=True)
    await client.declare_queue("letters", is_durable=True)
    await client.declare_queue("empty", is_durable=True)
    await client.declare_exchange("shop", "topic", is_durable=True)
    for queue, key in (("orders", "order.#"), ("mail", "mail.*"), ("empty", "nothing")):
        await client.bind("shop", queue, key)
    await client.put_policy(Policy("/", "short", "^mail$", {"max-length": 1_000}))
    connection = await asyncio.to_thread(_publish, person.port)
    for name, number in {**FULL, "orders": FULL["orders"] - ENDED, "letters": ENDED // 2}.items():
        await person.until(lambda name=name, number=number: _count(person, name) == number)
    return connection


def _count(person: Person, name: str) -> int:
    sample = person.studio.workspace.queue("/", name)
    return -1 if sample is None else sample.ready + sample.in_flight


def _publish(port: int) -> wire.Connection:
    """Fill the queues; half of the first dozen are accepted, half rejected, some are held for good."""
    connection = wire.Connection(port)
    for queue, number in FULL.items():
        for each in range(number):
            headers = wire.table({"tenant": f"t{each % 5}"})
            properties = b"\x20\x00" + headers
            body = f'{{"n": {each}, "queue": "{queue}"}}'.encode()
            connection.socket.sendall(wire.publish_frames("", queue, body, properties))
    connection.set_prefetch(ENDED + HELD)
    connection.consume("orders", "held", is_auto_ack=False)
    for tag in range(1, ENDED + 1):
        answer = wire.ack_frame if tag % 2 else wire.reject_frame
        connection.socket.sendall(answer(tag))
    return connection


async def state(client: Client) -> str:
    """A hash of all there is: what is declared, and each queue's messages in order, with their flags."""
    topology = await client.topology()
    told: list[Any] = [  # Any: what JSON can hold
        sorted(
            (
                [x.vhost, msgspec.to_builtins(x.spec), _sorted(x.bindings), x.policy]
                for x in topology.exchanges
            ),
            key=str,
        ),
        sorted(([q.vhost, msgspec.to_builtins(q.spec)] for q in topology.queues), key=str),
        _sorted(topology.policies),
    ]
    for queue in sorted(q.spec.name for q in topology.queues):
        told.append([queue, [_told(row) for row in await rows_of(client, queue)]])
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


def _sorted(values: Any) -> list[Any]:  # Any: structs
    return sorted((msgspec.to_builtins(each) for each in values), key=str)


def _told(row: MessageRow) -> list[object]:
    return [row.state, row.exchange, row.routing_key, row.preview, row.size_bytes, row.published_at_us,
            row.delivery_count, row.is_redelivered, row.died_of, row.died_in, row.deaths]  # fmt: skip


async def rows_of(client: Client, queue: str) -> list[MessageRow]:
    """What is in a queue, ready or held, in order."""
    page = await client.page(
        queue, limit=500, is_oldest_first=True, states=[MessageState.READY, MessageState.IN_FLIGHT]
    )
    return page.rows


async def whole_rows(client: Client) -> list[MessageRow]:
    """Every row of every queue, with all that is told of it."""
    found = []
    for queue in (*FULL, "empty"):
        found += (await client.page(queue, limit=500)).rows
    return found


# ---- looking


class Looker:
    """Makes one random gesture after another; none of them is a verb that does something."""

    def __init__(self, person: Person, chance: random.Random) -> None:
        self.person, self.chance = person, chance
        self.window = person.window
        self.done: list[str] = []
        self._gestures: list[Callable[[], object]] = [
            self.open_something, self.choose_row, self.press, self.scroll, self.filter, self.chip, self.part,
            self.look_at_message, self.verb, self.explorer, self.column, self.palette, self.resize,
            self.filter_explorer, self.drag,
        ]  # fmt: skip

    def gesture(self) -> None:
        """One of them, noted before it is made."""
        chosen = self.chance.choice(self._gestures)
        self.done.append(chosen.__name__)
        chosen()

    def open_something(self) -> None:
        name = self.chance.choice(("orders", "mail", "letters", "empty", "shop"))
        open_ = self.window.open_exchange if name == "shop" else self.window.open_queue
        open_("/", name)

    def choose_row(self) -> None:
        view = self.window.queue_view
        if view is not None and view.table.row_model.rowCount():
            row = self.chance.randrange(view.table.row_model.rowCount())
            if view.table.isVisible():
                self.person.click_row(view.table, row)

    def drag(self) -> None:
        """Select some in a row, with the mouse and Shift."""
        view = self.window.queue_view
        if view is not None and view.table.isVisible():
            height = view.table.viewport().height()
            place = QPoint(40, self.chance.randrange(max(height, 1)))
            button, shift = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
            QTest.mouseClick(view.table.viewport(), button, shift, place)

    def press(self) -> None:
        tables = [self.window.explorer.table, self.window.clients.table]
        if self.window.queue_view is not None:
            tables.append(self.window.queue_view.table)
        table = self.chance.choice(tables)
        if table.isVisible():
            table.setFocus()
            QTest.keyClick(table, self.chance.choice(KEYS), self.chance.choice(MODIFIERS))

    def scroll(self) -> None:
        view = self.window.queue_view
        if view is not None:
            for bar in (view.table.verticalScrollBar(), view.table.horizontalScrollBar()):
                bar.setValue(self.chance.randint(0, max(bar.maximum(), 0)))

    def filter(self) -> None:
        view = self.window.queue_view
        if view is not None:
            with suppress(AttributeError):
                view.focus_filter()
            view.page.filter.edit(text := self.chance.choice(FILTERS), len(text))
            view.page.filter.apply()

    def chip(self) -> None:
        view = self.window.queue_view
        if view is not None:
            view.page.set_filter(self.chance.choice(list(StateFilter)))

    def part(self) -> None:
        """A tab of the page in front, or of the window."""
        bars = [self.window.tabs.tabBar()]
        if self.window.queue_view is not None:
            bars.append(self.window.queue_view.tabs)
        self._any_tab(self.chance.choice(bars))

    def look_at_message(self) -> None:
        self._any_tab(self.window.inspector.tabs)

    def _any_tab(self, bar: QTabBar) -> None:
        if bar.count():
            bar.setCurrentIndex(self.chance.randrange(bar.count()))

    def verb(self) -> None:
        names = THEMES if self.chance.random() < THEME_SHARE else LOOKING
        action = self.window.actions_by_name[self.chance.choice(names)]
        if action.isEnabled():
            action.trigger()

    def explorer(self) -> None:
        table = self.window.explorer.table
        if table.row_model.rowCount():
            row = self.chance.randrange(table.row_model.rowCount())
            table.select_row(row)
            QTest.keyClick(table, self.chance.choice((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Down)))

    def filter_explorer(self) -> None:
        self.window.explorer.filter.setText(self.chance.choice(("", "o", "ma", "zz")))

    def column(self) -> None:
        view = self.window.queue_view
        if view is not None:
            heads: QHeaderView = view.table.horizontalHeader()
            one, other = (self.chance.randrange(heads.count()) for _ in range(2))
            heads.moveSection(one, other)
            heads.resizeSection(one, self.chance.randint(40, 300))

    def palette(self) -> None:
        action = self.window.actions_by_name.get("palette")
        if action is not None:
            action.trigger()
            field = QApplication.focusWidget()
            if isinstance(field, QWidget) and field is not self.window:
                QTest.keyClicks(field, self.chance.choice(("resub", "purge", "ord", "")))
                QTest.keyClick(field, Qt.Key.Key_Escape)

    def resize(self) -> None:
        self.window.resize(self.chance.randint(900, 1600), self.chance.randint(600, 1000))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1])
def test_looking_leaves_no_trace(qapp: QApplication, data_dir: Path, seed: int) -> None:
    """Thousands of gestures: not an event in the broker's ledger, and every row as it was."""

    async def story(person: Person) -> None:
        held = await fill(person)
        async with await Client.attach(data_dir, name="witness") as witness:
            before, rows = await state(witness), await whole_rows(witness)
            async with witness.watch(WatchEvents()) as events:
                looker = Looker(person, random.Random(seed))
                await look(person, looker)
                assert await state(witness) == before
                assert await whole_rows(witness) == rows
                await witness.declare_queue("end")
                await witness.publish("", "end", b"now")
                seen = await first_event(events)
        assert (seen.what, seen.routing_key) == ("published", "end"), looker.done[-20:]
        assert len(looker.done) == GESTURES
        held.socket.close()

    at_the_window(qapp, data_dir, story)


async def look(person: Person, looker: Looker) -> None:
    for number in range(GESTURES):
        looker.gesture()
        await asyncio.sleep(0)
        if number % 100 == 99:  # what was asked for comes, and is looked at
            sampled = person.studio.workspace.sample_at_us
            await person.until(lambda sampled=sampled: person.studio.workspace.sample_at_us > sampled)


async def first_event(events: Any) -> TailItem:  # Any: a stream of them
    async for item in events:
        assert isinstance(item, TailItem)
        return item
    raise AssertionError("the watch ended")


# ---- taking away


class Destroyer:
    """Takes something away at random, through the window's verbs; says whether that can be undone."""

    def __init__(self, person: Person, chance: random.Random) -> None:
        self.person, self.studio, self.chance = person, person.studio, chance
        self._verbs: list[Callable[[], Awaitable[object]]] = [
            self.purge, self.remove, self.remove, self.remove_first, self.move, self.move, self.redrive,
            self.unbind, self.delete_queue, self.delete_exchange, self.delete_policy,
        ]  # fmt: skip

    async def destroy(self) -> str:
        """One thing, if it is there to be taken away; its name, "" if nothing was done."""
        chosen = self.chance.choice(self._verbs)
        steps = len(self.studio.undo.steps)
        await chosen()
        return chosen.__name__ if len(self.studio.undo.steps) > steps else ""

    async def _some(self, queue: str, most: int) -> Chosen:
        page = await self.studio.workspace.client.page(queue, limit=500, states=[MessageState.READY])
        ids = [row.message_id for row in page.rows]
        return Chosen("/", queue, tuple(self.chance.sample(ids, min(len(ids), most))))

    async def purge(self) -> None:
        """Once: with little left there is little to take away."""
        if self.purge in self._verbs:
            self._verbs.remove(self.purge)
            await self.studio.actions.purge("/", self.chance.choice(list(FULL)))

    async def remove(self) -> None:
        await self.studio.messages.remove(await self._some(self.chance.choice(list(FULL)), 5))

    async def remove_first(self) -> None:
        await self.studio.messages.remove_first(
            "/", self.chance.choice(list(FULL)), self.chance.randint(1, 9)
        )

    async def move(self) -> None:
        source, target = self.chance.sample(list(FULL), 2)
        chosen = await self._some(source, 6)
        if chosen.ids:
            await self.studio.messages.move(chosen, Destination(target))

    async def redrive(self) -> None:
        chosen = await self._some("letters", 3)
        if chosen.ids:
            await self.studio.messages.redrive(chosen)

    async def unbind(self) -> None:
        row = self.studio.structure.exchange("/", "shop")
        if row is not None and row.bindings:
            await self.studio.removals.unbind("/", self.chance.choice(list(row.bindings)))

    async def delete_queue(self) -> None:
        if self.studio.removals.is_queue_undoable("/", "empty"):
            await self.studio.removals.delete_queue("/", "empty")

    async def delete_exchange(self) -> None:
        if self.studio.structure.exchange("/", "shop") is not None:
            await self.studio.removals.delete_exchange("/", "shop")

    async def delete_policy(self) -> None:
        policies = self.studio.structure.topology.policies
        if policies:
            await self.studio.removals.delete_policy(policies[0])


async def up_to_date(person: Person) -> None:
    """The window knows what there is now."""
    sampled = person.studio.workspace.sample_at_us
    await person.until(lambda: person.studio.workspace.sample_at_us > sampled)
    await person.studio.structure.refresh()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_destructions_and_as_many_undos(qapp: QApplication, data_dir: Path, seed: int) -> None:
    """Purged, deleted, moved, redriven, unbound: undone from the last to the first, all is as it was."""

    async def story(person: Person) -> None:
        held = await fill(person)
        async with await Client.attach(data_dir, name="witness") as witness:
            await up_to_date(person)
            person.studio.undo.clear()
            states, done = [await state(witness)], []
            destroyer = Destroyer(person, random.Random(seed))
            for _ in range(TRIES):
                if len(done) == DESTRUCTIONS:
                    break
                name = await destroyer.destroy()
                if name:
                    await up_to_date(person)
                    done.append(name)
                    states.append(await state(witness))
            assert len(done) == DESTRUCTIONS
            for name, expected in zip(reversed(done), reversed(states[:-1]), strict=True):
                await person.studio.undo.undo_last()
                assert await state(witness) == expected, (name, done)
            assert await state(witness) == states[0]
            order = await asyncio.to_thread(drained, person.port, "mail")
        assert order == list(range(FULL["mail"]))
        held.socket.close()

    at_the_window(qapp, data_dir, story)


def drained(port: int, queue: str) -> list[int]:
    """What a consumer gets, in the order it gets it."""
    connection = wire.Connection(port)
    ready = connection.declare(queue, is_passive=True)
    found: list[int] = []
    connection.consume(queue, "drain", is_auto_ack=True)
    frames = connection._frames()
    while len(found) < ready:
        kind, payload = next(frames)
        if kind == wire.BODY:
            found.append(msgspec.json.decode(payload)["n"])
    connection.close()
    return found
