"""The parts of the window's benchmark, each in a process of its own: a window, its broker, and their clients.

`python -m tests.bench.window_parts NAME FOLDER STARTED_AT` prints its figures as JSON. STARTED_AT: when
the process was asked for, by the monotonic clock.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import psutil
from PySide6.QtTest import QTest

from mqstudio.client.exporting import Wanted, export
from mqstudio.client.launch import LaunchOptions
from mqstudio.client.sending import Parcel, Sending
from mqstudio.exporters.base import Options
from mqstudio.exporters.jsonl import EXPORTER
from mqstudio.gui.app import WindowSession, make_application, open_settings
from mqstudio.gui.loop import run
from mqstudio.gui.theme import Mode, Theme
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.model.message import Properties
from tests.bench import window_table, workloads
from tests.bench.letters import QUEUE
from tests.bench.window_load import SIZES
from tests.bench.window_probes import Asked, Paints, Stalls, at, client_process, repaint, until
from tests.support.ports import ANY_OPTIONS

Figures = dict[str, float | str]
MIB: Final = 1024 * 1024

RATES: Final = {100: 5, 1_000: 5, 5_000: 8}
"""Messages a second, and for how many seconds."""
IDLE_S, MINIMISED_S, SETTLE_S = 60, 30, 5
SAMPLED_S: Final = 12
EXPORTED_S: Final = 5
SENT: Final = 50_000
SEARCH_S: Final = 180.0
"""A loaded machine is to have a figure, not a failure."""
QUEUES: Final = 10_000
HIDDEN: Final = ("GetClients", "GetClientDetails", "GetHistory", "GetFlows")
"""What only docks ask for."""


async def _shown(session: WindowSession, queue: str = QUEUE) -> QueueView:
    """Open the page of a queue."""
    workspace = session.studio.workspace
    await until(lambda: workspace.queue("/", queue) is not None)
    session.window.open_queue("/", queue)
    view = session.window.queue_view
    assert view is not None
    await until(lambda: view.page.is_loaded)
    return view


async def _port(session: WindowSession) -> int:
    workspace = session.studio.workspace
    await until(lambda: workspace.is_live and workspace.sample_at_us and workspace.port())
    port = workspace.port()
    assert port is not None
    return port


# ---- a message's way onto the screen


async def painted(session: WindowSession, _: float) -> Figures:
    """From the wire to the screen, and how often what is shown is exchanged; docks are hidden."""
    port = await _port(session)
    for dock in session.window.panes.docks.values():
        dock.hide()
    problems = session.studio.problems  # their badge is in sight, and asks every ten seconds: no dock does
    session.studio.workspace.sampled.disconnect(problems._on_sampled)
    figures: Figures = {}
    await asyncio.sleep(1)
    asked = Asked(session.studio.workspace.client)  # type: ignore[arg-type]  # a Client
    for rate, seconds in RATES.items():
        queue = f"bench-{rate}"
        await session.studio.workspace.client.declare_queue(queue)
        view = await _shown(session, queue)
        paints = Paints(view)
        asked.counts.clear()
        begin = time.monotonic()
        said = await client_process("stamped", port, rate, seconds)
        took_s = time.monotonic() - begin
        await until(lambda paints=paints, said=said: paints.numbers[-1:] == [len(said["stamps"]) - 1])
        found = paints.latencies_ms(said["stamps"])
        figures[f"painted p50 at {rate}"] = statistics.median(found)
        figures[f"painted p99 at {rate}"] = at(found, 99)
        figures[f"swaps at {rate}"] = asked.counts["GetPage"] / took_s
        figures[f"hidden at {rate}"] = sum(asked.counts[name] for name in HIDDEN)
    return figures


# ---- a million messages


async def big(session: WindowSession, started_at_s: float) -> Figures:
    """A million messages of 1 KB in the profile: scrolling, filters, memory."""
    await _port(session)
    figures: Figures = {"big start s": time.monotonic() - started_at_s}
    view = await _shown(session)
    await until(lambda: len(view.page.rows) > 0)
    figures["messages"] = len(view.page.rows)
    await _scroll(view, figures)
    figures["memory MiB"] = psutil.Process().memory_info().rss / MIB
    view.table.verticalScrollBar().setValue(0)
    await until(lambda: view.page.is_following and view.page.rows.at(0) is not None)
    first = view.page.rows.at(0)
    assert first is not None
    for name, text in {
        "header": "headers.tenant == t0077 and headers.retry == 5",
        "number in header": "headers.retry > 5",
        "JSON": "body.total > 2499.7",
    }.items():
        await _filter(view, name, text, figures)
    await _cancel(view, figures)
    figures["memory after filters MiB"] = psutil.Process().memory_info().rss / MIB
    return figures | await _export(session) | await _purge(session)


async def _scroll(view: QueueView, figures: Figures) -> None:
    """As hands do it, beside a table of the same size in which there is nothing."""
    table, bar = view.table, view.table.verticalScrollBar()
    row, screen = table.rowHeight(0), table.viewport().height()
    peer = window_table._peer(table, len(view.page.rows))
    ours: list[float] = []
    theirs: list[float] = []
    for values in window_table.gestures(bar.maximum(), row, screen).values():
        ours += await window_table._play(table, values, [])
        await until(lambda: window_table._is_whole(view))
    for values in window_table.gestures(peer.verticalScrollBar().maximum(), row, screen).values():
        theirs += await window_table._play(peer, values, [])
    peer.close()
    figures |= {"frame median ms": statistics.median(ours), "frame worst ms": max(ours)}
    figures |= {"peer median ms": statistics.median(theirs), "peer worst ms": max(theirs)}


async def _filter(view: QueueView, name: str, text: str, figures: Figures) -> None:
    """Until its first message is there, and until all were asked."""
    page, stalls = view.page, Stalls()
    stalls.begin()
    begin = time.monotonic()
    page.filter.use(text)
    await until(lambda: page.rows.at(0) is not None or _is_over(view), 0.001, SEARCH_S)
    repaint(view.table)
    figures[f"first by {name} ms"] = (time.monotonic() - begin) * 1000
    await until(lambda: _is_over(view), 0.005, SEARCH_S)
    figures[f"all by {name} s"] = time.monotonic() - begin
    figures[f"found by {name}"] = len(page.rows)
    figures[f"stall by {name} ms"] = max(stalls.late_ms)
    stalls.deleteLater()
    page.filter.edit("", 0)
    await until(lambda: page.is_following and page.rows.at(0) is not None and not page.filter.active)


def _is_over(view: QueueView) -> bool:
    page = view.page
    return page.is_loaded and not page.is_searching


async def _cancel(view: QueueView, figures: Figures) -> None:
    """A search that finds nothing is given up: until the queue's newest message is there again."""
    page = view.page
    page.filter.use("body.total > 9999")
    await asyncio.sleep(0.5)
    assert page.is_searching
    begin = time.monotonic()
    page.filter.edit("", 0)
    await until(lambda: page.rows.at(0) is not None, every_s=0.001)
    repaint(view.table)
    figures["cancel ms"] = (time.monotonic() - begin) * 1000


