"""The lifecycle in the inspector: opened by L, gone through by keys and mouse, in all looks and lengths."""

from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from mqstudio.gui.theme import Mode
from mqstudio.gui.widgets.inspector_view import LIFE
from mqstudio.model.lifecycle import Lifecycle
from mqstudio.model.rows import LifeStep
from mqstudio.viewmodel.look import Look
from tests.gui.conftest import Bench
from tests.gui.test_main_window import open_queue
from tests.unit.viewmodel.test_lifecycle_story import S, a_life


def looked_at(bench: Bench, life: Lifecycle | None = None) -> None:
    """Select the first message, and press L."""
    view = open_queue(bench, messages=1)
    bench.broker.lifecycles[1] = life or a_life()
    view.table.select_row(0)
    view.table.setFocus()
    QTest.keyClick(view.table, Qt.Key.Key_L)


def click(bench: Bench, x: float, y: float) -> None:
    canvas = bench.window.inspector.lifecycle.canvas
    QTest.mouseClick(
        canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(int(x), int(y))
    )


def test_l_opens_it_in_the_inspector_and_closes_it_again(bench: Bench) -> None:
    looked_at(bench)
    inspector = bench.window.inspector
    assert inspector.tabs.currentIndex() == LIFE
    assert bench.studio.lifecycle.story is not None
    assert "message 2: dead letter of 1" in inspector.lifecycle.canvas.accessibleName()
    view = bench.window.queue_view
    assert view is not None
    QTest.keyClick(view.table, Qt.Key.Key_L)
    assert inspector.tabs.currentIndex() == 0


def test_an_event_under_the_pointer_tells_its_facts(bench: Bench) -> None:
    looked_at(bench)
    life = bench.window.inspector.lifecycle
    axis = life.panel.axis()
    place = QPointF(life.canvas.x_of(axis.share(3 * S)), life.canvas.track(1))
    QTest.mouseMove(life.canvas, place.toPoint())
    cluster = life.canvas.cluster_at(place)
    assert cluster is not None
    life.canvas._hover(cluster)
    assert life.facts.text().startswith("delivered\n")
    assert "to w · t" in life.facts.text()
    life.canvas._hover(None)
    assert life.facts.text().startswith("Point at an event")
    click(bench, place.x(), place.y())
    assert life.facts.text().startswith("delivered\n")
    click(bench, 200, life.canvas.track(0))
    assert life.panel.chosen is None


def test_keys_step_zoom_open_and_leave(bench: Bench) -> None:
    looked_at(bench)
    assert bench.broker.add_message("dead") == 2
    life = bench.window.inspector.lifecycle
    life.canvas.setFocus()
    QTest.keyClick(life.canvas, Qt.Key.Key_Right)
    assert life.facts.text().startswith("published")
    QTest.keyClick(life.canvas, Qt.Key.Key_End)
    assert life.panel.chosen_mark is not None and life.panel.chosen_mark.at_us == 7 * S
    QTest.keyClick(life.canvas, Qt.Key.Key_Plus)
    assert life.panel.window.width < 1
    QTest.keyClick(life.canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(life.canvas, Qt.Key.Key_0)
    assert life.panel.window.width == 1
    life.panel.choose(next(i for i, mark in enumerate(life.panel.story.marks) if mark.leads_to))  # type: ignore[union-attr]
    QTest.keyClick(life.canvas, Qt.Key.Key_Return)
    assert bench.studio.inspector.detail is not None
    assert bench.studio.inspector.detail.row.message_id == 2
    QTest.keyClick(life.canvas, Qt.Key.Key_Escape)
    QTest.keyClick(life.canvas, Qt.Key.Key_Escape)
    assert bench.window.inspector.tabs.currentIndex() == 0


def test_a_title_of_another_queue_opens_it(bench: Bench) -> None:
    bench.broker.add_queue("audit", 0)
    looked_at(bench)
    canvas = bench.window.inspector.lifecycle.canvas
    click(bench, 30, canvas.lane_rect(2).top() + 10)
    view = bench.window.queue_view
    assert view is not None and view.page.queue == "audit"


def test_it_is_copied_and_exported(bench: Bench) -> None:
    looked_at(bench)
    life = bench.window.inspector.lifecycle
    life.copy_text()
    assert QGuiApplication.clipboard().text().startswith("message 1  ex › eu.new")
    life.copy_json()
    assert '"message_id": 1' in QGuiApplication.clipboard().text()
    dialog = life.ask_spans()
    assert dialog is not None
    assert dialog.selectedFiles()[0].endswith("message-1.otlp.json")
    dialog.reject()


def test_one_event_and_a_thousand_are_painted_in_every_look(bench: Bench) -> None:
    life = a_life()
    many = tuple(
        LifeStep(place * 1_000, "delivered" if place % 2 else "requeued", "orders", "to w", 1)
        for place in range(1_000)
    )
    first = life.parts[0]
    looked_at(bench, Lifecycle(1, 8 * S, (replace(first, steps=first.steps[:1], rows=()),)))
    view = bench.window.inspector.lifecycle
    for steps in (first.steps[:1], many):
        bench.broker.lifecycles[1] = Lifecycle(1, 8 * S, (replace(first, steps=steps),), recorded_one_in=4)
        bench.broker.change("orders", 1, delivery_count=len(steps))
        bench.spawn(bench.studio.inspector.show("/", bench.broker.queues["orders"][0]), bench.window)
        assert view.panel.story is not None and len(view.panel.story.marks) == len(steps)
        for mode in (Mode.LIGHT, Mode.DARK, Mode.CONTRAST):
            bench.theme.set_look(Look(mode))
            for is_log in (True, False):
                view.panel.use_log(is_log)
                assert not view.canvas.grab().isNull()
    bench.theme.set_look(Look(Mode.LIGHT))
