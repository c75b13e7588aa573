"""`mqstudio info`: what runs, and where."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option, resolve_data_dir
from mqstudio.cli.output import date_time, print_json
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client
from mqstudio.model.rows import BrokerInfo, Listener


@click.command("info", short_help="Say what runs, and where.")
@data_dir_option()
@json_option
def command(data_dir: Path | None, *, as_json: bool) -> None:
    """Say which broker runs in the data folder, and on which ports.

    \b
    Examples:
      mqstudio info
      mqstudio info --json | jq .pid
    """
    info = with_client(data_dir, Client.info)
    if as_json:
        print_json(info)
    else:
        _print(info, resolve_data_dir(data_dir))


def _print(info: BrokerInfo, data_dir: Path) -> None:
    click.echo(f"MQ Studio {info.version}, process {info.pid}, since {date_time(info.started_at_us)}")
    click.echo(f"Data folder: {data_dir}")
    for listener in info.listeners:
        click.echo(_describe(listener))


def _describe(listener: Listener) -> str:
    hosts = ", ".join(listener.hosts)
    text = f"{listener.protocol}{' over TLS' if listener.is_tls else ''}: port {listener.port} on {hosts}"
    if listener.owner:
        text += f" (port {listener.wanted_port} is taken by {listener.owner})"
    return text
