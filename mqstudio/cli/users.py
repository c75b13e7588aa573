"""`mqstudio users`: who can log in."""

import sys
from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, json_option
from mqstudio.cli.output import print_json, print_table, printable
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client
from mqstudio.model.access import AccessTable, User

SEE_PERMISSIONS = "It gets into no virtual host before it has a permission: `mqstudio permissions set {user}`"


@click.group("users", short_help="List, add and remove users.")
def command() -> None:
    """Users: who can log in, and by which tags they administer the broker.

    \b
    Examples:
      mqstudio users list
      mqstudio users add anna --tag management      asks for the password
      mqstudio users add anna < password.txt        reads it from standard input
      mqstudio users remove anna
    """


@command.command("list")
@data_dir_option()
@json_option
def list_users(data_dir: Path | None, *, as_json: bool) -> None:
    """List users with their tags; hashes of passwords are not shown."""
    table = with_client(data_dir, lambda client: client.access.table())
    if as_json:
        print_json([_facts(user) for user in table.users])
        return
    print_table(
        ("user", "tags", "logs in by", "virtual hosts"), [_cells(user, table) for user in table.users]
    )


def _facts(user: User) -> dict[str, object]:
    return {"name": user.name, "tags": user.tags, "has_password": user.has_password}


def _cells(user: User, table: AccessTable) -> tuple[object, ...]:
    vhosts = [permission.vhost for permission in table.permissions if permission.user == user.name]
    by = "password" if user.has_password else "certificate"
    return user.name, ", ".join(user.tags), by, ", ".join(vhosts)


@command.command("add")
@click.argument("user")
@click.option("--tag", "tags", multiple=True, help="administrator, monitoring, policymaker or management.")
@click.option("--no-password", "has_no_password", is_flag=True, help="Log in by certificate only.")
@data_dir_option()
def add(user: str, tags: tuple[str, ...], data_dir: Path | None, *, has_no_password: bool) -> None:
    """Make USER, or change its password and tags. The password is asked for, or read from standard input.

    It is no option, since whoever lists the processes of this computer would see it.
    """
    password = None if has_no_password else _read_password()

    async def work(client: Client) -> bool:
        return await client.access.put_user(
            user, tags=tags, password=password, has_no_password=has_no_password
        )

    if with_client(data_dir, work):
        click.echo(f"Made user '{printable(user)}'. {SEE_PERMISSIONS.format(user=printable(user))}")
    else:
        click.echo(f"Changed user '{printable(user)}'.")


def _read_password() -> str:
    """Ask twice at a terminal; else take the first line."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@command.command("remove")
@click.argument("user")
@data_dir_option()
def remove(user: str, data_dir: Path | None) -> None:
    """Delete USER with its permissions; its connections are closed."""
    with_client(data_dir, lambda client: client.access.delete_user(user))
    click.echo(f"Removed user '{printable(user)}'.")