async def _export(session: WindowSession) -> Figures:
    """How the window fares while its queue is written to a file, and until that is given up."""
    folder, stalls = session.keeper.options.data_dir, Stalls()
    begun = asyncio.Event()

    def progress(count: int, _: int) -> None:
        if count:
            begun.set()

    wanted = Wanted(queues=(("/", QUEUE),))
    client: Any = session.studio.workspace.client  # Any: a Client, which the window knows by its verbs
    async with asyncio.TaskGroup() as group:
        task = group.create_task(export(client, wanted, EXPORTER, Options(), folder / "out.jsonl", progress))
        await begun.wait()
        stalls.begin()
        await asyncio.sleep(EXPORTED_S)
        late_ms = stalls.late_ms
        stalls.deleteLater()
        begin = time.monotonic()
        task.cancel()
        await asyncio.wait([task])
    return {
        "export stall p99 ms": at(late_ms, 99),
        "export stall ms": max(late_ms),
        "export cancel ms": (time.monotonic() - begin) * 1000,
    }


async def _purge(session: WindowSession) -> Figures:
    """A million messages into the bin, and back, with their page in front."""
    client, workspace, stalls = session.studio.workspace.client, session.studio.workspace, Stalls()
    stalls.begin()
    begin = time.monotonic()
    reply = await client.purge(QUEUE)
    purged_s, begin = time.monotonic() - begin, time.monotonic()
    assert reply.bin_id is not None
    await until(lambda: (queue := workspace.queue("/", QUEUE)) is not None and queue.ready == 0)
    await client.undo_purge(reply.bin_id)
    restored_s = time.monotonic() - begin
    await until(lambda: (queue := workspace.queue("/", QUEUE)) is not None and queue.ready == reply.count)
    late_ms = stalls.late_ms
    stalls.deleteLater()
    return {"purge s": purged_s, "undo s": restored_s, "bin stall ms": max(late_ms)}


# ---- many messages sent from the window


async def sent(session: WindowSession, _: float) -> Figures:
    """As many as go out of the window into a durable queue, at its side a page that shows them."""
    await _port(session)
    client, stalls = session.studio.workspace.client, Stalls()
    await client.declare_queue(QUEUE, is_durable=True)
    await _shown(session)
    parcel = Parcel("", QUEUE, b'{"total": 17}', Properties(delivery_mode=2))
    sending = Sending(lambda _: parcel, SENT)
    stalls.begin()
    begin = time.monotonic()
    await sending.run(client)
    seconds, late_ms = time.monotonic() - begin, stalls.late_ms
    stalls.deleteLater()
    assert sending.counts.confirmed == SENT
    return {"sent per s": SENT / seconds, "sending stall ms": max(late_ms)}


# ---- opening one message


