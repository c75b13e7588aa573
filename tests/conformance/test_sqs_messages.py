"""SQS's messages, by boto3: sent, received, seen again, deleted; sections 4, 6, 7 of the behaviour list."""

import hashlib
import json
import socket
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import sqs
from tests.support.broker import RunningBroker
from tests.support.waiting import eventually

ALL = ["All"]
ATTRIBUTES = {
    "text": {"StringValue": "héllo", "DataType": "String"},
    "Number": {"StringValue": "1.50", "DataType": "Number.float"},
    "bytes": {"BinaryValue": b"\x00\xff", "DataType": "Binary.png"},
}


@pytest.fixture
def client(broker: RunningBroker) -> Any:
    """A client in the usual region."""
    return sqs.client(broker.port_sqs)


@pytest.fixture
def url(client: Any, queue: str) -> str:
    """A queue's URL."""
    return str(client.create_queue(QueueName=queue)["QueueUrl"])


def receive(client: Any, url: str, **options: Any) -> list[Any]:
    found: list[Any] = client.receive_message(QueueUrl=url, **options).get("Messages", [])
    return found


def count(client: Any, url: str, what: str = "") -> int:
    name = f"ApproximateNumberOfMessages{what}"
    return int(client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def test_a_message_comes_as_it_was_sent(client: Any, url: str) -> None:
    body = "a\tb\nc ü \U0001f600 <&>"
    sent = client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=ATTRIBUTES)
    (got,) = receive(client, url, MessageAttributeNames=ALL)
    assert (got["Body"], got["MessageId"]) == (body, sent["MessageId"])
    assert got["MD5OfBody"] == sent["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest()
    assert got["MessageAttributes"] == ATTRIBUTES
    assert got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]  # boto3 has checked the latter
    assert "Attributes" not in got


def test_attributes_are_those_that_are_asked_for(client: Any, url: str) -> None:
    client.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=ATTRIBUTES)
    for wanted, expected in (
        ([], None),
        (["text"], {"text"}),
        (["b.*"], {"bytes"}),
        (["te.*", "Number"], {"text", "Number"}),
    ):
        (got,) = receive(client, url, MessageAttributeNames=wanted, VisibilityTimeout=0)
        assert set(got.get("MessageAttributes", ())) == (expected or set())


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"a": {"StringValue": "", "DataType": "String"}}, "must contain a non-empty value of type 'String'"),
        ({"a": {"StringValue": "x", "DataType": "Stringy"}}, "invalid message attribute type"),
        ({"a": {"StringValue": "x", "DataType": "Number"}}, "to a number"),
        ({"AWS.x": {"StringValue": "x", "DataType": "String"}}, "AWS keeps for itself"),
        (
            {str(n): {"StringValue": "x", "DataType": "String"} for n in range(11)},
            "exceeds the allowed maximum",
        ),
    ],
)
def test_attributes_that_will_not_do(client: Any, url: str, attributes: Any, says: str) -> None:
    with pytest.raises(ClientError, match=says):
        client.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
    assert not count(client, url)


def test_bodies_that_will_not_do(client: Any, url: str) -> None:
    with pytest.raises(client.exceptions.InvalidMessageContents):
        client.send_message(QueueUrl=url, MessageBody="\x00")
    client.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1024"})
    with pytest.raises(ClientError, match=r"Reason: Message must be shorter than 1024 bytes\."):
        client.send_message(QueueUrl=url, MessageBody="x" * 1025)
    client.send_message(QueueUrl=url, MessageBody="x" * 1024)
    assert count(client, url) == 1


def test_a_mebibyte_goes_and_one_byte_more_does_not(client: Any, url: str) -> None:
    client.send_message(QueueUrl=url, MessageBody="x" * 1_048_576)
    with pytest.raises(ClientError, match="shorter than 1048576 bytes"):
        client.send_message(QueueUrl=url, MessageBody="x" * 1_048_577)
    assert len(receive(client, url)[0]["Body"]) == 1_048_576


