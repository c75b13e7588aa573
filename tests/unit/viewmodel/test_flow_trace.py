"""The way of a message through a flow: where it is known to have been, and what leads from there to there."""

from mqstudio.model.message import Death, Past, Properties
from mqstudio.model.rows import LifeStep, MessageDetail, MessageRow, MessageState
from mqstudio.viewmodel.flow_graph import (
    FlowEdge,
    FlowGraph,
    FlowNode,
    NodeKey,
    Part,
    Way,
    exchange_key,
    queue_key,
)
from mqstudio.viewmodel.flow_trace import trace

SELLER, OTHER = NodeKey(Part.CLIENT, "/", "seller"), NodeKey(Part.CLIENT, "/", "other")
X, Y, DEAD = (exchange_key("/", name) for name in ("x", "y", "dead"))
Q, GRAVE, ELSEWHERE = (queue_key("/", name) for name in ("q", "grave", "elsewhere"))
WORKER = NodeKey(Part.CONSUMER, "/", "worker")


def graph() -> FlowGraph:
    ways = [
        (SELLER, X, Way.PUBLISH), (OTHER, X, Way.PUBLISH), (X, Y, Way.BINDING), (Y, Q, Way.BINDING),
        (X, ELSEWHERE, Way.BINDING), (Q, WORKER, Way.DELIVERY), (Q, DEAD, Way.DEAD_LETTER),
        (DEAD, GRAVE, Way.BINDING),
    ]  # fmt: skip
    nodes = {key for way in ways for key in way[:2]}
    return FlowGraph({key: FlowNode(key) for key in nodes}, {way: FlowEdge(*way) for way in ways})


def detail(queue: str, exchange: str, past: Past | None = None, **fields: object) -> MessageDetail:
    row = MessageRow(1, queue, MessageState.READY, exchange, "k", 1, "", 1, publisher="seller", **fields)  # type: ignore[arg-type]
    life = [LifeStep(1, "published", "", "", exchange=exchange), LifeStep(2, "enqueued", queue, "")]
    return MessageDetail(row, Properties(), b"", 0, "hub", "", life, past)


def test_from_its_publisher_through_exchanges_to_who_holds_it() -> None:
    found = trace(graph(), detail("q", "x", holder="worker · tag"))
    assert found.nodes == {SELLER, X, Y, Q, WORKER}
    assert found.edges == {
        (SELLER, X, Way.PUBLISH), (X, Y, Way.BINDING), (Y, Q, Way.BINDING), (Q, WORKER, Way.DELIVERY),
    }  # fmt: skip


def test_a_dead_letter_with_its_past() -> None:
    past = Past(1, (Death("q", "rejected", "x", ("k",), 1, 1, None),), ("rejected", "q", "x"), None, False)
    found = trace(graph(), detail("grave", "dead", past))
    assert {X, Q, DEAD, GRAVE} <= found.nodes and ELSEWHERE not in found.nodes and OTHER not in found.nodes
    assert (Q, DEAD, Way.DEAD_LETTER) in found.edges


def test_a_message_of_somewhere_else() -> None:
    assert trace(FlowGraph(), detail("q", "x")).nodes == frozenset()
