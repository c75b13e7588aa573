"""`mqstudio expect` against a real broker and pika: what was, what is, what comes, what does not."""

import json

import pika
import pytest

from mqstudio.client.client import Client
from mqstudio.client.expecting import Expected, expect, report
from tests.support.broker import RunningBroker
from tests.unit.test_cli_commands import Run, client, complaint, run, start, text

__all__ = ["client", "run"]  # fixtures


async def publish(client: Client, queue: str, *totals: int) -> None:
    await client.declare_queue(queue)
    for total in totals:
        await client.publish("", queue, json.dumps({"total": total}).encode())


async def test_what_is_there_is_seen_at_once(run: Run, client: Client) -> None:
    await publish(client, "seen", 1, 200, 300)
    assert "Seen: 2 messages" in text(
        run("expect", "seen", "--count", "2", "--where", "body.total > 100", "--within", "1m")
    )


async def test_what_was_consumed_was_there(run: Run, broker: RunningBroker, client: Client) -> None:
    await publish(client, "gone", 7)
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        method, _, _ = connection.channel().basic_get("gone", auto_ack=True)
        assert method is not None
    assert "Seen: 1 message " in text(run("expect", "gone", "--where", "state == done", "--within", "1m"))


async def test_what_comes_later_is_waited_for_also_in_a_queue_that_is_not_there_yet(
    broker: RunningBroker, client: Client
) -> None:
    waiting = start("expect", "later", "--count", "3", "--within", "1m", "--data-dir", str(broker.data_dir))
    await publish(client, "later", 1, 2, 3)
    output, errors = waiting.communicate(timeout=60)
    assert (waiting.returncode, errors) == (0, "")
    assert "Seen: 3 messages" in output


async def test_what_does_not_come_fails_and_tells_what_happened_instead(run: Run, client: Client) -> None:
    await publish(client, "missing", 1, 300)
    says = complaint(run("expect", "missing", "-n", "2", "--where", "body.total > 100", "--within", "200ms"))
    assert "Expected 2 in missing where body.total > 100 within 0.2 s; saw 1." in says
    found, others = says.split("The newest others")
    assert '{"total": 300}' in found
    assert '{"total": 1}' in others
    assert "enqueued" in others


def test_a_queue_that_is_not_there_is_told(run: Run) -> None:
    says = complaint(run("expect", "nowhere", "--within", "100ms"))
    assert "There is no such queue" in says


async def test_none_is_none_for_the_whole_time(run: Run, broker: RunningBroker, client: Client) -> None:
    await publish(client, "quiet")
    assert "Seen: 0 messages" in text(run("expect", "quiet", "--count", "0", "--within", "200ms"))
    waiting = start("expect", "quiet", "--count", "0", "--within", "1m", "--data-dir", str(broker.data_dir))
    await publish(client, "quiet", 5)
    _, errors = waiting.communicate(timeout=50)  # long before its minute is over
    assert waiting.returncode == 1
    assert "saw 1" in errors


async def test_exactly_is_not_more(run: Run, client: Client) -> None:
    await publish(client, "many", 1, 2, 3)
    assert "saw 3" in complaint(run("expect", "many", "-n", "2", "--exactly", "--within", "1m"))
    assert "Seen: 3" in text(run("expect", "many", "-n", "3", "--exactly", "--within", "200ms"))


@pytest.mark.parametrize("arguments", [("--within", "soon"), ("--where", "body ="), ("--last", "x")])
def test_bad_input_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    assert arguments[1] in complaint(run("expect", "any", *arguments), 2)


async def test_a_busy_queue_is_told_by_its_newest(client: Client) -> None:
    await publish(client, "busy", *range(20))
    seen = await expect(client, Expected("busy", where="body.total > 100", within_s=0.1))
    says = await report(client, seen)
    assert not seen.is_met
    assert says.count("  #") == 5
    assert '{"total": 19}' in says
