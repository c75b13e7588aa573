"""Somebody wants to see what their system does: the flow page, live, beside real clients."""

from pathlib import Path

import pika
from PySide6.QtWidgets import QApplication

from mqstudio.gui.widgets.flow_view import FlowView
from mqstudio.viewmodel.flow_graph import NodeKey, Part, Way, exchange_key, queue_key
from mqstudio.viewmodel.flow_shapes import THINNEST, width_of
from tests.support.window import Person, at_the_window

SHOP, DEAD = exchange_key("/", "shop"), exchange_key("/", "shop.dead")
ORDERS, MAIL, GRAVE = (queue_key("/", name) for name in ("shop.orders", "shop.mail", "shop.mail.dead"))
WEB, PACKERS = NodeKey(Part.CLIENT, "/", "web page"), NodeKey(Part.CONSUMER, "/", "packers")
RUSH, RUSH_AT = NodeKey(Part.CLIENT, "/", "rush"), exchange_key("/", "rush")


def width(view: FlowView, source: NodeKey, target: NodeKey, way: Way) -> float:
    """How wide a way is drawn; 0 if there is none."""
    edge = view.flow.graph.edges.get((source, target, way))
    return width_of(edge.per_s) if edge is not None else 0.0


def test_the_demo_shop_as_it_works(qapp: QApplication, data_dir: Path) -> None:
    """From an empty page by one click; ways are as wide as they are busy, and what is lost is red."""

    async def story(person: Person) -> None:
        view = person.window.flow.show()
        await person.until(view.demo_button.isVisible)
        person.click(view.demo_button)
        shop_ways = [
            (WEB, SHOP, Way.PUBLISH),
            (SHOP, ORDERS, Way.BINDING),
            (ORDERS, PACKERS, Way.DELIVERY),
        ]
        await person.until(lambda: all(width(view, *way) > THINNEST for way in shop_ways))
        assert (MAIL, DEAD, Way.DEAD_LETTER) in view.flow.graph.edges
        assert (DEAD, GRAVE, Way.BINDING) in view.flow.graph.edges
        places = dict(view.flow.places)
        await _rush(person, view)
        assert all(view.flow.places[key] == places[key] for key in (SHOP, ORDERS, MAIL, GRAVE, PACKERS, WEB))

    at_the_window(qapp, data_dir, story)


async def _rush(person: Person, view: FlowView) -> None:
    """A client publishes much more than the shop, half of it to nobody; then it rests."""
    properties = {"connection_name": "rush"}
    link = pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", person.port, client_properties=properties)
    )
    channel = link.channel()
    channel.exchange_declare("rush", "direct")
    channel.queue_declare("rush", arguments={"x-max-length": 10})
    channel.queue_bind("rush", "rush", "known")

    def busy() -> bool:
        for _ in range(200):
            channel.basic_publish("rush", "known", b"x")
            channel.basic_publish("rush", "unknown", b"x")
        link.process_data_events(0)
        edge = view.flow.graph.edges.get((RUSH, RUSH_AT, Way.PUBLISH))
        wide = width(view, RUSH_AT, queue_key("/", "rush"), Way.BINDING)
        return edge is not None and edge.is_losing and wide > width(view, SHOP, ORDERS, Way.BINDING) + 1

    await person.until(busy)
    edge = view.flow.graph.edges[RUSH, RUSH_AT, Way.PUBLISH]
    assert 0.3 < edge.lost_per_s / edge.per_s < 0.7
    await person.until(lambda: width(view, RUSH, RUSH_AT, Way.PUBLISH) == THINNEST)
    link.close()
    await person.until(lambda: RUSH not in view.flow.graph.nodes)
