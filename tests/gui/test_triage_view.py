"""The triage of dead letters in the window: filled, changed, done, undone; empty, wrong, and very many."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from mqstudio.gui.widgets.queue_view import TRIAGE, QueueView
from mqstudio.gui.widgets.triage_view import TriageView
from mqstudio.model.message import Header, Properties
from mqstudio.viewmodel import redriving
from tests.gui.conftest import Bench
from tests.support.list_broker import run_now


def words(widget: QWidget) -> str:
    labels = [each for each in widget.findChildren(QLabel) if each.isVisibleTo(widget)]
    return "\n".join(each.text() for each in labels)


def add_letter(bench: Bench, body: bytes = b'{"total":-1}', error: str = "", **fields: Any) -> int:
    known = {"died_in": "orders", "died_of": "rejected", "deaths": 1, **fields}
    message_id = bench.broker.add_message("orders.dlq", body, **known)
    if error:
        bench.broker.properties[message_id] = Properties(headers=[Header("error", "string", error)])
    return message_id


async def _no_sleep(_: float) -> None:
    pass


def open_page(bench: Bench) -> QueueView:
    bench.broker.add_queue("orders")
    bench.broker.add_queue("orders.dlq")
    bench.sample()
    bench.window.open_queue("/", "orders.dlq")
    bench.sample()
    view = bench.window.queue_view
    assert view is not None
    view.triage.triage.sleep = _no_sleep
    return view


def open_triage(bench: Bench) -> TriageView:
    view = open_page(bench)
    view.tabs.setCurrentIndex(TRIAGE)
    return view.triage


def cells(view: TriageView, column: str) -> list[str]:
    model = view.groups.row_model
    place = [each.key for each in model.columns].index(column)
    return [str(model.index(row, place).data()) for row in range(model.rowCount())]


def test_the_tab_is_there_where_dead_letters_are(bench: Bench) -> None:
    bench.broker.add_queue("orders", 1)
    bench.sample()
    bench.window.open_queue("/", "orders")
    plain = bench.window.queue_view
    assert plain is not None and not plain.tabs.isTabVisible(TRIAGE)
    add_letter(bench)
    assert open_page(bench).tabs.isTabVisible(TRIAGE)


def test_the_tab_is_there_where_dead_letters_will_come(bench: Bench) -> None:
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "orders.dlq"}
    run_now(bench.broker.declare_queue("orders", arguments=arguments))
    view = open_page(bench)
    assert view.tabs.isTabVisible(TRIAGE)
    view.tabs.setCurrentIndex(TRIAGE)
    assert "No dead letters here" in words(view.triage)
    add_letter(bench)
    view.triage.look_button.click()
    assert cells(view.triage, "title") == ["rejected"]


def test_groups_letters_and_what_would_be_done(bench: Bench) -> None:
    for _ in range(3):
        add_letter(bench, error="ValidationError total<0")
    add_letter(bench, died_of="expired")
    view = open_triage(bench)
    assert cells(view, "title") == ["rejected: ValidationError total<0", "expired"]
    assert cells(view, "count") == ["3", "1"]
    assert view.start_button.text().strip() == "Redrive 3 messages → orders"
    view.groups.select_row(1)
    assert view.letters.row_model.rowCount() == 1
    assert view.start_button.text().strip() == "Redrive 1 message → orders"
    view.letters.select_row(0)
    detail = bench.studio.inspector.detail
    assert detail is not None and detail.row.message_id == 4


def test_grouped_by_a_header_that_is_typed(bench: Bench, qtbot: QtBot) -> None:
    add_letter(bench, error="boom")
    add_letter(bench)
    view = open_triage(bench)
    view.by.setCurrentIndex(view.by.findText("Header…"))
    assert view.detail.isVisible()
    assert "Type a header's name." in words(view)
    qtbot.keyClicks(view.detail, "error")
    qtbot.keyClick(view.detail, Qt.Key.Key_Return)
    assert cells(view, "title") == ["(none)", "boom"]
    view.by.setCurrentIndex(view.by.findText("JSON path…"))
    qtbot.keyClicks(view.detail, "$.[")
    qtbot.keyClick(view.detail, Qt.Key.Key_Return)
    assert "cannot be read" in words(view)


def test_patched_previewed_redriven_and_undone(bench: Bench, qtbot: QtBot) -> None:
    for n in (1, 2):
        add_letter(bench, b'{"total":-%d}' % n)
    view = open_triage(bench)
    qtbot.keyClicks(view.patch, "$.total = abs($.total)")
    qtbot.keyClick(view.patch, Qt.Key.Key_Return)
    assert '{"total":2}' in words(view.previews)
    assert '{"total":-2}' in words(view.previews)
    view.start_button.click()
    bodies = [bench.broker.bodies[row.message_id] for row in bench.broker.queues["orders"]]
    assert bodies == [b'{"total":1}', b'{"total":2}']
    assert "2 of 2 sent" in words(view)
    assert bench.notices()[-1] == "Redrove 2 messages of orders.dlq to where they died."
    view.groups.setFocus()
    bench.window.undo()
    back = [bench.broker.bodies[row.message_id] for row in bench.broker.queues["orders.dlq"]]
    assert back == [b'{"total":-1}', b'{"total":-2}']
    assert cells(view, "count") == ["2"]


def test_a_wrong_patch_is_told_below_and_nothing_can_start(bench: Bench, qtbot: QtBot) -> None:
    add_letter(bench)
    view = open_triage(bench)
    qtbot.keyClicks(view.patch, "$.total = sqrt(2)")
    assert "There is no function sqrt" in words(view)
    assert not view.start_button.isEnabled()
    assert not view.preview_button.isEnabled()
    view.patch.selectAll()
    qtbot.keyClick(view.patch, Qt.Key.Key_Delete)
    assert view.start_button.isEnabled()


def test_another_queue_a_rate_and_a_wrong_one(bench: Bench, qtbot: QtBot) -> None:
    add_letter(bench)
    view = open_triage(bench)
    view.to.setEditText("nowhere")
    assert "There is no queue nowhere" in words(view)
    view.to.setCurrentIndex(view.to.findText("orders"))
    view.rate.selectAll()
    qtbot.keyClicks(view.rate, "fast")
    assert "The rate is a number" in words(view)
    view.rate.selectAll()
    qtbot.keyClicks(view.rate, "20")
    view.keeps_deaths.click()
    plan = view.triage.plan()
    assert (plan.to, plan.rate_per_s, plan.stop_after, plan.keeps_deaths) == ("orders", 20.0, 5, False)
    assert view.start_button.isEnabled()


def test_what_comes_later_waits_to_be_included(bench: Bench) -> None:
    add_letter(bench)
    view = open_triage(bench)
    assert not view.include_button.isVisible()
    add_letter(bench)
    bench.sample()
    assert view.include_button.text().strip() == "1 new since: include"
    view.include_button.click()
    assert cells(view, "count") == ["2"]
    assert not view.include_button.isVisible()


def test_hostile_names_and_bodies_are_only_text(bench: Bench) -> None:
    add_letter(bench, b"<b>bold</b>\x1b[2J", error="<img src=x>\u202e", died_in="<i>orders</i>")
    view = open_triage(bench)
    assert cells(view, "title") == ["rejected: <img src=x>\\u202e"]
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in view.findChildren(QLabel))


def test_very_many_letters(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redriving, "AFTER_LOOKS", 1)
    for _ in range(5_000):
        add_letter(bench)
    view = open_triage(bench)
    assert cells(view, "count") == ["5,000"]
    assert "Group by exception" in words(view)
    assert view.letters.row_model.rowCount() == 200
    view.start_button.click()
    assert len(bench.broker.queues["orders"]) == 5_000


def test_everything_says_its_name_and_can_be_reached(bench: Bench) -> None:
    add_letter(bench)
    view = open_triage(bench)
    fields = [view.by, view.patch, view.to, view.rate, view.stop, view.groups, view.letters]
    assert all(each.accessibleName() for each in fields)
    buttons = [view.start_button, view.cancel_button, view.preview_button, view.again_button]
    assert all(each.accessibleName() for each in buttons)
    assert all(each.focusPolicy() & Qt.FocusPolicy.TabFocus for each in [*fields, *buttons])
