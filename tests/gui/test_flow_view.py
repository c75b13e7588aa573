"""The flow page: fills, changes, is walked by keyboard, binds, unbinds, opens, exports; empty, overloaded."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from mqstudio.gui.widgets.flow_painting import edge_colour
from mqstudio.gui.widgets.flow_view import FlowView
from mqstudio.model.flows import Flows, HandedOver, Passed, Published
from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.viewmodel.flow_clusters import NODES_MAX
from mqstudio.viewmodel.flow_graph import NodeKey, Part, Way, exchange_key, queue_key
from mqstudio.viewmodel.look import Look
from tests.gui.conftest import Bench
from tests.support.list_broker import run_now

SHOP, ORDERS, AUDIT = exchange_key("/", "shop"), queue_key("/", "orders"), queue_key("/", "audit")
SELLER = NodeKey(Part.CLIENT, "/", "seller")
WORKER = NodeKey(Part.CONSUMER, "/", "worker")


@pytest.fixture
def shop(bench: Bench) -> Bench:
    """A seller, an exchange, two queues of which one is bound, a worker."""
    broker = bench.broker
    run_now(broker.declare_exchange("shop", "topic"))
    broker.add_queue("orders", 3)
    broker.add_queue("audit")
    run_now(broker.bind("shop", "orders", "order.#"))
    broker.add_client(1, name="seller")
    broker.add_client(2, name="worker")
    flow(bench, 0)
    return bench


def flow(bench: Bench, count: int, lost: int = 0) -> None:
    """So much has flowed by now."""
    bench.broker.flows = Flows(
        bench.clock.now_us,
        [Published(1, "/", "shop", count + lost, lost)],
        [Passed("/", "shop", "orders", DestinationKind.QUEUE, "order.#", count)],
        [],
        [HandedOver(7, 2, "/", "orders", "tag", count, 2, 10)],
    )


def tick(bench: Bench, count: int, lost: int = 0) -> None:
    bench.clock.advance(1)
    flow(bench, count, lost)
    bench.sample(0)


def opened(bench: Bench) -> FlowView:
    bench.sample()
    view = bench.window.flow.show()
    QTest.qWait(0)
    bench.sample()
    return view


def drag(view: FlowView, start: QPointF, end: QPointF) -> None:
    canvas, left = view.canvas, Qt.MouseButton.LeftButton
    QTest.mousePress(canvas, left, Qt.KeyboardModifier.NoModifier, start.toPoint())
    QTest.mouseMove(canvas, ((start + end) / 2).toPoint())
    QTest.mouseMove(canvas, end.toPoint())
    QTest.mouseRelease(canvas, left, Qt.KeyboardModifier.NoModifier, end.toPoint())


def test_empty_it_teaches_and_offers_the_demo(bench: Bench) -> None:
    view = opened(bench)
    assert view.flow.is_empty
    assert view.demo_button.isVisible() and not view.canvas.isVisible()


def test_fills_and_changes(shop: Bench) -> None:
    view = opened(shop)
    assert set(view.flow.graph.nodes) == {SHOP, ORDERS, AUDIT, SELLER, WORKER}
    assert view.canvas.isVisible()
    tick(shop, 10)
    tick(shop, 30)
    edge = view.flow.graph.edges[SHOP, ORDERS, Way.BINDING]
    assert edge.per_s == pytest.approx(20)
    assert edge_colour(shop.theme, edge) == shop.theme.colour("chart_in")


def test_what_is_lost_is_red_and_said(shop: Bench) -> None:
    view = opened(shop)
    tick(shop, 10)
    tick(shop, 10, lost=8)
    edge = view.flow.graph.edges[SELLER, SHOP, Way.PUBLISH]
    assert edge.lost_per_s > 0
    assert edge_colour(shop.theme, edge) == shop.theme.colour("dropped")
    view.flow.select(edge.key)
    assert "unroutable" in view.details.text()


def test_arrows_walk_enter_opens_and_it_is_said(shop: Bench) -> None:
    view = opened(shop)
    canvas = view.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    view.flow.select(SHOP)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert isinstance(view.flow.selected, NodeKey) and view.flow.selected.part is Part.QUEUE
    view.flow.select(ORDERS)
    assert "queue orders" in canvas.accessibleDescription()
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    assert view.flow.edge is not None
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert view.flow.selected is None
    view.flow.select(ORDERS)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    page = shop.window.queue_view
    assert page is not None and page.page.queue == "orders"


def test_double_click_opens(shop: Bench) -> None:
    view = opened(shop)
    place = view.canvas.place_of(SHOP).toPoint()
    QTest.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert shop.window.tabs.exchange_view is not None


def test_a_drag_from_exchange_to_queue_binds_and_can_be_undone(shop: Bench) -> None:
    view = opened(shop)
    drag(view, view.canvas.place_of(SHOP), view.canvas.place_of(AUDIT))
    dialogs = [each for each in shop.window.findChildren(object) if type(each).__name__ == "FormDialog"]
    form = dialogs[-1].form  # type: ignore[attr-defined]
    assert (form.value("exchange"), form.value("destination")) == ("shop", "audit")
    form.edit("routing_key", "order.paid")
    shop.spawn(form.act(), shop.window)
    dialogs[-1].reject()  # type: ignore[attr-defined]
    run_now(shop.studio.structure.refresh())
    assert (SHOP, AUDIT, Way.BINDING) in view.flow.graph.edges
    assert SHOP not in view.flow.pinned


def test_a_right_click_deletes_a_binding_which_can_be_had_back(shop: Bench) -> None:
    view = opened(shop)
    menu = view.menu_for((SHOP, ORDERS, Way.BINDING))
    texts = [action.text() for action in menu.actions()]
    assert "Show messages on this way" in texts
    menu.actions()[-1].trigger()
    assert shop.broker.bound == []
    run_now(shop.studio.undo.undo_last())
    assert shop.broker.bound == [BindingSpec("shop", "orders", "order.#")]


def test_delete_unbinds_a_way_and_only_a_binding(shop: Bench) -> None:
    view = opened(shop)
    view.flow.select((SELLER, SHOP, Way.PUBLISH))
    QTest.keyClick(view.canvas, Qt.Key.Key_Delete)
    assert shop.notices()[-1] == "Only bindings can be deleted here."
    view.flow.select((SHOP, ORDERS, Way.BINDING))
    QTest.keyClick(view.canvas, Qt.Key.Key_Delete)
    assert shop.broker.bound == []


def test_large_text_gets_a_large_plane(shop: Bench) -> None:
    view = opened(shop)
    usual = view.canvas.scale
    shop.theme.set_look(Look(shop.theme.mode, points=2 * shop.theme.font.pointSizeF()))
    try:
        assert view.canvas.scale > usual
    finally:
        shop.theme.set_look(Look(shop.theme.mode))


def test_messages_on_a_way_are_a_filter(shop: Bench) -> None:
    view = opened(shop)
    view.open((SHOP, ORDERS, Way.BINDING))
    page = shop.window.queue_view
    assert page is not None
    assert page.page.filter.active == 'exchange == "shop"'


def test_a_node_stays_where_it_was_put(shop: Bench) -> None:
    view = opened(shop)
    start = view.canvas.place_of(AUDIT)
    drag(view, start, start + QPointF(30, 160))
    put = view.flow.places[AUDIT]
    shop.broker.add_queue("more")
    shop.sample()
    run_now(shop.studio.structure.refresh())
    assert view.flow.places[AUDIT] == put
    shop.window.remember()
    other = type(view.flow)(shop.studio.workspace, shop.studio.structure, shop.studio.inspector)
    other.restore(view.flow.to_text())
    other.set_visible(True)
    assert other.places[AUDIT] == put


def test_zoom_pan_and_fit(shop: Bench) -> None:
    view = opened(shop)
    canvas = view.canvas
    canvas.fit()
    scale = canvas.scale
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.scale > scale
    before = canvas.origin
    bottom = QPoint(canvas.width() - 4, canvas.height() - 4)
    drag(view, QPointF(bottom), QPointF(bottom) - QPointF(60, 30))
    assert canvas.origin == before - QPointF(60, 30)
    QTest.keyClick(canvas, Qt.Key.Key_0)
    assert canvas.scale == scale


def test_search_marks_and_steps(shop: Bench) -> None:
    view = opened(shop)
    QTest.keyClicks(view.search, "ORD")
    assert view.flow.found == {ORDERS}
    QTest.keyClick(view.search, Qt.Key.Key_Return)
    assert view.flow.selected == ORDERS


def test_nothing_moves_for_who_wants_no_motion(shop: Bench) -> None:
    view = opened(shop)
    tick(shop, 10)
    tick(shop, 20)
    assert view.canvas._timer.isActive()
    shop.theme.set_look(Look(shop.theme.mode, is_still=True))
    try:
        assert not view.canvas._timer.isActive() and not view.animate_button.isEnabled()
    finally:
        shop.theme.set_look(Look(shop.theme.mode))


def test_nothing_is_drawn_or_asked_for_nobody(shop: Bench) -> None:
    view = opened(shop)
    shop.window.tabs.show_first()
    frames, looked = view.canvas.frames, len(shop.broker.asked)
    tick(shop, 10)
    tick(shop, 20)
    assert view.canvas.frames == frames and len(shop.broker.asked) == looked


def test_trace_marks_the_way_of_a_message(shop: Bench) -> None:
    view = opened(shop)
    shop.window.open_queue("/", "orders")
    shop.broker.change("orders", 1, exchange="shop", publisher="seller")
    shop.sample()
    page = shop.window.queue_view
    assert page is not None
    row = next(row for row in shop.broker.queues["orders"] if row.message_id == 1)
    run_now(shop.studio.inspector.show("/", row))
    shop.window.flow.show()
    view.trace_button.click()
    assert view.flow.traced is not None
    assert {SELLER, SHOP, ORDERS} <= view.flow.traced.nodes and AUDIT not in view.flow.traced.nodes
    assert (SHOP, ORDERS, Way.BINDING) in view.flow.traced.edges


def test_exports(shop: Bench, tmp_path: Path) -> None:
    view = opened(shop)
    for name in ("flow.svg", "flow.png", "flow.mmd"):
        view.save(str(tmp_path / name))
    assert (tmp_path / "flow.svg").read_text().startswith("<svg")
    assert (tmp_path / "flow.mmd").read_text().startswith("flowchart LR")
    assert not QImage(str(tmp_path / "flow.png")).isNull()
    view.save(str(tmp_path / "no such folder" / "flow.svg"))
    assert "could not be written" in shop.notices()[-1]


def test_two_thousand_queues_are_few_nodes(bench: Bench) -> None:
    for number in range(2_000):
        bench.broker.add_queue(f"{'eu' if number % 2 else 'us'}.orders.{number}")
    view = opened(bench)
    assert 0 < len(view.flow.graph.nodes) <= NODES_MAX
    pile = next(key for key in view.flow.graph.nodes if key.part is Part.QUEUE)
    view.open(pile)
    assert len(view.flow.graph.nodes) > 100
    view.close_button.click()
    assert len(view.flow.graph.nodes) <= NODES_MAX
    view.show_node(queue_key("/", "eu.orders.1"))
    assert view.flow.selected is not None


def test_t_on_a_queue_shows_it_in_the_flow(shop: Bench) -> None:
    opened(shop)
    shop.window.open_queue("/", "audit")
    table = shop.window.explorer.table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_T)
    assert shop.studio.flow.selected == AUDIT
    assert shop.window.tabs.currentWidget() is shop.window.flow.show()


def test_hostile_names_are_only_text(bench: Bench) -> None:
    bench.broker.add_queue('<img src=x>"];end\n%%{init}%%')
    view = opened(bench)
    view.flow.select(next(iter(view.flow.graph.nodes)))
    assert "<img" in view.details.text()
    assert "<img" not in view.mermaid() and "%%" not in view.mermaid()
