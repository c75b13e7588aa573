"""The flow page without a window: kept current for who looks, walked, searched, and its verbs."""

import pytest

from mqstudio.model.flows import Flows, HandedOver, Passed, Published
from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.viewmodel.flow import Flow, binding_title, edge_title
from mqstudio.viewmodel.flow_graph import FlowEdge, NodeKey, Part, Way, exchange_key, queue_key
from mqstudio.viewmodel.inspector import Inspector
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now
from tests.unit.viewmodel.conftest import Shop

SHOP, ORDERS = exchange_key("/", "shop"), queue_key("/", "orders")
SELLER, WORKER = NodeKey(Part.CLIENT, "/", "seller"), NodeKey(Part.CONSUMER, "/", "worker")


class Looker:
    """Somebody at the page: asks the broker when the page wants it."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        flow.wants_refresh.connect(self.look)

    def look(self) -> None:
        run_now(self.flow.refresh())


@pytest.fixture
def looker(shop: Shop, workspace: Workspace) -> Looker:
    shop.broker.add_client(1, name="seller")
    shop.broker.add_client(2, name="worker")
    flows(shop.broker, 0)
    looker = Looker(Flow(workspace, shop.site.structure, Inspector(workspace, [])))
    shop.look()
    looker.flow.set_visible(True)
    return looker


def flows(broker: ListBroker, count: int) -> None:
    broker.flows = Flows(
        broker.clock.now_us,
        [Published(1, "/", "shop", count, 0)],
        [Passed("/", "shop", "orders", DestinationKind.QUEUE, "order.*", count)],
        [],
        [HandedOver(5, 2, "/", "orders", "t", count, 1, 4)],
    )


def tick(shop: Shop, count: int) -> None:
    shop.broker.clock.advance(1)
    flows(shop.broker, count)
    shop.broker.feed(shop.site.workspace)


def test_rates_come_with_the_second_look(shop: Shop, looker: Looker) -> None:
    tick(shop, 10)
    edge = looker.flow.graph.edges[SHOP, ORDERS, Way.BINDING]
    assert edge.per_s == pytest.approx(10)
    assert edge_title(edge) == "shop → orders"


def test_nothing_is_asked_or_built_for_nobody(shop: Shop, looker: Looker) -> None:
    looker.flow.set_visible(False)
    asked, graph = len(shop.broker.asked), looker.flow.graph
    tick(shop, 10)
    tick(shop, 20)
    assert len(shop.broker.asked) == asked and looker.flow.graph is graph


def test_a_broker_that_has_gone_leaves_the_picture(shop: Shop, looker: Looker) -> None:
    shop.site.workspace.lose("gone")
    run_now(looker.flow.refresh())
    assert ORDERS in looker.flow.graph.nodes


def test_walking(looker: Looker) -> None:
    flow = looker.flow
    flow.step(1, 0)
    assert flow.node is not None
    flow.select(SELLER)
    for key in (SHOP, ORDERS, WORKER, WORKER):
        flow.step(1, 0)
        assert flow.selected == key
    flow.step_edge(1)
    assert flow.edge is not None and flow.edge.way is Way.DELIVERY
    assert flow.details()[0].startswith("orders delivers to worker")
    flow.step(-1, 0)
    assert flow.selected == SHOP
    flow.select(None)
    flow.step_edge(1)
    assert flow.selected is None and flow.details() == []


def test_what_is_gone_is_no_longer_selected(shop: Shop, looker: Looker) -> None:
    looker.flow.select(ORDERS)
    run_now(shop.broker.delete_queue("orders"))
    shop.look()
    assert looker.flow.selected is None


def test_searching(looker: Looker) -> None:
    flow = looker.flow
    flow.search(" OR ")
    assert flow.found == {ORDERS, WORKER}
    flow.next_found()
    flow.next_found()
    assert flow.selected == WORKER
    flow.next_found(-1)
    assert flow.selected == ORDERS
    flow.search("")
    assert not flow.found


def test_places_are_remembered_and_what_is_no_memory_is_nothing(looker: Looker) -> None:
    flow = looker.flow
    flow.drag(ORDERS, 700, 500)
    assert flow.places[ORDERS].x == 700 and ORDERS not in flow.pinned
    flow.let_go()
    assert flow.places[ORDERS].x != 700
    flow.drop(ORDERS, 700, 500)
    flow.set_names_only(True)
    text = flow.to_text()
    flow.arrange_anew()
    assert flow.places[ORDERS].x != 700
    flow.restore("nonsense")
    flow.restore(text)
    flow.set_visible(True)
    assert flow.places[ORDERS].x == 700 and flow.names_only


def test_what_a_drag_would_bind(looker: Looker) -> None:
    between = looker.flow.binding_between
    assert between(SHOP, ORDERS) == between(ORDERS, SHOP) == {"exchange": "shop", "queue": "orders"}
    other = exchange_key("/", "other")
    assert between(SHOP, other) == {"exchange": "shop", "to": "exchange", "destination": "other"}
    for source, target in (
        (SELLER, SHOP), (ORDERS, WORKER), (exchange_key("/", ""), ORDERS), (SHOP, SHOP),
        (SHOP, queue_key("elsewhere", "orders")), (SHOP, exchange_key("/", "")),
    ):  # fmt: skip
        assert between(source, target) == {}


def test_messages_of_a_way(looker: Looker) -> None:
    flow = looker.flow
    edge = flow.graph.edges[SHOP, ORDERS, Way.BINDING]
    assert flow.messages_on(edge) == ("/", "orders", 'exchange == "shop"')
    by_key = FlowEdge(SHOP, ORDERS, Way.BINDING, bindings=(BindingSpec("shop", "orders", 'a"b'),))
    assert flow.messages_on(by_key) == ("/", "orders", 'exchange == "shop" and key in ("a\\"b")')
    publish = flow.graph.edges[SELLER, SHOP, Way.PUBLISH]
    assert flow.messages_on(publish) == ("/", "orders", 'exchange == "shop" and publisher == "seller"')
    delivery = flow.graph.edges[ORDERS, WORKER, Way.DELIVERY]
    assert flow.messages_on(delivery) == ("/", "orders", 'held_by == "worker"')
    assert flow.bindings_of(edge) and not flow.bindings_of(publish)
    assert binding_title(edge.bindings[0]) == "Delete binding “order.*” to queue orders"


def test_clusters_open_and_close(shop: Shop, looker: Looker) -> None:
    for number in range(400):
        shop.broker.add_queue(f"many.{number}")
    shop.look()
    flow = looker.flow
    assert flow.is_clustered and not flow.has_opened
    assert flow.show(queue_key("/", "many.3"))
    assert flow.has_opened
    flow.close_clusters()
    assert not flow.has_opened
    assert not flow.show(queue_key("/", "no such queue"))
