"""An SQS session takes any bytes: in any pieces the same answers, and nothing but HTTP comes back."""

import json
from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.commands import OpenChannel, OpenConnection, PutVhost
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.lending import AlterQueue, BorrowMessages, LoansReply, SendMessage, SendReply
from mqstudio.model.message import Message, Properties
from mqstudio.model.queries import DescribeQueues
from mqstudio.model.rows import QueueState
from mqstudio.protocols.sqs.operations import TABLE
from mqstudio.protocols.sqs.session import SqsSession

HOST = "Host: localhost:9324"


class Desk:
    """The session's host, and the broker behind it: one queue `q`, in which nothing is."""

    connection_id = 1
    peer_address, local_address = "127.0.0.1:5", "127.0.0.1:9324"

    def __init__(self) -> None:
        self._last_id = 1

    def new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def random_name(self) -> str:
        return "A" * 22

    def read_properties(self, message: Message) -> Properties:
        return Properties()

    def reply(self, request: Any) -> Any:
        """Raises: RefusedError."""
        if isinstance(request, DescribeQueues):
            return (QueueState(1, "q", {}, 0, 0, 0),) if request.name in (None, "q") else ()
        if isinstance(request, SendMessage):
            return SendReply(7, request.properties)
        if isinstance(request, BorrowMessages):
            return LoansReply(())
        if isinstance(request, OpenConnection | OpenChannel | PutVhost | AlterQueue):
            return None
        raise RefusedError(Refusal.NO_SUCH_QUEUE, "There is none.")


def talk(pieces: Iterable[bytes]) -> bytes:
    """What a session writes to a client that sends these pieces."""
    desk = Desk()
    session = SqsSession(desk, 0)  # type: ignore[arg-type]  # what of a host it asks, and no more
    written = []
    for piece in pieces:
        for request in session.receive_data(piece, 1_000):
            try:
                session.answer(desk.reply(request))
            except RefusedError as refused:
                session.refuse(refused)
        written.append(session.data_to_send())
        if session.is_finished():
            break
    return b"".join(written)  # type: ignore[arg-type]  # it never writes in pieces


def call(action: str, body: bytes, *extra: str) -> bytes:
    head = [
        "POST / HTTP/1.1",
        HOST,
        f"X-Amz-Target: AmazonSQS.{action}",
        f"Content-Length: {len(body)}",
        *extra,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def looks_like_answers(data: bytes) -> bool:
    """Whether it is HTTP answers and nothing else, one behind the other."""
    while data:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not (end and head.startswith(b"HTTP/1.1 ")):
            return False
        sizes = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        size = int(sizes[0].partition(b":")[2]) if sizes else 0
        if len(rest) < size:
            return False
        data = rest[size:]
    return True


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.text(max_size=20)
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
members = st.sampled_from(
    [
        "QueueUrl",
        "QueueName",
        "MessageBody",
        "Attributes",
        "MessageAttributes",
        "Entries",
        "ReceiptHandle",
        "Tags",
        "VisibilityTimeout",
        "MaxNumberOfMessages",
        "WaitTimeSeconds",
        "DelaySeconds",
        "AttributeNames",
        "TagKeys",
        "MessageAttributeNames",
        "MessageSystemAttributes",
        "MessageGroupId",
        "MessageDeduplicationId",
        "SourceArn",
        "MaxResults",
        "NextToken",
        "Label",
        "Actions",
        "AWSAccountIds",
        "TaskHandle",
        "tags",
    ]
)


@given(st.sampled_from(sorted(TABLE)), st.dictionaries(members, values | st.just("q"), max_size=6))
def test_whatever_the_members_hold_there_is_one_answer(action: str, given_members: dict[str, Any]) -> None:
    body = json.dumps(given_members).encode()
    answer = talk([call(action, body)])
    assert looks_like_answers(answer)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"x-amzn-RequestId" in answer


@given(st.binary(max_size=300))
def test_any_bytes_end_in_an_answer_or_in_waiting(data: bytes) -> None:
    assert looks_like_answers(talk([data]))


@given(st.data())
def test_in_any_pieces_the_answers_are_the_same(data: st.DataObject) -> None:
    whole = b"".join(
        (
            call("SendMessage", b'{"QueueUrl": "q", "MessageBody": "hello"}'),
            call("ReceiveMessage", b'{"QueueUrl": "q"}', "Expect: 100-continue").replace(
                b"Expect: 100-continue\r\n", b""
            ),
            b"POST /000000000000/q HTTP/1.1\r\n" + HOST.encode() + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"14\r\nAction=PurgeQueue&x=\r\n0\r\n\r\n",
            call("Nonsense", b"{}"),
        )
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    answers = talk(pieces)
    assert looks_like_answers(answers)
    assert answers == talk([whole])
    assert answers.count(b"HTTP/1.1 ") == 4


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=20))
def test_any_form_gets_an_answer(parameters: list[tuple[str, str]]) -> None:
    from urllib.parse import urlencode

    body = urlencode([("Action", "SendMessage"), *parameters], errors="surrogatepass").encode()
    head = f"POST /000000000000/q HTTP/1.1\r\n{HOST}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    answer = talk([head + body])
    assert looks_like_answers(answer)
    assert b"<?xml" in answer


def test_a_web_page_of_somebody_elses_gets_nothing_done() -> None:
    body = b'{"QueueUrl": "q", "MessageBody": "hello"}'
    for extra in ("Origin: http://evil.example", "Sec-Fetch-Site: cross-site"):
        answer = talk([call("SendMessage", body, extra)])
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert b"Access-Control" not in answer
    rebound = call("SendMessage", body).replace(HOST.encode(), b"Host: evil.example:9324")
    assert talk([rebound]).startswith(b"HTTP/1.1 421 ")


def test_what_is_too_large_is_not_kept() -> None:
    head = f"POST / HTTP/1.1\r\n{HOST}\r\nContent-Length: 99999999\r\n\r\n".encode()
    assert talk([head]).startswith(b"HTTP/1.1 413 ")
    many = f"POST / HTTP/1.1\r\n{HOST}\r\n".encode() + b"X-A: "
    assert talk([many, *[b"x" * 10_000] * 2]).startswith(b"HTTP/1.1 431 ")


def test_who_waits_for_leave_to_send_gets_it() -> None:
    head = f"POST / HTTP/1.1\r\n{HOST}\r\nX-Amz-Target: AmazonSQS.ListQueues\r\nContent-Length: 2\r\n"
    answer = talk([f"{head}Expect: 100-continue\r\n\r\n".encode(), b"{}"])
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
