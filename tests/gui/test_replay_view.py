"""The replay panel in the window: opened by its key with what is selected, tried, sent, stepped."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from mqstudio.client.replay_values import TargetKind
from mqstudio.gui.widgets.replay_view import ReplayView
from mqstudio.model.rows import RoutePreview
from mqstudio.viewmodel.replay_scope import ScopeKind
from tests.gui.conftest import Bench


@pytest.fixture
def view(bench: Bench) -> ReplayView:
    """The panel; the page of orders, with five messages, is in front."""
    bench.broker.add_queue("copies")
    bench.broker.add_queue("orders", 5)
    bench.broker.route = RoutePreview(["copies"], "")
    bench.sample()
    bench.window.open_queue("/", "orders")
    bench.sample()
    view = bench.window.panes.docks["replay"].findChild(ReplayView)
    assert isinstance(view, ReplayView)
    return view


def press(bench: Bench, name: str) -> None:
    bench.window.actions_by_name[name].trigger()


def test_its_key_opens_it_with_what_is_shown(bench: Bench, view: ReplayView) -> None:
    assert bench.window.actions_by_name["replay"].shortcut().toString() == "Ctrl+R"
    press(bench, "replay")
    assert view.isVisible()
    assert view.scopes[ScopeKind.SHOWN].isChecked()
    assert not view.scopes[ScopeKind.SELECTION].isEnabled()
    assert view.scope_says.text() == "all that is shown of orders"


def test_selected_messages_are_offered_first_and_from_here_goes_on(bench: Bench, view: ReplayView) -> None:
    table = bench.window.queue_view.table  # type: ignore[union-attr]  # a queue's page is in front
    table.setFocus()
    table.select_row(1)
    press(bench, "replay")
    assert view.scopes[ScopeKind.SELECTION].isChecked()
    assert view.scope_says.text() == "1 message selected in orders"
    press(bench, "replay_from_here")
    assert "from message" in view.scope_says.text()


def test_a_dry_run_lists_the_ways_and_a_start_sends(bench: Bench, view: ReplayView) -> None:
    press(bench, "replay")
    view.panel.edit(target=TargetKind.QUEUE, name="copies", has_gaps=False)
    asyncio.run(view.panel.try_out())
    assert view.headline.text().startswith("5 messages")
    assert view.table.isVisible()
    assert bench.broker.published == []
    asyncio.run(view.panel.start())
    assert len(bench.broker.published) == 5
    assert "5 confirmed" in view.says.text()
    assert any("Replay of all that is shown of orders" in text for text in bench.notices())


def test_fields_edit_the_form(bench: Bench, view: ReplayView) -> None:
    press(bench, "replay")
    form = view.form
    form.target.setCurrentIndex(form.target.findData(TargetKind.QUEUE))
    form.target.activated.emit(form.target.currentIndex())
    assert [form.name.itemText(place) for place in range(form.name.count())] == ["copies", "orders"]
    assert not view.start_button.isEnabled()
    assert view.says.text() == "Say which queue."
    form.name.setEditText("copies")
    form.slider.setValue(200)
    for name in ("keeps_key_order", "has_own_ids", "is_changing"):
        form.flags[name].click()
    form.patch.setFocus()
    QTest.keyClicks(form.patch, "$.total =")
    assert form.patch_problem.isVisible()
    assert not view.start_button.isEnabled()
    QTest.keyClicks(form.patch, " 1")
    panel_form = view.panel.form
    assert (panel_form.name, panel_form.speed, panel_form.patch) == ("copies", 10.0, "$.total = 1")
    assert (panel_form.keeps_key_order, panel_form.has_own_ids) == (True, False)
    assert form.speed.text() == "10×"
    form.flags["has_gaps"].click()
    assert form.speed.text() == "max"
    assert not form.slider.isEnabled()
    assert view.start_button.isEnabled()


def test_a_file_is_asked_for(bench: Bench, view: ReplayView) -> None:
    press(bench, "replay")
    QTest.mouseClick(view.scopes[ScopeKind.FILE], Qt.MouseButton.LeftButton)
    dialog = next(each for each in bench.window.findChildren(QFileDialog) if each.isVisible())
    assert ".msgpack" in dialog.nameFilters()[0]
    dialog.close()
    assert view.scopes[ScopeKind.SHOWN].isChecked()
