"""What a message costs in the AMQP 0-9-1 session alone: parsing publishes and acks, writing deliveries.

Run: python -m tests.bench.amqp091_codec. Prints µs per message, the best of several rounds, with an
engine that does nothing. A round is what a turn of the server's loop does with one chunk of bytes.
"""

import time
from collections.abc import Callable

from mqstudio.model.message import Message
from tests.support.amqp091 import Conversation, delivered, message, method, opened, publish

MESSAGES = 256
MANY = 8192
"""More than a session remembers, so that nothing helps."""

ROUNDS = 100


def best_us(round_of_work: Callable[[], int]) -> float:
    """The least time per message over all rounds, in µs."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        count = round_of_work()
        best = min(best, (time.perf_counter() - start) / count)
    return best * 1e6


def parse(chunk: bytes, conversation: Conversation) -> Callable[[], int]:
    """Work through a chunk of bytes as the server does."""
    session = conversation.session

    def work() -> int:
        count = 0
        for _ in session.receive_data(chunk, 0):
            count += 1
        session.data_to_send()
        return count

    return work


def write(letters: list[Message], *, consumers: int) -> Callable[[], int]:
    """Write deliveries to some consumers in turn."""
    session = opened().session
    mail = [delivered(m, i, consumer=f"ctag{i % consumers}") for i, m in enumerate(letters)]

    def work() -> int:
        session.notify(mail)
        session.data_to_send()
        return len(mail)

    return work


def with_message_id(i: int) -> bytes:
    """Properties that differ from message to message."""
    return b"\x90\x80" + b"\x0atext/plain" + b"\x02" + b"\x24" + f"{i:036}".encode()


def confirming() -> Conversation:
    """A connection whose publishes are confirmed."""
    conversation = opened()
    conversation.turn(method(1, "confirm.select", False))
    return conversation


def main() -> None:
    """Print the table."""
    acks = b"".join(method(1, "basic.ack", i, False) for i in range(MESSAGES))
    cases: dict[str, Callable[[], int]] = {}
    for size in (16, 1024):
        body = b"x" * size
        same = publish(body, key="hello") * MESSAGES
        unique = b"".join(
            publish(body[: size - i % 8], key=f"key.{i % 50}", properties=with_message_id(i))
            for i in range(MANY)
        )
        cases[f"parse publish, {size} B"] = parse(same, opened())
        cases[f"parse publish, {size} B, confirmed"] = parse(same, confirming())
        cases[f"parse publish, {size} B, all different"] = parse(unique, opened())
        same_letters = [message(b"x" * size, properties=bytes(bytearray(2))) for _ in range(MESSAGES)]
        unique_letters = [
            message(body[: size - i % 8], key=f"key.{i % 50}", properties=with_message_id(i))
            for i in range(MESSAGES)
        ]
        cases[f"write delivery, {size} B"] = write(same_letters, consumers=1)
        cases[f"write delivery, {size} B, 2 consumers"] = write(same_letters, consumers=2)
        cases[f"write delivery, {size} B, all different"] = write(unique_letters, consumers=2)
    cases["parse ack"] = parse(acks, opened())
    for name, work in cases.items():
        print(f"{name:45} {best_us(work):6.2f} µs")  # this is what it is for


if __name__ == "__main__":
    main()
