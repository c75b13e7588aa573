"""How many messages a second a filter looks at: `python -m tests.bench.filters [rows]`.

The messages have headers as AMQP 0-9-1 has them and bodies of JSON of about 1 KB; 1,000 different ones are
looked at again and again, decoded anew each time. Seconds are those of the processor: what else runs does not
count.
"""

import asyncio
import sys
import time

import msgspec

from mqstudio.model.commands import PublishMessage
from mqstudio.model.events import EventBatch
from mqstudio.model.filters.matching import compile_filter
from mqstudio.model.filters.subject import Subject, Waits
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import Header, Message, Properties
from mqstudio.model.queries import GetPage
from mqstudio.model.rows import BrokerInfo, MessagePage
from mqstudio.protocols.amqp091 import PROTOCOL
from mqstudio.protocols.amqp091.convert import write_properties
from mqstudio.server.queries import Queries
from mqstudio.server.reading import header_finder
from mqstudio.server.sampler import Sampler
from mqstudio.store.memory import MemoryStore
from tests.support.driver import Driver

ROWS = 1_000_000
VARIETY = 1_000
FIND_HEADER = header_finder({"amqp091": PROTOCOL})
NOW_US = 1_700_000_000_000_000

FILTERS = {
    "state == ready": 2.0,
    'key startswith "eu." and size > 1KB': 2.0,
    "headers.tenant == acme": 2.0,
    "headers.retry > 3 and state == ready": 2.0,
    "headers.absent == 1": 2.0,
    "type == order.deleted": 2.0,
    "body.total > 100": 8.0,
    "body.customer.id == 17 and state == ready": 8.0,
    'body.lines[2].sku == "A7"': 8.0,
    'body contains "Ada 99"': 8.0,
    "ada": 8.0,
    "nowhere": 8.0,
}
"""Filters, and within how many seconds a million must be looked at."""


def body_of(number: int) -> bytes:
    """About 1 KB of JSON."""
    lines = [{"sku": f"A{(number + at) % 50}", "n": at, "price": at * 1.5} for at in range(24)]
    customer = {"id": number % 100, "name": f"Ada {number}"}
    return msgspec.json.encode({"id": number, "customer": customer, "total": number / 4, "lines": lines})


def message_of(number: int) -> Message:
    """As a client would publish it."""
    headers = [
        Header("tenant", "string", "acme" if number % 3 else "other"),
        Header("retry", "int32", number % 6),
        Header("source", "string", "shop"),
    ]
    properties = Properties(
        content_type="application/json", headers=headers, message_id=f"{number:08x}", type="order.created"
    )
    key = "eu.new" if number % 2 else "us.new"
    return Message(number, body_of(number), write_properties(properties), "orders", key, NOW_US, "amqp091", 1)


def seconds_for(text: str, rows: int, messages: list[Message]) -> tuple[float, int]:
    """How long a filter takes for so many messages, and how many it finds."""
    fits = compile_filter(parse(text), NOW_US)
    take = Subject(NOW_US, PROTOCOL.read_properties, find_header=FIND_HEADER).take
    waits = Waits("orders")
    found = 0
    began = time.process_time()
    for _ in range(rows // len(messages)):
        for message in messages:
            found += fits(take(message, waits))
    return time.process_time() - began, found


class Desk(Driver):
    """A queue with messages in hand, and questions about it."""

    def __init__(self, rows: int, messages: list[Message]) -> None:
        super().__init__()
        info = BrokerInfo("bench", 1, "bench", 0, [])
        protocols = {"amqp091": PROTOCOL}
        self.queries = Queries(self.engine, MemoryStore(), Sampler(self.engine), protocols, lambda: info)
        channel = self.channel()
        self.queue(channel)
        for number in range(rows):
            each = messages[number % len(messages)]
            command = PublishMessage(channel, "", "q", each.properties, each.body, format="amqp091")
            self.engine.apply(command, NOW_US, EventBatch())

    async def find(self, where: str) -> tuple[float, float, float, int]:
        """Seconds until the first page was there, until all was looked at, the longest page; rows found."""
        began = time.process_time()
        first = longest = 0.0
        found, after_id = 0, None
        while True:
            asked = time.process_time()
            page = self.queries.answer(GetPage("q", limit=500, after_id=after_id, where=where))
            page = await page if isinstance(page, asyncio.Future) else page
            assert isinstance(page, MessagePage)
            longest = max(longest, time.process_time() - asked)
            first = first or time.process_time() - began
            found += len(page.rows)
            after_id = page.next_id
            if after_id is None:
                return first, time.process_time() - began, longest, found


async def print_pages(rows: int, messages: list[Message]) -> None:
    """The whole way in the broker, page by page to the end, for filters that find little."""
    desk = Desk(rows, messages)
    print(f"\npages of a queue with {rows:,} messages: first, all, longest page")
    for where in ("priority > 3", "headers.retry > 5", "body.total > 249.9", "nowhere"):
        first, whole, longest, found = await desk.find(where)
        print(f"{where:30} {first:6.3f} s {whole:6.2f} s {longest:6.3f} s  {found:6,} found")


def main() -> int:
    """Print a line a filter; 1 if one takes longer than it may."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    messages = [message_of(number) for number in range(1, VARIETY + 1)]
    size = sum(len(each.body) for each in messages) // len(messages)
    print(f"{rows:,} messages, bodies of {size} B")
    is_slow = False
    for text, most_s in FILTERS.items():
        seconds, found = seconds_for(text, rows, messages)
        allowed = most_s * rows / ROWS
        is_slow |= seconds > allowed
        mark = "" if seconds <= allowed else "  TOO SLOW"
        print(
            f"{text:45} {seconds:6.2f} s of {allowed:.1f}  {rows / seconds:12,.0f} /s  {found:9,} found{mark}"
        )
    asyncio.run(print_pages(rows, messages))
    return int(is_slow)


if __name__ == "__main__":
    sys.exit(main())
