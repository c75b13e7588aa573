"""Tests of a program that uses RabbitMQ, without RabbitMQ. Run them: `pytest docs/examples/testing`."""

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


def test_every_test_has_a_broker_of_its_own(mqstudio: TestBroker) -> None:
    """The orders of the other tests are not here."""
    send_order(mqstudio.url, total=1)
    mqstudio.expect("orders", 1, exactly=True, within=0.2)