async def opened(session: WindowSession, _: float) -> Figures:
    """From choosing a message until its body's head is painted, for each size; the worst of three."""
    port = await _port(session)
    await client_process("large", port)
    view = await _shown(session)
    await until(lambda: len(view.page.rows) == len(SIZES) and view.page.rows.at(2) is not None)
    inspector, found = session.studio.inspector, {size: [] for size in SIZES}
    for _turn in range(3):
        for place, size in enumerate(reversed(SIZES)):  # the newest is on top
            row = view.page.rows.at(place)
            assert row is not None
            begin = time.monotonic()
            view.table.select_row(place)
            await until(
                lambda row=row: inspector.detail and inspector.detail.row.message_id == row.message_id,
                every_s=0.001,
            )
            session.window.inspector.repaint()
            session.window.inspector.body.repaint()
            found[size].append((time.monotonic() - begin) * 1000)
    return {f"open {size} ms": max(times) for size, times in found.items()}


# ---- doing little


async def idle(session: WindowSession, _: float) -> Figures:
    """The share of a core that the window takes with five clients at ten messages a second."""
    port = await _port(session)
    await session.studio.workspace.client.declare_queue(QUEUE)
    await _shown(session)
    figures: Figures = {}
    async with asyncio.TaskGroup() as group:
        group.create_task(client_process("quiet", port, IDLE_S + MINIMISED_S + 3 * SETTLE_S))
        await asyncio.sleep(SETTLE_S)
        figures["idle visible %"] = await _share(IDLE_S)
        session.window.showMinimized()
        await asyncio.sleep(SETTLE_S)
        figures["idle minimised %"] = await _share(MINIMISED_S)
    return figures


async def _share(seconds: float) -> float:
    process = psutil.Process()
    before, begin = sum(process.cpu_times()[:2]), time.monotonic()
    await asyncio.sleep(seconds)
    return (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - begin) * 100


# ---- a recorder that is behind


async def sampled(session: WindowSession, _: float) -> Figures:
    """More transient traffic than the disk takes: what the window says at every sample of 1 in n."""
    port = await _port(session)
    workspace, status = session.studio.workspace, session.window.status
    seen: list[tuple[int, str]] = []

    def look() -> None:
        seen.append((workspace.totals.recorded_one_in, status.recorder.text()))

    workspace.sampled.connect(look)
    begin = time.monotonic()
    while time.monotonic() - begin < SAMPLED_S:
        await asyncio.to_thread(workloads.acked, port, 50_000, 1_000)
    behind = [(one_in, words) for one_in, words in seen if one_in > 1]
    silent = [words for one_in, words in behind if f"{one_in:,}" not in words]
    return {
        "one in": max((one_in for one_in, _ in behind), default=1),
        "samples behind": len(behind),
        "silent samples": len(silent),
        "words": behind[-1][1] if behind else "",
    }


# ---- ten thousand queues


async def many(session: WindowSession, started_at_s: float) -> Figures:
    """A start with them all, and each key in the filter of the explorer until the explorer is painted."""
    explorer, nodes = session.window.explorer, session.studio.explorer.nodes
    await until(lambda: len(nodes) > QUEUES)
    repaint(explorer.table)
    figures: Figures = {"queues start s": time.monotonic() - started_at_s}
    stalls = Stalls()
    await asyncio.sleep(3)
    figures["queues stall ms"] = max(stalls.late_ms)
    took = []
    explorer.filter.setFocus()
    for word in ("service-42", "orders.0999"):
        for key in word:
            begin = time.monotonic()
            QTest.keyClicks(explorer.filter, key)
            repaint(explorer.table)
            took.append((time.monotonic() - begin) * 1000)
            await asyncio.sleep(0.05)
        begin = time.monotonic()
        explorer.filter.clear()
        repaint(explorer.table)
        took.append((time.monotonic() - begin) * 1000)
        await asyncio.sleep(0.3)
    return figures | {"key median ms": statistics.median(took), "key worst ms": max(took)}


class Part(NamedTuple):
    """A part, and what has to be in its profile first; no profile where that is None."""

    measure: Callable[[WindowSession, float], Awaitable[Figures]]
    fill: tuple[str, int] | None = None
    is_in_memory: bool = True


PARTS: Final = {
    "painted": Part(painted),
    "opened": Part(opened),
    "many": Part(many, ("many", QUEUES), is_in_memory=False),
    "sent": Part(sent, is_in_memory=False),
    "sampled": Part(sampled, is_in_memory=False),
    "big": Part(big, ("fill", 1_000_000), is_in_memory=False),
    "idle": Part(idle),
}


def main(name: str, folder: Path, started_at_s: float) -> int:
    """Be the window's process of a part."""
    application, part = make_application(), PARTS[name]
    found: dict[str, Any] = {}

    async def live() -> int:
        options = LaunchOptions(folder, in_memory=part.is_in_memory, **ANY_OPTIONS)
        theme = Theme(application, Mode.LIGHT)
        async with WindowSession(theme, open_settings(folder), options) as session:
            found.update(await part.measure(session, started_at_s))
            session.window.close()
            await session.wait_closed()
        return 0

    code = run(application, live)
    print(json.dumps(found), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
