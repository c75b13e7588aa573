"""Two messages side by side."""

from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import MessageDetail
from mqstudio.viewmodel.comparison import LINES_MAX, Kind, body_lines, compare
from tests.support.list_broker import ListBroker, run_now


def detail(broker: ListBroker, body: bytes, properties: Properties | None = None) -> MessageDetail:
    message_id = broker.add_message("orders", body)
    broker.properties[message_id] = properties or Properties()
    found: MessageDetail = run_now(broker.message("orders", message_id))
    return found


def lines(broker: ListBroker, left: bytes, right: bytes) -> list[tuple[str, str, str]]:
    compared = compare(detail(broker, left), detail(broker, right))
    start = next(i for i, line in enumerate(compared.lines) if line.left == "" and line.name == "Body")
    return [(line.kind.value, line.left, line.right) for line in compared.lines[start + 1 :]]


def test_json_is_compared_by_what_it_says(broker: ListBroker) -> None:
    """The order of keys and white space are no difference; a value is."""
    assert lines(broker, b'{"a": 1, "b": 2}', b'{"b":3,\n"a":1}') == [
        ("same", "{", "{"),
        ("same", '  "a": 1,', '  "a": 1,'),
        ("changed", '  "b": 2', '  "b": 3'),
        ("same", "}", "}"),
    ]


def test_lines_that_one_has(broker: ListBroker) -> None:
    """Each on its side."""
    assert lines(broker, b"a\nb\nc", b"a\nc\nd") == [
        ("same", "a", "a"),
        ("left", "b", ""),
        ("same", "c", "c"),
        ("right", "", "d"),
    ]


def test_bytes_are_compared_as_hex(broker: ListBroker) -> None:
    """Sixteen a line."""
    assert body_lines(b"\xff\x00") == ["00000000  ff 00"]
    assert lines(broker, b"\xff" * 17, b"\xff" * 16 + b"\xfe")[1] == (
        "changed", "00000010  ff", "00000010  fe",
    )  # fmt: skip


def test_properties_and_headers_by_name(broker: ListBroker) -> None:
    """With the type of each header: 1 and "1" are not the same."""
    left = Properties(type="order", headers=[Header("n", "int64", 1), Header("x", "string", "a")])
    right = Properties(headers=[Header("n", "string", "1"), Header("x", "string", "a")])
    compared = compare(detail(broker, b"", left), detail(broker, b"", right))
    by_name = {line.name: (line.kind, line.left, line.right) for line in compared.lines}
    assert by_name["type"] == (Kind.LEFT, "order", "")
    assert by_name["n"] == (Kind.CHANGED, "1  (int64)", "1  (string)")
    assert by_name["x"][0] is Kind.SAME
    assert compared.differences == 2


def test_what_is_long_is_cut_and_said(broker: ListBroker) -> None:
    """A window has to stay quick."""
    long = b"x\n" * 200_000
    assert len(body_lines(long)) == LINES_MAX
    assert compare(detail(broker, long), detail(broker, b"x")).is_cut
    assert not compare(detail(broker, b"y"), detail(broker, b"x")).is_cut


def test_deep_json_is_compared_as_it_is() -> None:
    """Nothing in a body can break it."""
    deep = b"[" * 100_000
    assert body_lines(deep) == [deep.decode()]
