"""A channel in a scripted conversation: what can be said on it, and how what comes is written down."""

import time
from dataclasses import dataclass
from struct import pack
from typing import TYPE_CHECKING, Any

from tests.differential.fields import write_properties
from tests.differential.wire import BODY, HEADER, Item, write_frame, write_method

if TYPE_CHECKING:
    from tests.differential.line import Line
    from tests.differential.talk import Talk

WAIT_S = 8.0
POLL_S = 0.01


class OverError(Exception):
    """The conversation cannot go on: the broker was silent, or hung up."""


@dataclass
class Chan:
    """A channel. Verbs write down what comes; `answer` does not."""

    line: "Line"
    number: int

    @property
    def talk(self) -> "Talk":
        return self.line.talk

    # ---- saying

    def send(self, method: str, **values: Any) -> None:
        """Say a method; what it creates is remembered, to be removed in the end."""
        self._remember(method, values)
        self.line.link.send(write_method(self.number, method, values))

    def publish(
        self, key: str, body: bytes = b"", exchange: str = "", *, mandatory: bool = False, **properties: Any
    ) -> None:
        """Publish; keywords are properties."""
        values = {"exchange": exchange, "key": key, "mandatory": mandatory}
        self.line.link.send(
            write_method(self.number, "basic.publish", values)
            + self.header(len(body), write_properties(properties))
            + (write_frame(BODY, self.number, body) if body else b"")
        )

    def header(self, size: int, properties: bytes = b"\0\0", *, class_id: int = 60, weight: int = 0) -> bytes:
        """A content header in its frame."""
        return write_frame(HEADER, self.number, pack(">HHQ", class_id, weight, size) + properties)

    def body(self, data: bytes) -> bytes:
        """A piece of a body in its frame."""
        return write_frame(BODY, self.number, data)

    def raw(self, *parts: bytes) -> None:
        """Send bytes as they are."""
        self.line.link.send(b"".join(parts))

    def ack(self, tag: int, *, multiple: bool = False) -> None:
        self.send("basic.ack", delivery=tag, multiple=multiple)

    def nack(self, tag: int, *, multiple: bool = False, requeue: bool = True) -> None:
        self.send("basic.nack", delivery=tag, multiple=multiple, requeue=requeue)

    def reject(self, tag: int, *, requeue: bool = False) -> None:
        self.send("basic.reject", delivery=tag, requeue=requeue)

    # ---- hearing

    def hear(self, count: int = 1) -> Item:
        """Write down the next items."""
        for _ in range(count):
            item = self.line.next_item(self.number, WAIT_S)
            self._note(item)
        return item

    def answer(self) -> Item:
        """The next item, not written down (unless it is an error)."""
        item = self.line.next_item(self.number, WAIT_S)
        if item.name == "channel.close":
            self._note(item)
            raise OverError
        return item

    def call(self, method: str, **values: Any) -> Item:
        """Say a method and write everything down until its answer, or the channel's end."""
        self.send(method, **values)
        answers = {f"{method}-ok", "channel.close"} | (
            {"basic.get-empty"} if method == "basic.get" else set()
        )
        while True:
            item = self.hear()
            if item.name in answers:
                return item

    def _note(self, item: Item) -> None:
        self.line.note(item)
        if item.name == "queue.declare-ok":
            self.talk.queues[item.values["queue"]] = None
        if item.name == "channel.close":
            self.send("channel.close-ok")

    def _remember(self, method: str, values: dict[str, Any]) -> None:
        if method == "queue.declare" and values.get("queue"):
            self.talk.queues[values["queue"]] = None
        if method == "exchange.declare" and values["exchange"] and values["exchange"][:4] != "amq.":
            self.talk.exchanges[values["exchange"]] = None

    # ---- verbs

    def reopen(self) -> "Chan":
        """Open the channel again after it was closed."""
        self.send("channel.open")
        assert self.answer().name == "channel.open-ok"
        return self

    def queue(self, name: str = "q", arguments: dict[str, Any] | None = None, **flags: bool) -> Item:
        """Declare a queue."""
        return self.call("queue.declare", queue=name, arguments=arguments or {}, **flags)

    def exchange(
        self, name: str = "x", kind: str = "direct", arguments: dict[str, Any] | None = None, **flags: bool
    ) -> Item:
        """Declare an exchange."""
        return self.call("exchange.declare", exchange=name, type=kind, arguments=arguments or {}, **flags)

    def bind(self, queue: str, exchange: str, key: str = "", arguments: dict[str, Any] | None = None) -> Item:
        """Bind a queue."""
        return self.call("queue.bind", queue=queue, exchange=exchange, key=key, arguments=arguments or {})

    def get(self, queue: str = "q", *, no_ack: bool = True) -> Item:
        """Get a message, or hear that there is none."""
        return self.call("basic.get", queue=queue, no_ack=no_ack)

    def get_all(self, *queues: str) -> None:
        """Get until a queue is empty."""
        for queue in queues or ("q",):
            self.settle(queue)
            while self.get(queue).name == "basic.get-ok":
                pass

    def get_soon(self, queue: str = "q", *, no_ack: bool = True) -> Item:
        """Get a message that may be a while on its way."""
        deadline = time.monotonic() + WAIT_S
        while True:
            self.send("basic.get", queue=queue, no_ack=no_ack)
            item = self.answer()
            if item.name == "basic.get-ok" or time.monotonic() > deadline:
                self._note(item)
                return item
            time.sleep(POLL_S)

    def consume(self, queue: str = "q", tag: str = "t", **values: Any) -> Item:
        """Begin to consume."""
        return self.call("basic.consume", queue=queue, tag=tag, **values)

    def qos(self, count: int, *, shared: bool = False) -> Item:
        return self.call("basic.qos", count=count, **{"global": shared})

    def count(self, queue: str = "q") -> tuple[int, int]:
        """Write down how many messages and consumers a queue has."""
        self.settle(queue)
        item = self.call("queue.declare", queue=queue, passive=True)
        return item.values.get("messages", -1), item.values.get("consumers", -1)

    def count_soon(self, messages: int, queue: str = "q", *, consumers: int | None = None) -> None:
        """Write down the counts of a queue once they are these, or when they will not be."""
        deadline = time.monotonic() + WAIT_S
        while True:
            item = self.look(queue)
            counts = (item.values["messages"], item.values["consumers"])
            wanted = (messages, counts[1] if consumers is None else consumers)
            if counts == wanted or time.monotonic() > deadline:
                return self._note(item)
            time.sleep(POLL_S)

    def settle(self, queue: str = "q") -> None:
        """Two round trips through a queue: what it had to say has come by then, and is written down."""
        for _ in range(2):
            self.look(queue)

    def look(self, queue: str) -> Item:
        self.send("queue.declare", queue=queue, passive=True)
        while True:
            item = self.answer()
            if item.name == "queue.declare-ok":
                return item
            self._note(item)

    def gone_soon(self, queue: str = "q") -> None:
        """Write down that a queue goes; the channel ends with the question, and is opened again.

        It asks by binding, which unlike a declaration does not keep a queue that expires.
        """
        deadline = time.monotonic() + WAIT_S
        while True:
            self.send("queue.bind", queue=queue, exchange="amq.direct", key="is it there?")
            item = self.line.next_item(self.number, WAIT_S)
            if item.name == "channel.close" or time.monotonic() > deadline:
                self._note(item)
                break
            time.sleep(POLL_S)
        if item.name == "channel.close":
            self.reopen()

    def confirm(self) -> Item:
        return self.call("confirm.select")

    def confirms(self, count: int, *, first: int = 1) -> None:
        """Wait until so many publishes are confirmed; say which were not, whatever comes between."""
        open_tags, refused = set(range(first, first + count)), set[int]()
        while open_tags:
            item = self.line.next_item(self.number, WAIT_S)
            if item.name not in ("basic.ack", "basic.nack"):
                self._note(item)
                if item.name == "channel.close":
                    return
                continue
            tag = item.values["delivery"]
            settled = {each for each in open_tags if each <= tag} if item.values["multiple"] else {tag}
            open_tags -= settled
            refused |= settled if item.name == "basic.nack" else set()
        self.talk.say(f"confirmed {first} to {first + count - 1}; refused: {sorted(refused) or 'none'}")
