"""`mqstudio demo`: a shop full of messages to look at."""

import os
import re
import signal
import sys
import threading
from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.running import failure, with_client
from mqstudio.client.client import Client

UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600}
RATE_MAX = 1_000
AMQP = "amqp091"


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click only
    """A time like `30s`, `5m` or `1h`, as seconds."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it, or say how it is written."""
        found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smh]?)", value)
        if found is None:
            self.fail(f"{value!r} is not a time like 30s, 5m or 1h.", param, ctx)
        return float(found[1]) * UNITS_S[found[2]]


@click.command("demo", short_help="Fill the broker with the messages of a small shop.")
@click.option("--amqp", "url", metavar="URL", help="A broker's address; else that of the data folder.")
@click.option(
    "--rate",
    type=click.FloatRange(0.1, RATE_MAX),
    default=5.0,
    show_default=True,
    help="Orders per second.",
)
@click.option("--for", "seconds", type=Duration(), help="Close after this time (30s, 5m, 1h).")
@click.option("--clean", "is_clean", is_flag=True, help="Take away what the shop has declared, and end.")
@click.option("--owned", "is_owned", is_flag=True, hidden=True, help="End when standard input closes.")
@data_dir_option()
def command(
    *,
    url: str | None,
    rate: float,
    seconds: float | None,
    is_clean: bool,
    is_owned: bool,
    data_dir: Path | None,
) -> None:
    """Open a small shop: two producers of orders, and three consumers of them.

    One consumer is slow, so that orders wait for it; one fails over some orders, which end in a queue
    of dead letters. All five are ordinary clients. Everything the shop declares begins with "shop".

    \b
    Examples:
      mqstudio demo                     until Ctrl-C
      mqstudio demo --rate 50 --for 1m  50 orders per second, for a minute
      mqstudio demo --clean             take its queues and exchanges away again
    """
    from mqstudio.demo import running, shop  # noqa: PLC0415 - loads a client library that others do not need

    address = url or _address(data_dir)
    try:
        if is_clean:
            running.guarded(shop.clean, address)
            click.echo("The demo shop's queues and exchanges are gone.")
            return
        opened = running.Shop(address, rate)
        _close_when_told(opened.closing, is_owned=is_owned)
        opened.open()
        click.echo("The demo shop is open: 2 producers, 3 consumers. Ctrl-C closes it.")
        sys.stdout.flush()
        opened.wait(seconds)
        click.echo("The demo shop is closed. `mqstudio demo --clean` takes its queues away.")
    except running.ShopFailedError as error:
        raise failure(str(error)) from error


def _address(data_dir: Path | None) -> str:
    """Where the broker of the data folder listens."""

    async def work(client: Client) -> int | None:
        listeners = (await client.info()).listeners
        return next((each.port for each in listeners if each.protocol == AMQP), None)

    port = with_client(data_dir, work)
    if port is None:
        raise failure("This broker does not listen for AMQP clients.")
    return address_of(port)


def address_of(port: int) -> str:
    """The address of a broker on this computer, for its guest."""
    return f"amqp://guest:guest@127.0.0.1:{port}/"


def _close_when_told(closing: threading.Event, *, is_owned: bool) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: closing.set())
    if is_owned:

        def watch() -> None:
            # Not by sys.stdin: a thread in its lock when the program ends takes the program down.
            while os.read(0, 4096):
                pass
            closing.set()

        threading.Thread(target=watch, name="owner", daemon=True).start()
