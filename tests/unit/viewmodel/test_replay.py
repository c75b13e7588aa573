"""The replay panel: tried, started, paused, stopped from the job; told, and taken back."""

import asyncio
from pathlib import Path

import pytest

from mqstudio.client.replay_values import MARK, TargetKind
from mqstudio.model.message import plain_headers
from mqstudio.model.rows import RoutePreview
from mqstudio.viewmodel import replay_scope
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.notices import NoticeKind, Notices
from mqstudio.viewmodel.replay import ReplayPanel
from mqstudio.viewmodel.replay_scope import ScopeKind
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker
from tests.support.waiting import eventually_async


@pytest.fixture
def panel(
    workspace: Workspace, notices: Notices, undo: UndoList, clock: Clock, broker: ListBroker
) -> ReplayPanel:
    broker.add_queue("orders")
    broker.add_queue("copies")
    broker.route = RoutePreview(["copies"], "")
    for number in range(5):
        broker.add_message("orders", b'{"n": %d}' % number)
    broker.feed(workspace)
    panel = ReplayPanel(workspace, notices, undo, Jobs(clock))
    panel.offer([replay_scope.shown("/", "orders", "")], ScopeKind.SHOWN)
    panel.edit(target=TargetKind.QUEUE, name="copies", has_gaps=False)
    return panel


async def test_a_dry_run_sends_nothing_and_tells_what_would(panel: ReplayPanel, broker: ListBroker) -> None:
    await panel.try_out()
    assert panel.trial is not None
    assert (panel.trial.messages, panel.trial.ways[0].queues) == (5, ("copies",))
    assert broker.published == []
    panel.show_lines()
    assert [(line.what, line.says) for line in panel.lines.rows] == [("5", "copies")]
    panel.edit(has_gaps=True)
    assert panel.trial is None  # it was about something else


async def test_the_first_message_is_shown_as_it_would_be_sent(panel: ReplayPanel) -> None:
    panel.edit(is_changing=True, patch="$.n = $.n + 100")
    await panel.look()
    assert panel.example is not None
    assert panel.example.parcel.body == b'{"n": 100}'
    panel.edit(patch="$.missing.much = 1")
    await panel.look()
    assert "does not fit" in panel.example_problem
    panel.edit(patch="$.n =")
    assert panel.wrong is not None
    assert not panel.can_begin


async def test_it_is_sent_marked_told_and_can_be_undone(
    panel: ReplayPanel, broker: ListBroker, undo: UndoList, notices: Notices
) -> None:
    await panel.start()
    assert [body for _, _, body, _ in broker.published] == [b'{"n": %d}' % n for n in range(5)]
    marks = {plain_headers(properties.headers)[MARK] for *_, properties in broker.published}
    assert len(marks) == 5
    assert "Replay of all that is shown of orders" in notices.shown[-1].text
    assert undo.steps[-1].title == "replay"


async def test_what_would_feed_itself_is_refused_unless_wanted(
    panel: ReplayPanel, broker: ListBroker
) -> None:
    broker.route = RoutePreview(["orders"], "")
    panel.edit(name="orders")
    await panel.start()
    assert "where it is taken from" in panel.problem
    assert broker.published == []
    panel.edit(may_loop=True)
    await panel.start()
    assert len(broker.published) == 5


async def test_what_does_not_arrive_is_listed(panel: ReplayPanel, notices: Notices) -> None:
    panel.edit(name="nowhere", failures="2")
    await panel.start()
    assert notices.shown[-1].kind is NoticeKind.PROBLEM
    assert "ended early" in notices.shown[-1].text
    panel.show_lines()
    assert [line.says for line in panel.lines.rows] == ["No queue took it."] * 2


async def test_step_by_step_paused_and_stopped_by_its_job(panel: ReplayPanel, broker: ListBroker) -> None:
    panel.edit(is_stepping=True)
    async with asyncio.TaskGroup() as group:
        group.create_task(panel.start())
        await eventually_async(lambda: panel.is_running)
        assert not panel.can_begin
        panel.step(2)
        await eventually_async(lambda: len(broker.published) == 2)
        panel.pause()  # go on
        await eventually_async(lambda: len(broker.published) == 5)
    assert not panel.is_running
    async with asyncio.TaskGroup() as group:
        group.create_task(panel.start())
        await eventually_async(lambda: panel.is_running)
        panel._jobs.running_now[0].cancel()
    assert panel.replaying is not None
    assert panel.replaying.is_cancelled
    assert len(broker.published) == 5


async def test_a_file_that_cannot_be_read_is_told(panel: ReplayPanel, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text("{}\n")
    panel.offer([replay_scope.of_file(path)], ScopeKind.FILE)
    await panel.try_out()
    assert "broken.jsonl: line 1" in panel.problem
    panel.offer([replay_scope.shown("/", "orders", "")], ScopeKind.SHOWN)
    assert ScopeKind.FILE in panel.scopes  # it was opened, and stays
