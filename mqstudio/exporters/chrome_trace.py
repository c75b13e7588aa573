"""Trace events, as Chrome's `about:tracing` and Perfetto read them: a process for each queue, in it a row for
waiting and one for each consumer. Times are those of the broker, in µs.
"""

from typing import Any, Final

import msgspec

from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.spans import Spans, spans_of

WAITING: Final = 0
"""The thread of messages that wait; they overlap, so they are asynchronous events."""

Event = dict[str, Any]
"""Any: strings and numbers, as the format has them."""


class Trace:
    """A file of events. What names queues and consumers comes before they are used first."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._is_first = True
        self._processes: dict[tuple[str, str], int] = {}
        self._threads: dict[tuple[int, str], int] = {}

    def begin(self) -> bytes:
        """The head."""
        return b'{"displayTimeUnit":"ms","traceEvents":[\n'

    def record(self, record: Record) -> bytes:
        """The events of one message."""
        named: list[Event] = []
        events = self._events(record, spans_of(record), named)
        lines = [msgspec.json.encode(event) for event in [*named, *events]]
        if not lines:
            return b""
        start, self._is_first = b"" if self._is_first else b",\n", False
        return start + b",\n".join(lines)

    def end(self) -> bytes:
        """The tail."""
        return b"\n]}\n"

    def _events(self, record: Record, spans: Spans, named: list[Event]) -> list[Event]:
        row = record.row
        pid = self._process(record.vhost, row.queue, named)
        name = f"#{row.message_id} {row.routing_key}".strip()
        base: Event = {"name": name, "pid": pid, "cat": "message", "id": f"{pid}.{row.message_id}"}
        events: list[Event] = []
        for wait in spans.waits:
            until_us = wait.from_us if wait.until_us is None else wait.until_us
            began: Event = {**base, "ph": "b", "ts": wait.from_us, "tid": WAITING, "args": self._args(record)}
            events += [began, {**base, "ph": "e", "ts": until_us, "tid": WAITING}]
        for hold in spans.holds:
            duration_us = 0 if hold.until_us is None else hold.until_us - hold.from_us
            tid = self._thread(pid, hold.holder, named)
            args = {**self._args(record), "outcome": hold.outcome or "still held"}
            held: Event = {"name": name, "pid": pid, "cat": "delivery", "ph": "X", "tid": tid, "args": args}
            events.append({**held, "ts": hold.from_us, "dur": duration_us})
        return events

    def _args(self, record: Record) -> Event:
        row = record.row
        args: Event = {"message": row.message_id, "state": row.state.value, "exchange": row.exchange}
        args |= {"size_bytes": row.size_bytes, "publisher": row.publisher}
        if self._options.has_properties and record.properties.correlation_id is not None:
            args["correlation_id"] = record.properties.correlation_id
        return args

    def _process(self, vhost: str, queue: str, named: list[Event]) -> int:
        pid = self._processes.get((vhost, queue))
        if pid is None:
            pid = self._processes[vhost, queue] = len(self._processes) + 1
            title = queue if vhost == "/" else f"{queue} ({vhost})"
            named += [_name("process_name", pid, 0, title), _name("thread_name", pid, WAITING, "waiting")]
        return pid

    def _thread(self, pid: int, holder: str, named: list[Event]) -> int:
        tid = self._threads.get((pid, holder))
        if tid is None:
            tid = self._threads[pid, holder] = len(self._threads) + 1
            named.append(_name("thread_name", pid, tid, holder))
        return tid


def _name(what: str, pid: int, tid: int, name: str) -> Event:
    return {"name": what, "ph": "M", "pid": pid, "tid": tid, "ts": 0, "args": {"name": name}}


class ChromeTrace:
    """The format."""

    title = "Chrome trace"
    suffixes = (".trace.json",)

    def write(self, options: Options) -> Trace:
        """See Exporter."""
        return Trace(options)


EXPORTER = ChromeTrace()
