"""Runs a command's work on a client, and turns what can go wrong into one sentence and exit code 1."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from mqstudio.cli.options import resolve_data_dir
from mqstudio.cli.output import printable
from mqstudio.client.client import Client
from mqstudio.model.errors import RefusedError

CLIENT_NAME = "mqstudio command line"

T = TypeVar("T")


def with_client(
    data_dir: Path | None, work: Callable[[Client], Awaitable[T]], *, name: str = CLIENT_NAME
) -> T:
    """Connect to the broker of a data folder, do the work, hang up."""

    async def run() -> T:
        async with await Client.attach(resolve_data_dir(data_dir), name=name) as client:
            return await work(client)

    with sentences():
        return asyncio.run(run())


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what can go wrong into one sentence and exit code 1."""
    try:
        yield
    except RefusedError as error:
        raise failure(error.says) from error
    except (OSError, ValueError) as error:
        raise failure(str(error)) from error


def failure(says: str) -> click.ClickException:
    """An error for people: `says` on standard error, exit code 1."""
    return click.ClickException(printable(says))
