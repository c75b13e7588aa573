"""What happens to an input: the protocol's own errors only, in bounded time, and nothing is left behind.

`python -m tests.fuzz.drive LEVEL NUMBER` replays one input; LEVEL is stream, table, or method.
"""

import contextlib
import sys
import time
from collections.abc import Callable
from itertools import count

from mqstudio.engine.engine import Engine
from mqstudio.model.commands import CloseConnection
from mqstudio.model.errors import RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.protocols.amqp091 import PROTOCOL, codec, methods
from mqstudio.registry import discover
from tests.fuzz import mutate
from tests.support.amqp091 import FakeHost, default_answer

SLOW_S = 0.050
"""No input may take longer (CPU time)."""
KINDS = {k.name: k for k in discover("mqstudio.engine.exchanges", "EXCHANGE_KIND").found.values()}
_ids = count(1)


class Host(FakeHost):
    """Ids that no other session has."""

    def __init__(self) -> None:
        super().__init__()
        self.connection_id = next(_ids)

    def new_id(self) -> int:
        return next(_ids)


def drive_stream(number: int) -> None:
    """A whole session against a real engine; afterwards the engine is as it was."""
    data = mutate.stream(number)
    engine = Engine(KINDS, getattr(PROTOCOL, "predeclared_exchanges", ()))
    host = Host()
    session = PROTOCOL.new_session(host, 0)
    now_us = 1_000_000
    # In pieces, as sockets give them; where they are cut depends on the input.
    step = len(data) // (1 + number % 3) + 1
    for start in range(0, len(data), step):
        _turn(engine, session, host, data[start : start + step], now_us)
        now_us += 1_000
    batch = EventBatch()
    engine.apply(CloseConnection(host.connection_id), now_us, batch)
    engine.advance(now_us, batch)
    assert not engine.connections, "a connection is left"
    assert not engine.channels, "a channel is left"
    for queue in engine.vhosts["/"].queues.values():
        assert not queue.in_flight, f"{queue.ref.name} has messages in flight that nobody holds"
        assert not queue.subscriptions, f"{queue.ref.name} has a subscription of nobody"
        assert queue.bytes_held == sum(message.held_bytes for message in queue.ready)


def _turn(engine: Engine, session: object, host: Host, data: bytes, now_us: int) -> None:
    batch = EventBatch()
    for request in session.receive_data(data, now_us):  # type: ignore[attr-defined]
        try:
            if type(request).__module__ == "mqstudio.model.access":
                reply = default_answer(request)
                if isinstance(reply, RefusedError):
                    raise reply
            else:
                reply = engine.apply(request, now_us, batch)
        except RefusedError as refused:
            session.refuse(refused)  # type: ignore[attr-defined]
            continue
        if reply is not None or session.wants_answer:  # type: ignore[attr-defined]
            session.answer(reply)  # type: ignore[attr-defined]
    engine.advance(now_us, batch)
    for connection_id, mail in engine.take_mail():
        if connection_id == host.connection_id:
            session.notify(mail)  # type: ignore[attr-defined]
    written = session.data_to_send()  # type: ignore[attr-defined]
    assert len(written) < 4 * 1024 * 1024, "so small an input has so large an answer"
    if not session.is_open():  # type: ignore[attr-defined]
        engine.apply(CloseConnection(host.connection_id), now_us, batch)


def drive_table(number: int) -> None:
    """A field table: read or refused, and skipping it agrees."""
    data = mutate.table(number)
    read = skipped = -1
    with contextlib.suppress(ValueError):
        _, read = codec.read_table(data, 0, len(data))
    with contextlib.suppress(ValueError):
        skipped = codec.skip_table(data, 0, len(data))
    assert read == skipped, "reading and skipping disagree"


def drive_method(number: int) -> None:
    """A method's arguments: read or refused."""
    code, payload = mutate.method(number)
    if code in methods.METHODS:
        with contextlib.suppress(ValueError):
            methods.decode(code, payload)


LEVELS: dict[str, Callable[[int], None]] = {
    "stream": drive_stream,
    "table": drive_table,
    "method": drive_method,
}


def run(level: str, first: int, last: int) -> str:
    """Drive a range of inputs; returns "" or one line that says which failed, and how to replay it."""
    drive = LEVELS[level]
    for number in range(first, last):
        begin = time.process_time()
        try:
            drive(number)
        except Exception as error:  # whatever it is, it is a finding
            return f"python -m tests.fuzz.drive {level} {number}: {type(error).__name__}: {error}"
        if time.process_time() - begin > SLOW_S and not _is_quick(drive, number):
            return f"python -m tests.fuzz.drive {level} {number}: takes over {SLOW_S * 1000:.0f} ms"
    return ""


def _is_quick(drive: Callable[[int], None], number: int) -> bool:
    """Whether a second look is quick: a collection of garbage, or a busy machine, is no finding."""
    for _ in range(3):
        begin = time.process_time()
        drive(number)
        if time.process_time() - begin <= SLOW_S:
            return True
    return False


if __name__ == "__main__":
    LEVELS[sys.argv[1]](int(sys.argv[2]))
    print("nothing was found")
