"""`mqstudio topology`, as people run it: a real process against a real broker, without Qt."""

import subprocess
import sys
from xml.etree import ElementTree

import pika

from mqstudio.client.client import Client
from tests.support.broker import RunningBroker
from tests.unit.test_cli_commands import complaint, mqstudio, text

HOSTILE = 'a"]; end\n%% <b>'


async def test_as_mermaid_and_as_svg(broker: RunningBroker) -> None:
    """Names of any make are only names; rates stand at their ways."""
    here = ("--data-dir", str(broker.data_dir))
    async with await broker.attach() as client:
        assert isinstance(client, Client)
        await client.declare_exchange("shop", "topic")
        await client.declare_queue(HOSTILE)
        await client.bind("shop", HOSTILE, "order.#")
        drawn = text(mqstudio("topology", *here)).splitlines()
        assert drawn[0] == "flowchart LR"
        assert any('{{"shop<br/>topic"}}' in line for line in drawn)
        assert any('-->|"order.#35;"|' in line for line in drawn)
        assert not [line for line in drawn if "%%" in line or line.strip() == "end"]
        svg = text(mqstudio("topology", "--svg", *here))
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        await client.delete_queue(HOSTILE)
        await client.delete_exchange("shop")


def test_rates_are_watched_for_so_long(broker: RunningBroker) -> None:
    link = pika.BlockingConnection(pika.URLParameters(broker.url))
    channel = link.channel()
    channel.queue_declare("topology.busy")
    arguments = ("topology", "--rates", "2", "--data-dir", str(broker.data_dir))
    drawing = subprocess.Popen(
        [sys.executable, "-m", "mqstudio", *arguments], stdout=subprocess.PIPE, text=True
    )
    while drawing.poll() is None:
        channel.basic_publish("", "topology.busy", b"x")
        link.process_data_events(0.01)
    assert drawing.stdout is not None
    drawn = drawing.stdout.read()
    drawing.stdout.close()
    channel.queue_delete("topology.busy")
    link.close()
    assert drawn.count("#47;s") == 2  # from the client to the default exchange, and on to the queue


def test_too_long_a_watch_is_refused(broker: RunningBroker) -> None:
    says = complaint(mqstudio("topology", "--rates", "1000", "--data-dir", str(broker.data_dir)), 2)
    assert "60" in says
