"""What consumers of a stream ask for, and what is said of what cannot be understood."""

import pytest

from mqstudio.engine.log import not_supported
from mqstudio.model import commands as c
from mqstudio.model.commands import LogStart
from mqstudio.model.errors import RefusedError
from mqstudio.model.message import Header
from mqstudio.protocols.amqp091.arguments import log_start
from mqstudio.protocols.amqp091.errors import translate
from tests.support.driver import Driver

NOW_US = 10**15


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", "first", LogStart(offset=0)),
        ("string", "last", LogStart(is_last=True)),
        ("string", "next", LogStart()),
        ("int32", 7, LogStart(offset=7)),
        ("int64", -1, LogStart(offset=0)),
        ("timestamp", 5, LogStart(at_us=5_000_000)),
        ("string", "1h", LogStart(at_us=NOW_US - 3_600_000_000)),
        ("string", "2D", LogStart(at_us=NOW_US - 172_800_000_000)),
    ],
)
def test_where_to_begin(kind: str, value: object, expected: LogStart) -> None:
    assert (
        log_start([Header("x-other", "int32", 1), Header("x-stream-offset", kind, value)], NOW_US) == expected
    )


def test_without_the_argument_nothing_is_said() -> None:
    assert log_start([Header("x-other", "string", "first")], NOW_US) is None


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("string", "0s", '{invalid_stream_offset_arg,{longstr,<<"0s">>}}'),
        ("string", "5x", '{invalid_stream_offset_arg,{longstr,<<"5x">>}}'),
        ("string", "bogus", '{invalid_stream_offset_arg,{longstr,<<"bogus">>}}'),
        ("bool", True, "{invalid_stream_offset_arg,{bool,True}}"),
        ("null", None, "{invalid_stream_offset_arg,{void,None}}"),
    ],
)
def test_what_cannot_be_understood_closes_the_channel(kind: str, value: object, problem: str) -> None:
    """The words are those of RabbitMQ 3.10.8, as measured; where it fails itself, ours are like them."""
    start = log_start([Header("x-stream-offset", kind, value)], NOW_US)
    assert start is not None
    assert refusal(credit=1, start=start) == (
        406,
        f"invalid arg 'x-stream-offset' for queue 'log' in vhost '/': {problem}",
    )


def test_readers_need_a_prefetch_count_and_acknowledgements() -> None:
    assert refusal() == (406, "consumer prefetch count is not set for 'queue 'log' in vhost '/''")
    says = "automatic acknowledgement not supported by stream queues queue 'log' in vhost '/'"
    assert refusal(credit=1, is_auto_settled=True) == (540, says)


@pytest.mark.parametrize(
    ("attempted", "says"),
    [
        ("take", "basic.get not supported by stream queues queue 'log' in vhost '/'"),
        ("purge", "queue.purge not supported by stream queues queue 'log' in vhost '/'"),
    ],
)
def test_what_streams_do_not_do(attempted: str, says: str) -> None:
    driver, _ = with_log()
    queue = driver.engine.vhosts["/"].queues["log"]
    error = translate(not_supported(queue, attempted, ""))
    assert (error.code, error.says) == (540, says)


def with_log() -> tuple[Driver, int]:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel, "log", is_durable=True, arguments={"x-queue-type": "stream"})
    return driver, channel


def refusal(**options: object) -> tuple[int, str]:
    driver, channel = with_log()
    with pytest.raises(RefusedError) as refused:
        driver.do(c.Subscribe(channel, "log", "t", **options))  # type: ignore[arg-type]
    error = translate(refused.value)
    return error.code, error.says
