"""`mqstudio replay`: sends again what was recorded, as it was or otherwise."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import uuid4

import click

from mqstudio.cli.formats import read
from mqstudio.cli.options import checked_filter, data_dir_option, json_option
from mqstudio.cli.replay_running import run, tell_trial
from mqstudio.cli.running import failure, with_client
from mqstudio.cli.search import age_us
from mqstudio.client.client import Client
from mqstudio.client.export_source import Wanted
from mqstudio.client.replay_shaping import Shaper
from mqstudio.client.replay_sources import Chosen, FileSource, LedgerSource, ReplaySource
from mqstudio.client.replay_trial import refuse_loop, try_out
from mqstudio.client.replay_values import Target, TargetKind, Wishes
from mqstudio.exporters.base import NotReadableError, Record
from mqstudio.model.patching.tree import PatchError
from mqstudio.model.replay_limits import REPLAY_FAILURES_MAX, REPLAY_SPEED_MAX, REPLAY_SPEED_MIN
from mqstudio.model.topology import DEFAULT_VHOST

CLIENT_NAME = "MQ Studio replay"


@click.command("replay", short_help="Send again what was recorded, at its own pace or another.")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--from",
    "queues",
    multiple=True,
    metavar="QUEUE",
    help="Instead of a file: what the broker has kept of this queue; may be repeated.",
)
@click.option("--last", metavar="AGE", help="Of these only what is not older than this: 30s, 5m.")
@click.option("--where", default="", metavar="FILTER", help="Only messages that this filter finds.")
@click.option(
    "--to",
    "target",
    default="original",
    show_default=True,
    metavar="PLACE",
    help="original: as they were published; queues: straight into the queues they were in; "
    "queue:NAME; exchange:NAME.",
)
@click.option(
    "--speed",
    default="1x",
    show_default=True,
    metavar="SPEED",
    help="2x is twice as fast, 0.5x half; max: as fast as can be.",
)
@click.option("--longest-gap", metavar="TIME", help="Cut longer gaps to this: 2s.")
@click.option(
    "--order-by-key",
    is_flag=True,
    help="A message waits until the one before it with its routing key is confirmed.",
)
@click.option(
    "--set",
    "patches",
    multiple=True,
    metavar="CHANGE",
    help="Change each: '$.total = 0', 'header.a = true', 'remove header.b'; may be repeated.",
)
@click.option("--key", default="", metavar="KEY", help="Another routing key; {key} is the recorded one.")
@click.option("--new-ids", is_flag=True, help="Give each a new message id.")
@click.option("--no-mark", is_flag=True, help="Send without the header x-mqstudio-replay.")
@click.option("--step", "is_stepping", is_flag=True, help="One by one: Enter sends the next.")
@click.option("--dry-run", is_flag=True, help="Send nothing; say what would be sent where.")
@click.option(
    "--max-failures",
    type=click.IntRange(0),
    default=REPLAY_FAILURES_MAX,
    show_default=True,
    help="Give up after so many; 0: never.",
)
@click.option("--loop", "may_loop", is_flag=True, help="Also into the queues that it is taken from.")
@click.option("--vhost", default=DEFAULT_VHOST, show_default=True, help="The virtual host of the queues.")
@click.option("--to-vhost", metavar="VHOST", help="Into another virtual host than was recorded.")
@data_dir_option()
@json_option
def command(file: Path | None, data_dir: Path | None, **options: Any) -> None:  # Any: what click has parsed
    """Send the messages of FILE again, in their order, with the gaps that were between them. FILE can be
    .jsonl, .msgpack, a ledger file (.mqs) or a .log of RabbitMQ's tracing plugin.

    Each goes once, by the exchange and routing key it was published with; dead letters of others in the file
    come of them again. Replayed messages are known by the header x-mqstudio-replay. Exit code 1 if any did
    not arrive.

    \b
    Examples:
      mqstudio replay run.jsonl --dry-run
      mqstudio replay run.jsonl --speed 10x --where 'key startswith "eu."'
      mqstudio replay run.mqs --to queue:orders --set '$.test = true' --new-ids
      mqstudio replay --from orders --last 30s --to exchange:rehearsal
    """  # fmt: skip
    if (file is None) == (not options["queues"]):
        raise click.UsageError("Say what to replay: a FILE, or --from QUEUE.")
    if options["where"]:
        checked_filter(options["where"])
    wishes = _wishes(options)
    run_name = token_hex(3)
    shaper = _shaper(wishes, run_name)

    async def work(client: Client) -> bool:
        source = _source(client, file, options)
        try:
            if options["dry_run"]:
                trial = await try_out(source, wishes, shaper, client)
                return tell_trial(trial, wishes, as_json=options["as_json"])
            await refuse_loop(source, wishes, shaper, client)
        except NotReadableError as error:
            raise failure(str(error)) from error
        return await run(client, source, wishes, shaper, as_json=options["as_json"])

    if not with_client(data_dir, work, name=CLIENT_NAME):
        raise click.exceptions.Exit(1)


class _File:
    """A recording of any format there is."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path

    def records(self) -> Iterator[Record]:
        """See Recording."""
        try:
            yield from read(self._path, "", sys.stdin.buffer)
        except NotReadableError as error:
            raise NotReadableError(f"{self._path}: {error}") from error


