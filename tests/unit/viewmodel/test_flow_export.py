"""A flow as text: valid whatever names are made of, and the same for the same."""

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.topology import BindingSpec
from mqstudio.viewmodel.flow_export import mermaid_text, to_mermaid, to_svg
from mqstudio.viewmodel.flow_graph import FlowEdge, FlowGraph, FlowNode, Way, exchange_key, queue_key
from mqstudio.viewmodel.flow_layout import LayoutMemory, arrange

NODE = re.compile(r'    n\d+(\["|\{\{"|\(\[")([^"\[\]{}|`<>]|<br/>)*("\]|"\}\}|"\]\))')
EDGE = re.compile(r'    n\d+ (-->|-\.->)(\|"[^"\[\]{}|`<>]*"\|)? n\d+')


def graph(name: str, key: str = "a.#") -> FlowGraph:
    x, q = exchange_key("/", name), queue_key("/", name)
    edges = [
        FlowEdge(x, q, Way.BINDING, bindings=(BindingSpec(name, name, key),)),
        FlowEdge(q, x, Way.DEAD_LETTER, 4.0, 1.0),
    ]
    return FlowGraph({x: FlowNode(x), q: FlowNode(q, ready=3)}, {edge.key: edge for edge in edges})


def test_mermaid_reads_well() -> None:
    assert to_mermaid(graph("orders", "new")).splitlines() == [
        "flowchart LR",
        '    n1{{"orders"}}',
        '    n2["orders<br/>3 ready"]',
        '    n1 -->|"new"| n2',
        '    n2 -.->|"1.0#47;s unroutable"| n1',
        "    linkStyle 1 stroke:#b3261e",
    ]


@given(st.text(max_size=40), st.text(max_size=20))
def test_mermaid_is_valid_whatever_names_are(name: str, key: str) -> None:
    """Each line is a node of ours or an edge between two; no name can end its quotes or add a line."""
    lines = to_mermaid(graph(name, key)).splitlines()
    assert lines[0] == "flowchart LR"
    assert [bool(NODE.fullmatch(line)) for line in lines[1:3]] == [True, True], lines
    assert [bool(EDGE.fullmatch(line)) for line in lines[3:5]] == [True, True], lines
    assert lines[5:] == ["    linkStyle 1 stroke:#b3261e"]


def test_words_that_mermaid_reads_are_only_names() -> None:
    for name in (
        "end",
        "subgraph",
        "graph TD",
        "click n1 href x",
        "%%{init: {}}%%",
        "a\n-->b",
        '"];x[',
        "#quot;",
    ):
        text = to_mermaid(graph(name))
        assert len(text.splitlines()) == 6
    assert mermaid_text('a"b#c;') == "a#34;b#35;c#59;"


@given(st.text(max_size=40))
def test_svg_is_well_formed_whatever_names_are(name: str) -> None:
    shown = graph(name)
    text = to_svg(shown, arrange(shown, LayoutMemory()))
    root = ElementTree.fromstring(text)  # our own text
    assert root.tag.endswith("svg")
    assert not [each for each in root.iter() if each.tag.endswith(("script", "image", "a"))]


def test_the_same_gives_the_same() -> None:
    shown = graph("orders")
    assert to_mermaid(shown) == to_mermaid(FlowGraph(dict(reversed(shown.nodes.items())), shown.edges))
    assert to_svg(FlowGraph(), {}).endswith("</svg>\n")