def test_system_attributes_on_request(client: Any, url: str) -> None:
    trace = {
        "AWSTraceHeader": {"StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793", "DataType": "String"}
    }
    sent = client.send_message(QueueUrl=url, MessageBody="x", MessageSystemAttributes=trace)
    assert "MD5OfMessageSystemAttributes" in sent
    assert "MD5OfMessageAttributes" not in sent
    receive(client, url, VisibilityTimeout=0)
    (got,) = receive(client, url, MessageSystemAttributeNames=ALL)
    told = got["Attributes"]
    assert told["ApproximateReceiveCount"] == "2"
    assert told["AWSTraceHeader"] == trace["AWSTraceHeader"]["StringValue"]
    assert int(told["SentTimestamp"]) <= int(told["ApproximateFirstReceiveTimestamp"])
    assert told["SenderId"] == "test"
    with pytest.raises(client.exceptions.InvalidAttributeName):
        receive(client, url, AttributeNames=["Colour"])


def test_a_batch_tells_of_each_entry(client: Any, url: str) -> None:
    entries = [
        {"Id": "good", "MessageBody": "a"},
        {"Id": "bad", "MessageBody": "\x00"},
        {"Id": "late", "MessageBody": "b", "DelaySeconds": 901},
    ]
    told = client.send_message_batch(QueueUrl=url, Entries=entries)
    assert [each["Id"] for each in told["Successful"]] == ["good"]
    assert [(each["Id"], each["Code"], each["SenderFault"]) for each in told["Failed"]] == [
        ("bad", "InvalidMessageContents", True),
        ("late", "InvalidParameterValue", True),
    ]


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "AWS.SimpleQueueService.EmptyBatchRequest"),
        (
            [{"Id": str(n), "MessageBody": "x"} for n in range(11)],
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        ),
        ([{"Id": "a b", "MessageBody": "x"}], "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ([{"Id": "a", "MessageBody": "x"}] * 2, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        (
            [{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)],
            "AWS.SimpleQueueService.BatchRequestTooLong",
        ),
    ],
)
def test_batches_that_will_not_do_send_nothing(client: Any, url: str, entries: Any, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        client.send_message_batch(QueueUrl=url, Entries=entries)
    assert sqs.codes(caught.value)[0] == code
    assert not count(client, url)


def test_what_is_received_is_not_seen_until_it_is_due(client: Any, url: str) -> None:
    client.send_message(QueueUrl=url, MessageBody="x")
    (first,) = receive(client, url, VisibilityTimeout=1)
    assert not receive(client, url)
    (again,) = receive(client, url, WaitTimeSeconds=20)
    assert again["MessageId"] == first["MessageId"]
    assert again["ReceiptHandle"] != first["ReceiptHandle"]
    client.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])  # an older one will do
    client.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])  # it is gone, and that is fine
    assert (count(client, url), count(client, url, "NotVisible")) == (0, 0)


def test_visibility_is_set_and_not_added(client: Any, url: str) -> None:
    client.send_message(QueueUrl=url, MessageBody="x")
    (got,) = receive(client, url, VisibilityTimeout=3600)
    handle = {"QueueUrl": url, "ReceiptHandle": got["ReceiptHandle"]}
    client.change_message_visibility(**handle, VisibilityTimeout=0)
    with pytest.raises(client.exceptions.MessageNotInflight):
        client.change_message_visibility(**handle, VisibilityTimeout=5)
    (got,) = receive(client, url)
    handle["ReceiptHandle"] = got["ReceiptHandle"]
    with pytest.raises(ClientError, match="Must be >= 0 and <= 43200"):
        client.change_message_visibility(**handle, VisibilityTimeout=43_201)
    client.delete_message(**handle)
    with pytest.raises(ClientError) as caught:
        client.change_message_visibility(**handle, VisibilityTimeout=5)
    assert sqs.codes(caught.value)[0] == "InvalidParameterValue"


def test_handles_that_are_none(client: Any, url: str) -> None:
    for handle in ("nonsense", "AAAA", "é"):
        with pytest.raises(ClientError) as caught:
            client.delete_message(QueueUrl=url, ReceiptHandle=handle)
        assert sqs.codes(caught.value)[0] == "ReceiptHandleIsInvalid"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"MaxNumberOfMessages": 11}, "MaxNumberOfMessages"),
        ({"WaitTimeSeconds": -1}, "Must be >= 0 and <= 20, if provided."),
        ({"VisibilityTimeout": 43_201}, "VisibilityTimeout"),
    ],
)
def test_receives_that_will_not_do(client: Any, url: str, options: Any, says: str) -> None:
    with pytest.raises(ClientError, match=says):
        receive(client, url, **options)