def _source(client: Client, file: Path | None, options: dict[str, Any]) -> ReplaySource:
    now_us = time.time_ns() // 1_000
    if file is not None:
        file.stat()
        return FileSource(_File(file), options["where"], now_us)
    since_us = now_us - age_us(options["last"], "--last") if options["last"] else 0
    queues = tuple((options["vhost"], queue) for queue in options["queues"])
    return LedgerSource(
        client, Chosen(Wanted(queues, options["where"], since_us)), ", ".join(options["queues"])
    )


def _wishes(options: dict[str, Any]) -> Wishes:
    """Any: what click has parsed. Raises: click.UsageError."""
    return Wishes(
        target=_target(options["target"], options["to_vhost"]),
        speed=read_speed(options["speed"]),
        keeps_key_order=options["order_by_key"],
        has_new_ids=options["new_ids"],
        patch="; ".join(options["patches"]),
        key=options["key"],
        longest_gap_s=age_us(options["longest_gap"], "--longest-gap") / 1e6
        if options["longest_gap"]
        else 0.0,
        is_marked=not options["no_mark"],
        is_stepping=options["is_stepping"],
        failures_max=options["max_failures"],
        may_loop=options["may_loop"],
    )


def _target(text: str, vhost: str | None) -> Target:
    kind, colon, name = text.partition(":")
    kinds = {each.value: each for each in TargetKind}
    is_named = kind in (TargetKind.QUEUE.value, TargetKind.EXCHANGE.value)
    if kind in kinds and bool(colon) is is_named:
        return Target(kinds[kind], name, vhost)
    raise click.UsageError(f"--to {text}: write original, queues, queue:NAME or exchange:NAME.")


def read_speed(text: str) -> float | None:
    """A speed such as 2x; None for max. Raises: click.UsageError."""
    if text == "max":
        return None
    try:
        speed = float(text.removesuffix("x").removesuffix("×"))
    except ValueError:
        speed = -1.0
    if not REPLAY_SPEED_MIN <= speed <= REPLAY_SPEED_MAX:
        raise click.UsageError(
            f"--speed {text}: write a number from {REPLAY_SPEED_MIN:g}x to {REPLAY_SPEED_MAX:g}x, or max."
        )
    return speed


def _shaper(wishes: Wishes, run_name: str) -> Shaper:
    try:
        return Shaper(wishes, run_name, lambda: str(uuid4()))
    except PatchError as error:
        mark = " " * error.at + "^" * max(1, error.length)
        raise click.UsageError(f"--set: {error.says}\n  {wishes.patch}\n  {mark}") from error
