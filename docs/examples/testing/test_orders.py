"""Tests of a program that uses RabbitMQ, without RabbitMQ. Run them: `pytest docs/examples/testing`."""

import json
from pathlib import Path

from orders import send_order, work_off

from mqstudio.pytest_plugin import TestBroker


def test_an_order_is_sent(mqstudio: TestBroker) -> None:
    """It is there, and says what it is."""
    send_order(mqstudio.url, total=129.9)
    (order,) = mqstudio.expect("orders", where="body.total > 100 and content_type == 'application/json'")
    assert order.state == "ready"


def test_orders_are_worked_off(mqstudio: TestBroker) -> None:
    """What was consumed can be asked about as well: how it ended."""
    for total in (5, -1, 7):
        send_order(mqstudio.url, total)
    assert work_off(mqstudio.url) == 2
    mqstudio.expect("orders", 2, "state == done")
    (bad,) = mqstudio.expect("orders", where="state == dropped", exactly=True, within=0.2)
    assert bad.preview == '{"total": -1}'


def test_no_test_sees_what_another_has_sent(mqstudio: TestBroker) -> None:
    """The orders of the other tests are not here."""
    send_order(mqstudio.url, total=1)
    mqstudio.expect("orders", 1, exactly=True, within=0.2)


def test_what_happened_can_be_kept_and_looked_at(mqstudio: TestBroker, tmp_path: Path) -> None:
    """A file of all messages, with their lives: the window opens it, `mqstudio replay` sends it again."""
    send_order(mqstudio.url, total=3)
    work_off(mqstudio.url)
    path = tmp_path / "orders.jsonl"
    assert mqstudio.save(path) == 1
    (line,) = path.read_text().splitlines()
    assert [step["what"] for step in json.loads(line)["life"]][-2:] == ["delivered", "settled"]
