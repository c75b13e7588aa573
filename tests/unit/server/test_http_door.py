"""The door of an HTTP port: open from the start, with nobody behind it until somebody knocks."""

import asyncio
import base64

from mqstudio.server.http_door import HttpDoor
from mqstudio.server.ports import open_port
from tests.support.peers import new_broker

GUEST = base64.b64encode(b"guest:guest").decode()


async def ask(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET /api/whoami HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Basic {GUEST}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


async def test_the_first_who_come_are_answered_like_all_others() -> None:
    """Though the server must be loaded first; many may knock at once."""
    broker, port = new_broker(), open_port(0)
    door = HttpDoor(broker, port)
    async with asyncio.TaskGroup() as tasks:
        door.watch(tasks)
        asked = [tasks.create_task(ask(port.port)) for _ in range(5)]
        answers = [await each for each in asked]
        answers.append(await ask(port.port))
    await door.close()
    broker.access.close()
    assert [answer.startswith(b"HTTP/1.1 200") for answer in answers] == [True] * 6


async def test_a_door_closes_while_somebody_is_let_in() -> None:
    """The broker may stop at any moment."""
    broker, port = new_broker(), open_port(0)
    door = HttpDoor(broker, port)
    async with asyncio.TaskGroup() as tasks:
        door.watch(tasks)
        _, writer = await asyncio.open_connection("127.0.0.1", port.port)
        await asyncio.sleep(0)
        await door.close()
    writer.close()
    broker.access.close()


async def test_a_door_nobody_knocked_at_closes() -> None:
    """Its port is free then."""
    broker, port = new_broker(), open_port(0)
    door = HttpDoor(broker, port)
    async with asyncio.TaskGroup() as tasks:
        door.watch(tasks)
    await door.close()
    broker.access.close()
    again = open_port(port.port)
    assert again.port == port.port
    for sock in again.sockets:
        sock.close()
