"""`mqstudio topology`: what flows where, as a picture in text."""

import asyncio
from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client
from mqstudio.model.flows import Flows
from mqstudio.model.queries import GetFlows, WatchSamples
from mqstudio.model.samples import Sample
from mqstudio.viewmodel.flow_clusters import clustered
from mqstudio.viewmodel.flow_export import to_mermaid, to_svg
from mqstudio.viewmodel.flow_graph import FlowGraph, Known, build
from mqstudio.viewmodel.flow_layout import LayoutMemory, arrange

SECONDS_MAX = 60.0
NOTHING_YET = "Nothing is declared yet, and nobody is connected: there is nothing to draw."


@click.command("topology", short_help="Draw what flows where, as Mermaid or SVG.")
@data_dir_option()
@click.option("--mermaid", "way", flag_value="mermaid", default=True, help="A Mermaid flowchart.  [default]")
@click.option("--svg", "way", flag_value="svg", help="A picture for browsers.")
@click.option(
    "--rates",
    "seconds",
    type=click.FloatRange(0, SECONDS_MAX),
    default=0.0,
    metavar="SECONDS",
    help="Watch for so long, and write at each way how much goes over it.",
)
@click.option(
    "--all", "is_whole", is_flag=True, help="Draw each, however many; else names that begin alike are one."
)
def command(data_dir: Path | None, way: str, seconds: float, *, is_whole: bool) -> None:
    """Draw publishers, exchanges, bindings, queues, consumers and dead letters.

    \b
    Examples:
      mqstudio topology > flow.mmd
      mqstudio topology --rates 5 --svg > flow.svg
    """

    async def draw(client: Client) -> FlowGraph:
        return build(await _look(client, seconds))

    graph = with_client(data_dir, draw)
    if not graph.nodes:
        click.echo(NOTHING_YET, err=True)
        return
    shown = graph if is_whole else clustered(graph)
    text = to_svg(shown, arrange(shown, LayoutMemory())) if way == "svg" else to_mermaid(shown)
    click.echo(text, nl=False)


async def _look(client: Client, seconds: float) -> Known:
    before = await client.call(GetFlows(), Flows)
    await asyncio.sleep(seconds)
    now = await client.call(GetFlows(), Flows) if seconds else before
    sample = await _first_sample(client)
    queues = {(queue.vhost, queue.name): queue for queue in sample.queues}
    connections = {each.id: each for each in sample.connections}
    return Known(await client.topology(), queues, connections, now, before if seconds else None)


async def _first_sample(client: Client) -> Sample:
    async with client.watch(WatchSamples()) as samples:
        async for item in samples:
            if isinstance(item, Sample):
                return item
    raise ConnectionError("The broker has gone.")
