"""The command line, and the place where everything is put together: one file a command.

Commands are imported when they are called: a broker that starts in half a second has no time to
load what a window or a table needs.
"""

import io
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

import mqstudio
from mqstudio.cli.options import DATA_DIR_VARIABLE, listening_options, profile_option, resolve_data_dir

COMMANDS = (
    "serve",
    "info",
    "queues",
    "topology",
    "publish",
    "peek",
    "tail",
    "search",
    "message",
    "conversation",
    "why",
    "problems",
    "export",
    "convert",
    "compare",
    "record",
    "replay",
    "expect",
    "rates",
    "purge",
    "delete",
    "move",
    "copy",
    "redrive",
    "release",
    "accept",
    "reject",
    "pause",
    "users",
    "permissions",
    "certificates",
    "definitions",
    "profiles",
    "doctor",
    "backup",
    "encrypt",
    "decrypt",
    "rekey",
    "resume",
    "demo",
)
SUBCOMMANDS = (
    "list", "add", "remove", "set", "set-topic", "remove-topic", "make", "client", "show", "export", "import",
)  # fmt: skip
"""Commands of commands."""

HELP = """MQ Studio: a message broker with a window on everything that happens in it.

    Without a command it opens the window, on the broker that runs in the data folder or, if none
    does, on one of its own. RabbitMQ clients connect to the AMQP port as they would to RabbitMQ.

    \b
    Examples:
      mqstudio                          open the window
      mqstudio serve                    run the broker without a window
      mqstudio publish hello "Hi!"      put a message into queue hello
      mqstudio peek hello               look at its messages; none is taken
      mqstudio tail                     follow everything that happens, live
      mqstudio search "order 17"        find a message, also one that was consumed
      mqstudio demo                     a small shop full of messages to look at
    """

EPILOG = f"""\b
The data folder is found by --data-dir, else by the environment variable
{DATA_DIR_VARIABLE}, else it is this user's own.

\b
Exit codes: 0 done; 1 refused or failed, and standard error says why;
2 the command line was not understood; 3 the profile is encrypted, and its passphrase missing
or wrong; 70 the broker ended by a bug."""


class _Program(click.Group):
    """A group whose commands are modules beside this one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"mqstudio.cli.{cmd_name}").command
        return command


@click.group(cls=_Program, invoke_without_command=True, help=HELP, epilog=EPILOG)
@listening_options(envvar=DATA_DIR_VARIABLE)
@profile_option()
@click.version_option(mqstudio.__version__, message="mqstudio %(version)s")
@click.pass_context
def program(ctx: click.Context, /, **options: Any) -> None:  # Any: what click has parsed
    """Open the window, or hand the options on to the command that follows."""
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    if ctx.invoked_subcommand is not None:
        # `mqstudio --data-dir X queues` means the same as `mqstudio queues --data-dir X`.
        ctx.default_map = {name: {**given, **dict.fromkeys(SUBCOMMANDS, given)} for name in COMMANDS}
        return
    from mqstudio.cli.window import open_window  # noqa: PLC0415 - see the module

    data_dir: Path = resolve_data_dir(given.pop("data_dir", None))
    ctx.exit(open_window(data_dir, given))


def main() -> None:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a character is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    program(prog_name="mqstudio")
