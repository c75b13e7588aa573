"""`mqstudio why`: why a message, a queue or a consumer is as it is, with what proves it."""

from collections.abc import Sequence
from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option
from mqstudio.cli.output import clock_time, print_json, printable
from mqstudio.cli.running import with_client
from mqstudio.client.client import Client
from mqstudio.client.figures import latest
from mqstudio.client.reasons import PLACES_MAX, Answer, Reasons
from mqstudio.model.rows import Place
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.why.base import Finding, Text


@click.command("why", short_help="Why a message, a queue or a consumer is as it is.")
@click.argument("message_id", type=click.IntRange(1), required=False)
@click.option("--queue", "-q", help="Why this queue is as it is; with ID, only what concerns it there.")
@click.option("--consumer", metavar="TAG", help="Why this consumer of the queue gets nothing.")
@click.option("--vhost", default=DEFAULT_VHOST, show_default=True, help="The virtual host of the queue.")
@data_dir_option()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    message_id: int | None,
    queue: str | None,
    consumer: str | None,
    vhost: str,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Say why message ID is where it is, came back or is gone; or why a queue or consumer is as it is.

    Each answer comes with the facts that prove it, what to do, and the page of the protocol's documentation.
    `mqstudio search` finds the numbers of messages, those that reached no queue too.

    \b
    Examples:
      mqstudio why 4711
      mqstudio why --queue orders
      mqstudio why --queue orders --consumer ctag1
    """
    if message_id is None and queue is None:
        raise click.UsageError("Say what is meant: the number of a message, or --queue NAME.")
    if consumer is not None and queue is None:
        raise click.UsageError("--consumer needs --queue: the queue that it consumes from.")
    reasons = Reasons()

    async def work(client: Client) -> list[Answer] | list[Finding]:
        figures = await latest(client)
        if message_id is not None:
            place = Place(vhost, queue) if queue is not None else None
            return await reasons.of_message(client, figures, message_id, place)
        assert queue is not None
        if consumer is not None:
            return await reasons.of_consumer(client, figures, vhost, queue, consumer)
        return await reasons.of_queue(client, figures, vhost, queue)

    found = with_client(data_dir, work)
    if as_json:
        print_json([as_plain(each) for each in found])
    elif message_id is not None:
        for answer in found:
            assert isinstance(answer, Answer)
            _print_answer(answer)
        if len(found) == PLACES_MAX:
            click.echo("If it came to more queues than these, ask about one of them with --queue.")
    else:
        findings = [each for each in found if isinstance(each, Finding)]
        print_findings(findings)
        if not findings:
            click.echo(f"Queue '{printable(queue or '')}' is as it should be, as far as can be told.")


def _print_answer(answer: Answer) -> None:
    row = answer.row
    where = f"in queue '{printable(row.queue)}'" if row.queue else "in no queue"
    click.echo(f"Message {row.message_id} {where}: {row.state.value.replace('_', ' ')}")
    print_findings(answer.findings)
    if not answer.findings:
        click.echo("  Nothing is odd about it.")


def print_findings(findings: Sequence[Finding]) -> None:
    """Print what was found: the sentence, what proves it, what to do, and where to read on."""
    for finding in findings:
        click.echo(f"  {said(finding.says)}")
        for proof in finding.proofs:
            at = clock_time(proof.at_us) if proof.at_us else " " * 12
            click.echo(f"    {at}  {said(proof.says)}")
        if finding.then.template:
            click.echo(f"    → {said(finding.then)}")
        click.echo(f"    {finding.link}")


def said(text: Text) -> str:
    """A sentence on one line, whatever the names in it."""
    return printable(str(text))


def as_plain(found: Answer | Finding) -> dict[str, object]:
    """A finding, or an answer, as JSON has it."""
    if isinstance(found, Answer):
        row = found.row
        about = {"message_id": row.message_id, "vhost": found.vhost, "queue": row.queue, "state": row.state}
        return {**about, "findings": [as_plain(each) for each in found.findings]}
    subject = found.subject
    return {
        "rule": found.rule,
        "severity": found.severity.name.lower(),
        "about": subject.about,
        "vhost": subject.vhost,
        "name": subject.name,
        "id": subject.id,
        "says": str(found.says),
        "proofs": [{"at_us": each.at_us or None, "says": str(each.says)} for each in found.proofs],
        "then": str(found.then),
        "link": found.link,
        "since_us": found.since_us or None,
    }
