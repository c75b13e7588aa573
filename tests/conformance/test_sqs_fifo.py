"""SQS's FIFO queues, by boto3; section 5 of the behaviour list."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import sqs
from tests.support.broker import RunningBroker


@pytest.fixture
def client(broker: RunningBroker) -> Any:
    """A client in the usual region."""
    return sqs.client(broker.port_sqs)


@pytest.fixture
def url(client: Any, queue: str) -> str:
    """A FIFO queue's URL."""
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    return str(client.create_queue(QueueName=f"{queue}.fifo", Attributes=attributes)["QueueUrl"])


def send(client: Any, url: str, *bodies: str, group: str = "g", **options: Any) -> list[Any]:
    return [
        client.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **options)
        for body in bodies
    ]


def receive(client: Any, url: str, most: int = 1, **options: Any) -> list[Any]:
    found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=most, AttributeNames=["All"], **options)
    messages: list[Any] = found.get("Messages", [])
    return messages


def bodies(messages: list[Any]) -> list[str]:
    return [each["Body"] for each in messages]


def delete(client: Any, url: str, *messages: Any) -> None:
    for each in messages:
        client.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])


def test_a_group_and_a_deduplication_id_are_needed(client: Any, url: str, queue: str) -> None:
    with pytest.raises(ClientError) as caught:
        client.send_message(QueueUrl=url, MessageBody="x")
    assert sqs.codes(caught.value)[0] == "MissingParameter"
    assert sqs.codes(caught.value)[2] == "The request must contain the parameter MessageGroupId."
    client.set_queue_attributes(QueueUrl=url, Attributes={"ContentBasedDeduplication": "false"})
    with pytest.raises(ClientError, match="MessageDeduplicationId provided explicitly"):
        send(client, url, "x")
    with pytest.raises(ClientError, match="can only include alphanumeric and punctuation characters"):
        send(client, url, "x", MessageDeduplicationId="a b")


def test_a_group_is_with_one_receiver_at_a_time_and_in_order(client: Any, url: str) -> None:
    send(client, url, "a1", "a2", "a3", group="a")
    send(client, url, "b1", group="b")
    first = receive(client, url)
    assert bodies(first) == ["a1"]
    assert bodies(receive(client, url, 10)) == ["b1"]
    assert not receive(client, url)
    delete(client, url, *first)
    assert bodies(receive(client, url, 10)) == ["a2", "a3"]


def test_part_of_a_batch_does_not_free_its_group(client: Any, url: str) -> None:
    send(client, url, "1", "2", "3")
    one, two = receive(client, url, 2)
    delete(client, url, one)
    assert not receive(client, url)
    delete(client, url, two)
    assert bodies(receive(client, url)) == ["3"]


def test_what_comes_back_comes_first_and_in_order(client: Any, url: str) -> None:
    send(client, url, "1", "2", "3")
    for each in receive(client, url, 2):
        client.change_message_visibility(
            QueueUrl=url, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0
        )
    assert bodies(receive(client, url, 10)) == ["1", "2", "3"]


def test_a_repeat_is_answered_as_the_first_was_and_not_queued(client: Any, url: str) -> None:
    (first,) = send(client, url, "same")
    (again,) = send(client, url, "same", group="another")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    (got,) = receive(client, url, 10)
    delete(client, url, got)
    send(client, url, "same")  # also when it is gone
    assert not receive(client, url, 10)


def test_by_group_a_repeat_counts_in_its_group_only(client: Any, url: str) -> None:
    client.set_queue_attributes(QueueUrl=url, Attributes={"DeduplicationScope": "messageGroup"})
    send(client, url, "same", group="a")
    send(client, url, "same", group="b")
    send(client, url, "same", group="b")
    assert len(receive(client, url, 10)) == 2


def test_sequence_numbers_grow(client: Any, url: str) -> None:
    numbers = [each["SequenceNumber"] for each in send(client, url, "1", "2", "3")]
    assert numbers == sorted(numbers)
    assert {len(each) for each in numbers} == {20}
    told = receive(client, url)[0]["Attributes"]
    assert (told["SequenceNumber"], told["MessageGroupId"]) == (numbers[0], "g")
    assert len(told["MessageDeduplicationId"]) == 64


def test_an_expired_handle_deletes_nothing(client: Any, url: str) -> None:
    send(client, url, "x")
    (got,) = receive(client, url, VisibilityTimeout=0)
    with pytest.raises(ClientError, match=r"Reason: The receipt handle has expired\."):
        delete(client, url, got)
    assert len(receive(client, url)) == 1


def test_a_delay_is_the_queues_alone(client: Any, url: str) -> None:
    with pytest.raises(ClientError, match="DelaySeconds"):
        send(client, url, "x", DelaySeconds=1)
    client.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "1"})
    (sent,) = send(client, url, "later")
    assert not receive(client, url)
    (got,) = receive(client, url, WaitTimeSeconds=20)
    assert got["Attributes"]["SequenceNumber"] == sent["SequenceNumber"]


def test_a_group_goes_on_behind_a_dead_letter(client: Any, url: str, queue: str) -> None:
    dead = client.create_queue(QueueName=f"{queue}-dead.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    plain = client.create_queue(QueueName=f"{queue}-plain")["QueueUrl"]
    arns = [
        client.get_queue_attributes(QueueUrl=each, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for each in (dead, plain)
    ]
    policy = '{{"deadLetterTargetArn": "{}", "maxReceiveCount": 1}}'
    with pytest.raises(ClientError, match="must be same type of queue as the source"):
        client.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy.format(arns[1])})
    client.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy.format(arns[0])})
    send(client, url, "poison", "next")
    receive(client, url, VisibilityTimeout=0)
    assert bodies(receive(client, url)) == ["next"]
    (got,) = receive(client, dead)
    assert (got["Body"], got["Attributes"]["MessageGroupId"]) == ("poison", "g")


def test_groups_on_a_queue_that_is_none_keep_no_order(client: Any, queue: str) -> None:
    url = client.create_queue(QueueName=queue)["QueueUrl"]
    send(client, url, "1", "2")
    assert len(receive(client, url)) == len(receive(client, url)) == 1
