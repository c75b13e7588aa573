"""A replay in a terminal: what it would do, how far it is, step by step, and how it ended."""

import asyncio
import signal
import sys
from contextlib import suppress
from threading import Thread

import click
import msgspec

from mqstudio.cli.output import print_json, print_table, printable
from mqstudio.client.client import Client
from mqstudio.client.replay_shaping import Shaper
from mqstudio.client.replay_sources import ReplaySource
from mqstudio.client.replay_trial import Trial, loop_says
from mqstudio.client.replay_values import Failed, Wishes
from mqstudio.client.replaying import Replaying

FOLLOW_S = 0.2
WAYS_TOLD = 30
FAILURES_TOLD = 5
HELP = "Enter: the next one; a number: so many; g: go on at its pace; q: stop."


def tell_trial(trial: Trial, wishes: Wishes, *, as_json: bool) -> bool:
    """Say what would be sent; whether all of it would arrive."""
    is_good = not (trial.unroutable or trial.unfit or (trial.loops and not wishes.may_loop))
    if as_json:
        print_json({name: getattr(trial, name) for name in trial.__struct_fields__ if name != "example"})
        return is_good
    many = _many(trial.messages)
    left = f", leaving out {trial.left_out:,}" if trial.left_out else ""
    lasts = f" within {trial.lasts_s:,.1f} s" if wishes.speed else ""
    click.echo(f"Would send {many} ({trial.size_bytes:,} bytes){lasts}{left}.")
    rows = [
        (f"{way.count:,}", way.exchange or "(default)", way.routing_key, ", ".join(way.queues) or way.problem)
        for way in trial.ways[:WAYS_TOLD]
    ]
    if rows:
        print_table(("MESSAGES", "EXCHANGE", "KEY", "GOES TO"), rows)
    if (more := len(trial.ways) - WAYS_TOLD + trial.ways_left) > 0:
        click.echo(f"… and {more:,} more ways.")
    if trial.unroutable:
        click.echo(f"No queue would take {trial.unroutable:,} of them.")
    if trial.unfit:
        click.echo(f"{_many(trial.unfit)} cannot be made so:")
        _tell_failed(list(trial.failed))
    if trial.loops:
        click.echo(loop_says(trial.loops) + " (--loop)")
    return is_good


async def run(client: Client, source: ReplaySource, wishes: Wishes, shaper: Shaper, *, as_json: bool) -> bool:
    """Replay until all is sent, or somebody stops it; whether all of it arrived."""
    replaying = Replaying(wishes, shaper)
    with suppress(NotImplementedError):  # Windows' loop: there Ctrl-C ends it by KeyboardInterrupt
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, replaying.cancel)
    if wishes.is_stepping:
        click.echo(HELP, err=True)
        _read_steps(replaying, asyncio.get_running_loop())
    async with asyncio.TaskGroup() as group:
        following = group.create_task(_follow(replaying))
        try:
            await replaying.run(source, client)
        finally:
            following.cancel()
    return _tell(replaying, as_json=as_json)


async def _follow(replaying: Replaying) -> None:
    """Show how far it is, if a person looks."""
    shown = None
    while True:
        up = replaying.next_up
        if replaying.is_stepping and up is not None and up.message_id != shown:
            shown = up.message_id
            where = f"{up.parcel.exchange or '(default)'} {up.parcel.routing_key}"
            click.echo(printable(f"next: #{up.message_id}  {where}  {_start(up.parcel.body)}"), err=True)
        elif not replaying.is_stepping and sys.stderr.isatty():
            says = f"; waits: {replaying.waits_for}" if replaying.waits_for else ""
            click.echo(
                printable(f"\r{replaying.counts.done:,} sent{says}", keep=frozenset("\r")), err=True, nl=False
            )
        await asyncio.sleep(FOLLOW_S)


def _read_steps(replaying: Replaying, loop: asyncio.AbstractEventLoop) -> None:
    """Take what a person types; a thread that ends with the program waits for it."""

    def read() -> None:
        for line in sys.stdin:
            word = line.strip()
            if word == "q":
                loop.call_soon_threadsafe(replaying.cancel)
                return
            if word == "g":
                loop.call_soon_threadsafe(replaying.resume)
                return
            if not word or word.isdecimal():
                loop.call_soon_threadsafe(replaying.step, int(word or 1))
            else:
                click.echo(HELP, err=True)
        with suppress(RuntimeError):  # the replay has ended, and its loop with it
            loop.call_soon_threadsafe(replaying.end_after_steps)

    Thread(target=read, daemon=True).start()


def _tell(replaying: Replaying, *, as_json: bool) -> bool:
    counts = replaying.counts
    is_good = not (counts.failures or replaying.failure or replaying.is_cancelled)
    if as_json:
        print_json(
            {
                **msgspec.structs.asdict(counts),
                "late": replaying.late.count,
                "worst_late_s": round(replaying.late.worst_s, 6),
                "failure": replaying.failure,
                "failed": replaying.failed,
            }
        )
        return is_good
    if sys.stderr.isatty():
        click.echo(err=True)
    begins = "Stopped: replayed" if replaying.is_cancelled else "Replayed"
    parts = [
        f"{number:,} {word}"
        for number, word in (
            (counts.expected, "that no queue took, as before"),
            (counts.unroutable, "unroutable"),
            (counts.refused, "refused by full queues"),
            (counts.failed, "failed"),
            (counts.unfit, "that could not be made"),
            (counts.left_out, "left out"),
            (replaying.late.count, f"late (the latest by {replaying.late.worst_s * 1000:,.0f} ms)"),
        )
        if number
    ]
    click.echo("; ".join([f"{begins} {_many(counts.confirmed)}", *parts]) + ".")
    if counts.failures:
        _tell_failed(replaying.failed)
    if replaying.failure:
        click.echo(printable(f"It ended early: {replaying.failure}"), err=True)
    return is_good


def _tell_failed(failed: list[Failed]) -> None:
    for each in failed[:FAILURES_TOLD]:
        where = f"{each.exchange or '(default)'} {each.routing_key}"
        click.echo(printable(f"  #{each.message_id}  {where}: {each.says}"), err=True)
    if len(failed) > FAILURES_TOLD:
        click.echo("  …", err=True)


def _many(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"


def _start(body: bytes) -> str:
    return body[:60].decode("utf-8", "replace")
