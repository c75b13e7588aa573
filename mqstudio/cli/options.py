"""Options that several commands share."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mqstudio.model.filters.tree import Node

DATA_DIR_VARIABLE = "MQSTUDIO_DATA_DIR"

Function = Callable[..., Any]  # Any: commands differ in what they take
Decorator = Callable[[Function], Function]


def data_dir_option(*, envvar: str | None = None) -> Decorator:
    """`--data-dir`. The variable is read by the program alone, so that its option can win over it."""
    return click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        envvar=envvar,
        help="Folder of the broker: where it keeps its files and says how to reach it.",
    )


def json_option(function: Function) -> Function:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for programs.")(
        function
    )


def profile_option() -> Decorator:
    """`--profile`."""
    return click.option("--profile", callback=_name, help="Name of the profile.  [default: default]")


def _name(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and (not value or value.startswith(".") or re.search(r"[/\\:\0]", value)):
        raise click.BadParameter("a profile's name is that of a file: no slashes, no colon, no dot first.")
    return value


def listening_options(*, envvar: str | None = None) -> Decorator:
    """What a broker is started with: data folder, ports, memory."""

    def add(function: Function) -> Function:
        for option in (
            click.option("--memory", "in_memory", is_flag=True, help="Keep nothing on disk."),
            _port_option("amqps", "RabbitMQ clients over TLS, with --tls", 5671),
            click.option("--tls", "is_tls", is_flag=True, help="Listen for RabbitMQ clients over TLS, too."),
            _port_option("sqs", "Amazon SQS clients", 9324),
            _port_option("metrics", "metrics for Prometheus", 15692),
            _port_option("management", "RabbitMQ management API", 15672),
            _port_option("native", "window and the command line", 15670),
            _port_option("amqp", "RabbitMQ clients (AMQP 0-9-1)", 5672),
            data_dir_option(envvar=envvar),
        ):
            function = option(function)
        return function

    return add


def checked_filter(text: str) -> "Node":
    """A filter as it is read; one that is none is shown, and what is wrong in it marked."""
    from mqstudio.model.filters.problems import FilterError  # noqa: PLC0415 - `--version` needs none
    from mqstudio.model.filters.syntax import parse  # noqa: PLC0415

    try:
        return parse(text)
    except FilterError as error:
        shown = "".join(each if each.isprintable() else " " for each in text)
        mark = " " * error.position + "^" * error.length
        raise click.UsageError(f"{error.says}\n  {shown}\n  {mark}") from None


def resolve_data_dir(given: Path | None) -> Path:
    """The folder to use: as given, else this user's own."""
    if given is not None:
        return given.absolute()
    from mqstudio.client.runtime_files import default_data_dir  # noqa: PLC0415 - `--version` needs none

    return default_data_dir()


def _port_option(name: str, audience: str, default: int) -> Decorator:
    return click.option(
        f"--port-{name}",
        type=click.IntRange(0, 65_535),
        help=f"Port for the {audience}; 0 takes any free one.  [default: {default}]",
    )