def test_a_long_poll_ends_as_soon_as_there_is_one(client: Any, url: str, broker: RunningBroker) -> None:
    got: list[Any] = []
    polls = [
        threading.Thread(
            target=lambda: got.append(
                receive(sqs.client(broker.port_sqs), url, WaitTimeSeconds=20, MaxNumberOfMessages=10)
            )
        )
        for _ in range(2)
    ]
    for each in polls:
        each.start()
    for number in range(2):
        client.send_message(QueueUrl=url, MessageBody=str(number))
        eventually(lambda n=number: len(got) == n + 1)
    for each in polls:
        each.join()
    assert sorted(len(each) for each in got) == [1, 1]


def test_nobody_gets_what_a_poll_whose_client_is_gone_waited_for(
    client: Any, url: str, broker: RunningBroker
) -> None:
    name = url.rpartition("/")[2]
    body = json.dumps({"QueueUrl": name, "WaitTimeSeconds": 20})
    head = (
        f"POST / HTTP/1.1\r\nHost: localhost:{broker.port_sqs}\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
    )
    with socket.create_connection(("localhost", broker.port_sqs)) as waiting:
        waiting.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        client.send_message(QueueUrl=url, MessageBody="for the living")  # behind it: then the poll stands
        assert b"for the living" in waiting.recv(65_536)
        waiting.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        waiting.shutdown(socket.SHUT_WR)
        assert waiting.recv(1) == b""  # now the broker knows
    client.send_message(QueueUrl=url, MessageBody="second")
    assert [each["Body"] for each in receive(client, url, WaitTimeSeconds=20)] == ["second"]


def test_delayed_messages_come_later(client: Any, url: str) -> None:
    client.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=1)
    client.send_message(QueueUrl=url, MessageBody="now")
    assert [each["Body"] for each in receive(client, url, MaxNumberOfMessages=10)] == ["now"]
    assert count(client, url, "Delayed") == 1
    assert [each["Body"] for each in receive(client, url, WaitTimeSeconds=20)] == ["late"]


def test_received_too_often_it_goes_to_the_dead_letters(client: Any, url: str, queue: str) -> None:
    dead = client.create_queue(QueueName=f"{queue}-dead")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    client.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    sent = client.send_message(QueueUrl=url, MessageBody="poison", MessageAttributes=ATTRIBUTES)
    for _ in range(2):
        assert len(receive(client, url, VisibilityTimeout=0)) == 1
    assert count(client, dead) == 0
    assert not receive(client, url)
    (got,) = receive(client, dead, AttributeNames=ALL, MessageAttributeNames=ALL)
    assert (got["MessageId"], got["Body"], got["MessageAttributes"]) == (
        sent["MessageId"],
        "poison",
        ATTRIBUTES,
    )
    assert got["Attributes"]["DeadLetterQueueSourceArn"].endswith(f":{queue}")


def test_batches_of_deletes_and_changes(client: Any, url: str) -> None:
    for body in "abc":
        client.send_message(QueueUrl=url, MessageBody=body)
    got = receive(client, url, MaxNumberOfMessages=10)
    entries = [{"Id": each["Body"], "ReceiptHandle": each["ReceiptHandle"]} for each in got]
    told = client.change_message_visibility_batch(
        QueueUrl=url, Entries=[{**each, "VisibilityTimeout": 0} for each in entries[:1]]
    )
    assert [each["Id"] for each in told["Successful"]] == ["a"]
    told = client.delete_message_batch(
        QueueUrl=url, Entries=[*entries[1:], {"Id": "x", "ReceiptHandle": "none"}]
    )
    assert [each["Id"] for each in told["Successful"]] == ["b", "c"]
    assert [(each["Id"], each["Code"]) for each in told["Failed"]] == [("x", "ReceiptHandleIsInvalid")]
    assert (count(client, url), count(client, url, "NotVisible")) == (1, 0)
