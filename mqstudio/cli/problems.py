"""`mqstudio problems`: what is wrong with the broker, its queues and those who try to connect."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.output import counted, print_json
from mqstudio.cli.running import with_client
from mqstudio.cli.why import as_plain, print_findings
from mqstudio.client.client import Client
from mqstudio.client.figures import latest
from mqstudio.client.reasons import Reasons
from mqstudio.why.base import Finding, Severity


@click.command("problems", short_help="What is wrong, with what proves it and what to do.")
@data_dir_option()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--check", is_flag=True, help="Exit with 1 if there is a problem worse than a hint.")
def command(data_dir: Path | None, *, as_json: bool, check: bool) -> None:
    """List what is wrong now: queues that nobody reads or that grow, consumers that hold what they should
    not, publishes that lead nowhere, and clients that could not connect, the worst first. Causes hide
    their symptoms.

    \b
    Examples:
      mqstudio problems
      mqstudio problems --json | jq '.[].says'
      mqstudio problems --check && echo "all is well"
    """
    reasons = Reasons()

    async def work(client: Client) -> list[Finding]:
        return await reasons.problems(client, await latest(client))

    found = with_client(data_dir, work)
    if as_json:
        print_json([as_plain(each) for each in found])
    elif not found:
        click.echo("All is well: no problems.")
    else:
        click.echo(f"{counted(len(found), 'problem')}:")
        print_findings(found)
    if check and any(each.severity > Severity.INFO for each in found):
        raise click.exceptions.Exit(1)
