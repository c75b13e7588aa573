"""The older Query protocol: forms in, XML out; section 1 of the behaviour list."""

import base64
import hashlib

from tests.support import sqs
from tests.support.broker import RunningBroker


def create(broker: RunningBroker, queue: str) -> str:
    status, root = sqs.ask_query(
        broker.port_sqs,
        {
            "Action": "CreateQueue",
            "Version": "2012-11-05",
            "QueueName": queue,
            "Attribute.1.Name": "VisibilityTimeout",
            "Attribute.1.Value": "7",
            "Tag.1.Key": "team",
            "Tag.1.Value": "a",
        },
    )
    assert status == 200
    assert root.tag == f"{sqs.NAMESPACE}CreateQueueResponse"
    assert sqs.texts(root, "RequestId")
    return sqs.texts(root, "QueueUrl")[0]


def test_a_message_goes_through_in_forms_and_xml(broker: RunningBroker, queue: str) -> None:
    path = create(broker, queue).partition(str(broker.port_sqs))[2]
    body = '<a> & "b"\rü'
    status, root = sqs.ask_query(
        broker.port_sqs,
        {
            "Action": "SendMessage",
            "MessageBody": body,
            "MessageAttribute.1.Name": "n",
            "MessageAttribute.1.Value.DataType": "Number",
            "MessageAttribute.1.Value.StringValue": "5",
            "MessageAttribute.2.Name": "b",
            "MessageAttribute.2.Value.DataType": "Binary",
            "MessageAttribute.2.Value.BinaryValue": base64.b64encode(b"\x00").decode(),
        },
        path=path,
    )
    assert (status, sqs.texts(root, "MD5OfMessageBody")) == (200, [hashlib.md5(body.encode()).hexdigest()])
    status, root = sqs.ask_query(
        broker.port_sqs,
        {"Action": "ReceiveMessage", "AttributeName.1": "All", "MessageAttributeName.1": "All"},
        path=path,
    )
    assert sqs.texts(root, "Body") == [body]
    assert sqs.texts(root, "StringValue") == ["5"]
    assert sqs.texts(root, "BinaryValue") == [base64.b64encode(b"\x00").decode()]
    assert "ApproximateReceiveCount" in sqs.texts(root, "Name")
    (handle,) = sqs.texts(root, "ReceiptHandle")
    status, root = sqs.ask_query(
        broker.port_sqs, {"Action": "DeleteMessage", "ReceiptHandle": handle}, path=path
    )
    assert (status, root.tag) == (200, f"{sqs.NAMESPACE}DeleteMessageResponse")


def test_attributes_tags_and_lists(broker: RunningBroker, queue: str) -> None:
    url = create(broker, queue)
    path = url.partition(str(broker.port_sqs))[2]
    status, root = sqs.ask_query(
        broker.port_sqs,
        {"Action": "GetQueueAttributes", "AttributeName.1": "VisibilityTimeout"},
        path=path,
        method="GET",
    )
    assert (status, sqs.texts(root, "Value")) == (200, ["7"])
    _, root = sqs.ask_query(broker.port_sqs, {"Action": "ListQueueTags", "QueueUrl": url})
    assert (sqs.texts(root, "Key"), sqs.texts(root, "Value")) == (["team"], ["a"])
    _, root = sqs.ask_query(broker.port_sqs, {"Action": "ListQueues", "QueueNamePrefix": queue})
    assert sqs.texts(root, "QueueUrl") == [url]


def test_batches_are_numbered(broker: RunningBroker, queue: str) -> None:
    path = create(broker, queue).partition(str(broker.port_sqs))[2]
    parameters = {"Action": "SendMessageBatch"}
    for number, body in enumerate(("good", "\x00"), 1):
        parameters[f"SendMessageBatchRequestEntry.{number}.Id"] = f"id{number}"
        parameters[f"SendMessageBatchRequestEntry.{number}.MessageBody"] = body
    status, root = sqs.ask_query(broker.port_sqs, parameters, path=path)
    assert status == 200
    assert [e.tag for e in root[0]] == [
        f"{sqs.NAMESPACE}SendMessageBatchResultEntry",
        f"{sqs.NAMESPACE}BatchResultErrorEntry",
    ]
    assert sqs.texts(root, "Code") == ["InvalidMessageContents"]


def test_errors_have_their_older_names_and_words(broker: RunningBroker, queue: str) -> None:
    status, root = sqs.ask_query(broker.port_sqs, {"Action": "GetQueueUrl", "QueueName": queue})
    assert (status, root.tag) == (400, f"{sqs.NAMESPACE}ErrorResponse")
    assert sqs.texts(root, "Code") == ["AWS.SimpleQueueService.NonExistentQueue"]
    assert sqs.texts(root, "Message") == ["The specified queue does not exist for this wsdl version."]
    assert sqs.texts(root, "Type") == ["Sender"]
    status, root = sqs.ask_query(broker.port_sqs, {"Action": "Dance"})
    assert (status, sqs.texts(root, "Code")) == (400, ["InvalidAction"])
    status, root = sqs.ask_query(
        broker.port_sqs, {"Action": "ReceiveMessage", "MaxNumberOfMessages": "x"}, path=f"/1/{queue}"
    )
    assert (status, sqs.texts(root, "Code")) == (400, ["InvalidParameterValue"])
