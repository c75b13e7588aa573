"""`mqstudio permissions`: what users may do in which virtual host."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import print_json, print_table, printable
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client
from mqstudio.model.topology import DEFAULT_VHOST

NOTHING = "(nothing)"

vhost_option = click.option(
    "--vhost", default=DEFAULT_VHOST, show_default=True, help="The virtual host that is meant."
)


@click.group("permissions", short_help="List, set and remove what users may do.")
def command() -> None:
    """Permissions: patterns that find the names a user may use, for each of three verbs.

    Configure is to make and delete queues and exchanges; write is to publish to exchanges and bind
    queues; read is to consume, and to bind to exchanges.

    \b
    Examples:
      mqstudio permissions list
      mqstudio permissions set anna                              everything in /
      mqstudio permissions set anna --configure '' --write '^orders' --read '^orders'
      mqstudio permissions remove anna --vhost tests
    """


@command.command("list")
@data_dir_option()
@json_option
def list_permissions(data_dir: Path | None, *, as_json: bool) -> None:
    """List permissions, and rules for routing keys where there are any."""
    table = with_client(data_dir, lambda client: client.access.table())
    if as_json:
        print_json({"permissions": table.permissions, "topic_permissions": table.topic_permissions})
        return
    rows = [
        (each.user, each.vhost, *(pattern or NOTHING for pattern in (each.configure, each.write, each.read)))
        for each in table.permissions
    ]
    print_table(("user", "virtual host", "configure", "write", "read"), rows)
    topics = [
        (each.user, each.vhost, each.exchange, each.write or NOTHING, each.read or NOTHING)
        for each in table.topic_permissions
    ]
    if topics:
        click.echo()
        print_table(("user", "virtual host", "topic exchange", "write keys", "read keys"), topics)


@command.command("set")
@click.argument("user")
@click.option("--configure", default=".*", show_default=True, help="Names to make and delete.")
@click.option("--write", default=".*", show_default=True, help="Names to write to.")
@click.option("--read", default=".*", show_default=True, help="Names to read from.")
@vhost_option
@data_dir_option()
def put(user: str, data_dir: Path | None, *, vhost: str, configure: str, write: str, read: str) -> None:
    """Let USER into a virtual host, or change what it may do there. An empty pattern allows nothing."""

    async def work(client: Client) -> bool:
        return await client.access.put_permission(
            user, configure=configure, write=write, read=read, vhost=vhost
        )

    is_new = with_client(data_dir, work)
    where = f"virtual host '{printable(vhost)}'"
    click.echo(
        f"User '{printable(user)}' may use {where} now."
        if is_new
        else f"Changed what user '{printable(user)}' may do in {where}."
    )


@command.command("remove")
@click.argument("user")
@vhost_option
@data_dir_option()
def remove(user: str, vhost: str, data_dir: Path | None) -> None:
    """Keep USER out of a virtual host."""
    with_client(data_dir, lambda client: client.access.delete_permission(user, vhost=vhost))
    click.echo(f"User '{printable(user)}' may not use virtual host '{printable(vhost)}' any more.")


@command.command("set-topic")
@click.argument("user")
@click.argument("exchange")
@click.option("--write", default=".*", show_default=True, help="Routing keys to publish with.")
@click.option("--read", default=".*", show_default=True, help="Routing keys to bind by.")
@vhost_option
@data_dir_option()
def put_topic(user: str, exchange: str, data_dir: Path | None, *, vhost: str, write: str, read: str) -> None:
    """Restrict USER's routing keys at a topic EXCHANGE."""

    async def work(client: Client) -> bool:
        return await client.access.put_topic_permission(user, exchange, write=write, read=read, vhost=vhost)

    with_client(data_dir, work)
    click.echo(
        f"Routing keys of user '{printable(user)}' at exchange '{printable(exchange)}' have rules now."
    )


@command.command("remove-topic")
@click.argument("user")
@click.argument("exchange")
@vhost_option
@data_dir_option()
def remove_topic(user: str, exchange: str, vhost: str, data_dir: Path | None) -> None:
    """Lift the rules for USER's routing keys at EXCHANGE."""
    with_client(data_dir, lambda client: client.access.delete_topic_permission(user, exchange, vhost=vhost))
    click.echo(f"User '{printable(user)}' may use any routing key at exchange '{printable(exchange)}'.")
