"""SQS's move tasks, by boto3; section 7 of the behaviour list."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import sqs
from tests.support.broker import RunningBroker
from tests.support.waiting import eventually


@pytest.fixture
def client(broker: RunningBroker) -> Any:
    """A client in the usual region."""
    return sqs.client(broker.port_sqs)


class Queues:
    """A queue, its dead-letter queue with messages in it, and their ARNs."""

    def __init__(self, client: Any, name: str, count: int) -> None:
        self.url = client.create_queue(QueueName=name)["QueueUrl"]
        self.dead = client.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        self.dead_arn = arn(client, self.dead)
        policy = json.dumps({"deadLetterTargetArn": self.dead_arn, "maxReceiveCount": 1})
        client.set_queue_attributes(QueueUrl=self.url, Attributes={"RedrivePolicy": policy})
        for number in range(count):
            client.send_message(QueueUrl=self.url, MessageBody=str(number))
        for _ in range(2):
            while client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=0).get(
                "Messages"
            ):
                pass


def arn(client: Any, url: str) -> str:
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def count(client: Any, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def newest(client: Any, source: str) -> Any:
    return client.list_message_move_tasks(SourceArn=source)["Results"][0]


def test_dead_letters_go_back_where_they_came_from(client: Any, queue: str) -> None:
    queues = Queues(client, queue, 5)
    assert (count(client, queues.url), count(client, queues.dead)) == (0, 5)
    client.start_message_move_task(SourceArn=queues.dead_arn)
    eventually(lambda: newest(client, queues.dead_arn)["Status"] == "COMPLETED")
    told = newest(client, queues.dead_arn)
    assert (told["ApproximateNumberOfMessagesMoved"], told["ApproximateNumberOfMessagesToMove"]) == (5, 5)
    assert "TaskHandle" not in told
    got = client.receive_message(QueueUrl=queues.url, MaxNumberOfMessages=10, AttributeNames=["All"])[
        "Messages"
    ]
    assert [each["Body"] for each in got] == list("01234")
    assert {each["Attributes"]["ApproximateReceiveCount"] for each in got} == {"1"}


def test_a_task_to_another_queue_can_be_stopped(client: Any, queue: str) -> None:
    queues = Queues(client, queue, 20)
    other = client.create_queue(QueueName=f"{queue}-other")["QueueUrl"]
    handle = client.start_message_move_task(
        SourceArn=queues.dead_arn, DestinationArn=arn(client, other), MaxNumberOfMessagesPerSecond=5
    )["TaskHandle"]
    assert newest(client, queues.dead_arn)["TaskHandle"] == handle
    with pytest.raises(ClientError, match="already a task running"):
        client.start_message_move_task(SourceArn=queues.dead_arn)
    eventually(lambda: count(client, other) >= 2)
    moved = client.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    assert moved == count(client, other) < 20
    assert count(client, queues.dead) == 20 - moved
    assert newest(client, queues.dead_arn)["Status"] == "CANCELLED"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.cancel_message_move_task(TaskHandle=handle)


def test_only_a_dead_letter_queue_is_a_source(client: Any, queue: str) -> None:
    queues = Queues(client, queue, 0)
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        client.start_message_move_task(SourceArn=arn(client, queues.url))
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.start_message_move_task(SourceArn=f"{queues.dead_arn}x")
