"""Lives as spans, for Chrome's tracing and for OpenTelemetry."""

import json
from base64 import b64encode
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.chrome_trace import EXPORTER as CHROME
from mqstudio.exporters.otlp import EXPORTER as OTLP
from mqstudio.exporters.spans import Hold, Wait, spans_of
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import LifeStep
from tests.unit.exporters.test_shape import a_record

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def step(at_us: int, what: str, detail: str = "", reason: str = "") -> LifeStep:
    return LifeStep(at_us, what, "" if what == "published" else "orders", detail, 7, reason=reason)


TWICE = (
    step(10, "published", "by app.py"),
    step(11, "enqueued"),
    step(20, "delivered", "to worker-1 · ctag"),
    step(25, "settled", "released"),
    step(25, "requeued"),
    step(30, "delivered", "to worker-2 · ctag (redelivered)"),
    step(39, "settled", "accepted"),
)


def a_life(*steps: LifeStep, properties: Properties | None = None) -> Record:
    record = a_record(b"{}", properties)
    return Record(record.vhost, record.row, record.properties, record.body, record.format, steps)


def written(exporter: Any, *records: Record, options: Options | None = None) -> Any:
    writing = exporter.write(options or Options())
    return json.loads(writing.begin() + b"".join(writing.record(each) for each in records) + writing.end())


def test_a_life_is_waiting_and_being_held() -> None:
    spans = spans_of(a_life(*TWICE))
    assert spans.waits == (Wait(11, 20), Wait(25, 30))
    assert spans.holds == (
        Hold(20, 25, "worker-1 · ctag", "released"),
        Hold(30, 39, "worker-2 · ctag", "accepted"),
    )


@pytest.mark.parametrize(
    ("steps", "waits", "holds"),
    [
        ((), (), ()),
        ((step(11, "enqueued"),), (Wait(11, None),), ()),
        ((step(11, "enqueued"), step(12, "dropped", reason="expired")), (Wait(11, 12),), ()),
        (
            (
                step(11, "enqueued"),
                step(12, "delivered", "to w"),
                step(15, "dead_lettered", reason="rejected"),
            ),
            (Wait(11, 12),),
            (Hold(12, 15, "w", "rejected"),),
        ),
        ((step(11, "enqueued"), step(12, "delivered", "to w")), (Wait(11, 12),), (Hold(12, None, "w", ""),)),
    ],
)
def test_other_lives(steps: tuple[LifeStep, ...], waits: tuple[Wait, ...], holds: tuple[Hold, ...]) -> None:
    spans = spans_of(a_life(step(10, "published"), *steps))
    if steps:
        assert (spans.waits, spans.holds) == (waits, holds)
    else:
        assert spans.waits  # what the row tells


def test_chrome_sees_processes_threads_and_events() -> None:
    document = written(CHROME, a_life(*TWICE), a_life(*TWICE))
    events = document["traceEvents"]
    names = [event["args"]["name"] for event in events if event["ph"] == "M"]
    assert names == ["orders", "waiting", "worker-1 · ctag", "worker-2 · ctag"]
    held = [(event["ts"], event["dur"], event["args"]["outcome"]) for event in events if event["ph"] == "X"]
    assert held == [(20, 5, "released"), (30, 9, "accepted")] * 2
    begun = [event for event in events if event["ph"] == "b"]
    ended = [event for event in events if event["ph"] == "e"]
    assert [event["id"] for event in begun] == [event["id"] for event in ended]
    for event in events:  # what the format demands of each
        assert {"name", "ph", "ts", "pid", "tid"} <= event.keys()


@pytest.mark.parametrize("exporter", [CHROME, OTLP])
def test_a_file_without_messages_is_valid(exporter: Any) -> None:
    assert written(exporter)


def as_protocol_buffers(document: Any) -> TracesData:
    """JSON of OTLP has ids in hex; that of protocol buffers wants base64."""

    def based(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: b64encode(bytes.fromhex(each)).decode()
                if name in ("traceId", "spanId", "parentSpanId")
                else based(each)
                for name, each in value.items()
            }
        return [based(each) for each in value] if isinstance(value, list) else value

    return ParseDict(based(document), TracesData())


def test_opentelemetry_reads_the_spans() -> None:
    data = as_protocol_buffers(written(OTLP, a_life(*TWICE), a_life(*TWICE)))
    (scope,) = data.resource_spans[0].scope_spans
    send, first, second = scope.spans[:3]
    assert [span.kind for span in (send, first, second)] == [4, 5, 5]
    assert first.parent_span_id == second.parent_span_id == send.span_id
    assert len({send.trace_id, first.trace_id, second.trace_id}) == 1
    assert (first.start_time_unix_nano, first.end_time_unix_nano) == (20_000, 25_000)
    assert (first.status.code, first.status.message) == (2, "released")
    assert second.status.code == 0
    attributes = {each.key: each.value.string_value or each.value.int_value for each in send.attributes}
    assert attributes["messaging.system"] == "rabbitmq"
    assert attributes["messaging.destination.name"] == "orders.ex"
    assert attributes["messaging.message.body.size"] == 2


@pytest.mark.parametrize(
    ("told", "is_joined"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{'0' * 32}-{SPAN}-01", False),
        (f"00-{TRACE.upper()}-{SPAN}-01", False),
        ("nonsense", False),
    ],
)
def test_spans_join_the_trace_of_their_publisher(told: str, is_joined: bool) -> None:
    properties = Properties(headers=[Header("traceparent", "string", told)])
    span = written(OTLP, a_life(*TWICE, properties=properties))["resourceSpans"][0]["scopeSpans"][0]["spans"][
        0
    ]
    assert (span["traceId"] == TRACE) is is_joined
    assert (span.get("parentSpanId") == SPAN) is is_joined
