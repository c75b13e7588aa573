"""`mqstudio serve`: the broker without a window."""

import gc
from pathlib import Path
from typing import Any

import click

from mqstudio.cli.options import listening_options, resolve_data_dir
from mqstudio.cli.profile_options import keeping_options, take_key


@click.command("serve", short_help="Run the broker without a window.")
@listening_options()
@click.option(
    "--read-only",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Show a profile's file; nothing in it is changed.",
)
@keeping_options()
@click.option("--owned", "is_owned", is_flag=True, help="End when standard input closes.")
@click.pass_context
def command(ctx: click.Context, /, data_dir: Path | None, **options: Any) -> None:  # Any: click's
    """Run the broker without a window, until Ctrl-C or SIGTERM.

    When it accepts connections it prints one line of JSON on standard output, and nothing else:
    {"ready": true, "pid": …, "ports": {"amqp": …, "native": …}, "profile": …}. Its log goes to standard
    error. With --tls, "ports" has "amqps" too; `mqstudio certificates` says what clients need for it.
    If a port is taken, the next free one is used; the ready line says which.

    \b
    Examples:
      mqstudio serve
      mqstudio serve --port-amqp 0 --port-native 0 --memory     for tests: any free ports
      mqstudio serve --tls                                      AMQP over TLS on port 5671, too
      mqstudio serve --data-dir ./broker &                      several brokers side by side
      mqstudio queues --data-dir ./broker
      mqstudio serve --read-only old.mqs --data-dir ./look &    look into a file, also an exported one
      mqstudio search "order 17" --data-dir ./look
    """
    options["key"] = take_key(data_dir, options)
    given = {name: value for name, value in options.items() if value is not None}
    ctx.exit(run_broker(resolve_data_dir(data_dir), given))


def run_broker(data_dir: Path, options: dict[str, Any]) -> int:  # Any: fields of ServerConfig
    """Run a broker to its end; returns the exit code."""
    gc.disable()  # what is loaded stays; `serve` has it look again when clients can connect
    from mqstudio.server.config import ServerConfig  # noqa: PLC0415 - not for `serve --help`
    from mqstudio.server.serving import serve  # noqa: PLC0415

    return serve(ServerConfig(data_dir, **options))
