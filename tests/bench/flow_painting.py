"""What the flow page costs while it is looked at: building, placing and painting 150 nodes.

Run: python -m tests.bench.flow_painting. The page draws ten frames a second while something flows, and builds
its graph anew once a second; a broker of 2,000 queues has it put them together first.
"""

import os
import statistics
import time
from collections.abc import Callable

from mqstudio.gui.app import make_application
from mqstudio.gui.theme import Mode, Theme
from mqstudio.gui.widgets.flow_canvas import FlowCanvas
from mqstudio.model.flows import Flows, HandedOver, Passed, Published
from mqstudio.model.rows import ExchangeRow, QueueRow, Topology
from mqstudio.model.samples import ConnectionSample
from mqstudio.model.topology import BindingSpec, DestinationKind, ExchangeSpec, QueueSpec
from mqstudio.viewmodel.flow_clusters import clustered
from mqstudio.viewmodel.flow_graph import FlowGraph, Known, build
from mqstudio.viewmodel.flow_layout import LayoutMemory, arrange
from mqstudio.viewmodel.studio import Studio

ROUNDS = 60
SIZE = (1_400, 900)
FRAMES_PER_S = 10


def known(queues: int, clients: int) -> Known:
    """As many queues of ten exchanges, each with a rate, and clients that publish or consume."""
    names = [f"region{n % 7}.orders.{n}" for n in range(queues)]
    bindings = [BindingSpec(f"x{n % 10}", name, f"key.{n}") for n, name in enumerate(names)]
    exchanges = [
        ExchangeRow(
            ExchangeSpec(f"x{n}", "topic"), "/", [each for each in bindings if each.exchange == f"x{n}"]
        )
        for n in range(10)
    ]
    rows = [QueueRow(QueueSpec(name), "/", n, 10, 2, 1, []) for n, name in enumerate(names)]
    connections = {
        n: ConnectionSample(
            n, "amqp091", f"client {n}", "127.0.0.1:1", "guest", "pika", "1", "", n, 1, 1, 0, 0, 0
        )
        for n in range(clients)
    }  # fmt: skip
    return Known(
        Topology(exchanges, rows), {}, connections, _flows(2, names, clients), _flows(1, names, clients)
    )


def _flows(at_s: int, names: list[str], clients: int) -> Flows:
    count = at_s * 100
    return Flows(
        at_s * 1_000_000,
        [Published(n, "/", f"x{n % 10}", count, count // 50 if n == 0 else 0) for n in range(0, clients, 2)],
        [
            Passed("/", f"x{n % 10}", name, DestinationKind.QUEUE, f"key.{n}", count * (n % 9))
            for n, name in enumerate(names)
        ],
        [],
        [
            HandedOver(n, n, "/", names[n % len(names)], "tag", count, 1, 10)
            for n in range(1, clients, 2)
        ],
    )  # fmt: skip


def median_ms(work: Callable[[], object]) -> float:
    """Of several rounds."""
    took = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        took.append((time.perf_counter() - begin) * 1000)
    return statistics.median(took)


def _paint_ms(theme: Theme, graph: FlowGraph) -> tuple[float, float]:
    """A frame of which only dots are new, and one of which everything is."""
    studio = Studio()
    flow = studio.flow
    flow.graph, flow.places = graph, arrange(graph, LayoutMemory())
    canvas = FlowCanvas(theme, flow)
    canvas.resize(*SIZE)
    canvas.fit()
    canvas.show()
    flow.changed.emit()

    def everything() -> None:
        canvas._layer = None
        canvas.grab()

    everything()  # fonts and glyphs are made once
    found = median_ms(canvas.grab), median_ms(everything)
    assert canvas._timer.isActive()
    canvas.hide()
    return found


def _print_frames(dots_ms: float, all_ms: float) -> None:
    share = (dots_ms * (FRAMES_PER_S - 1) + all_ms) / 10
    print(f"  paint  {dots_ms:6.2f} ms a frame, {all_ms:.2f} ms when figures change: {share:.1f} % of a core")


def main() -> None:
    """Print the figures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    theme = Theme(make_application(), Mode.LIGHT)
    small, large = known(96, 44), known(2_000, 200)
    graph, memory = build(small), LayoutMemory()
    arrange(graph, memory)
    print(f"{len(graph.nodes)} nodes, {len(graph.edges)} ways:")
    _print_frames(*_paint_ms(theme, graph))
    print(f"  build  {median_ms(lambda: build(small)):6.2f} ms a second")
    print(f"  places {median_ms(lambda: arrange(graph, memory)):6.2f} ms a second")
    whole = build(large)
    few = clustered(whole)
    print(
        f"{len(whole.nodes)} nodes, {len(whole.edges)} ways, shown as {len(few.nodes)} and {len(few.edges)}:"
    )
    _print_frames(*_paint_ms(theme, few))
    print(f"  build    {median_ms(lambda: build(large)):6.2f} ms a second")
    print(f"  clusters {median_ms(lambda: clustered(whole)):6.2f} ms a second")


if __name__ == "__main__":
    main()
