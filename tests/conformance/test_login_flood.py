"""Passwords are slow to check on purpose, and that is nobody's business but the one's who logs in."""

import asyncio
import time

from tests.support.address import Address
from tests.support.amqp091 import start_ok
from tests.support.broker import RunningBroker
from tests.support.bystander import bystander
from tests.support.raw_client import RawClient, why


def test_200_wrong_logins_at_once_hold_up_nobody(broker: RunningBroker) -> None:
    """Each is answered, and somebody else's messages go round all the while."""
    address = Address("127.0.0.1", broker.port_amqp)
    clients = [RawClient(address) for _ in range(200)]
    with bystander(broker.port_amqp) as other:
        for client in clients:
            client.greet()
        rounds = other.rounds
        begin = time.monotonic()
        for number, client in enumerate(clients):
            client.send(start_ok(f"\0anna\0wrong {number}".encode()))
        for client in clients:
            scope, code, *_ = why(client.expect("connection.close"))
            assert (scope, code) == ("connection", 403)
            client.close()
        seconds = time.monotonic() - begin
        rounds = other.rounds - rounds
    print(f"{seconds:.1f} s for 200 wrong logins; meanwhile {rounds} rounds, longest {other.longest_s:.3f} s")
    assert rounds > 10


async def test_many_connections_of_one_user_cost_one_check(broker: RunningBroker) -> None:
    """Checked one by one they would take 300 times 30 ms."""
    async with await broker.attach() as client:
        await client.access.put_user("many", password="secret")
        await client.access.put_permission("many")
    address = Address("127.0.0.1", broker.port_amqp)

    def log_in_300_times() -> None:
        clients = [RawClient(address) for _ in range(300)]
        for each in clients:
            each.greet()
        for each in clients:
            each.send(start_ok(b"\0many\0secret"))
        for each in clients:
            each.expect("connection.tune")
            each.close()

    cpu_before = broker.cpu_s()
    await asyncio.to_thread(log_in_300_times)
    assert broker.cpu_s() - cpu_before < 2
