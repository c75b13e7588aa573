"""SQS's queues, by boto3: made, found, changed, emptied; sections 1 to 3 of the behaviour list."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import sqs
from tests.support.broker import RunningBroker

QUEUE_URL = "http://localhost:{port}/000000000000/{name}"


@pytest.fixture
def client(broker: RunningBroker) -> Any:
    """A client in the usual region."""
    return sqs.client(broker.port_sqs)


def make(client: Any, name: str, **attributes: str) -> str:
    return str(client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def attributes_of(client: Any, url: str, *names: str) -> dict[str, str]:
    found: dict[str, str] = client.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"])[
        "Attributes"
    ]
    return found


def test_a_queue_has_a_url_of_the_host_that_was_asked(client: Any, broker: RunningBroker, queue: str) -> None:
    assert make(client, queue) == QUEUE_URL.format(port=broker.port_sqs, name=queue)
    assert client.get_queue_url(QueueName=queue)["QueueUrl"] == make(client, queue)


def test_every_answer_has_a_request_id(client: Any, queue: str) -> None:
    one = client.create_queue(QueueName=queue)["ResponseMetadata"]
    other = client.list_queues()["ResponseMetadata"]
    assert one["HTTPHeaders"]["x-amzn-requestid"] == one["RequestId"] != other["RequestId"]


def test_a_url_may_name_another_host_or_none_at_all(client: Any, queue: str) -> None:
    make(client, queue)
    for url in (f"http://elsewhere:1/000000000000/{queue}", queue):
        client.send_message(QueueUrl=url, MessageBody="x")
    assert attributes_of(client, queue)["ApproximateNumberOfMessages"] == "2"


def test_what_is_not_there_is_told_by_both_names(client: Any, queue: str) -> None:
    with pytest.raises(client.exceptions.QueueDoesNotExist) as caught:
        client.get_queue_url(QueueName=queue)
    assert sqs.codes(caught.value) == (
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "The specified queue does not exist.",
    )
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("name", ["with space", "a/b", "x" * 81, "dot.ted", "a.fifo"])
def test_names_that_no_queue_may_have(client: Any, name: str) -> None:
    with pytest.raises(ClientError) as caught:
        make(client, name)
    assert sqs.codes(caught.value)[0] == "InvalidParameterValue"


def test_a_fifo_queue_is_named_so(client: Any, queue: str) -> None:
    with pytest.raises(ClientError, match=r"must end with \.fifo suffix"):
        make(client, queue, FifoQueue="true")
    url = make(client, f"{queue}.fifo", FifoQueue="true")
    assert attributes_of(client, url, "FifoQueue") == {"FifoQueue": "true"}


def test_making_it_again_compares_what_is_given_and_no_more(client: Any, queue: str) -> None:
    url = make(client, queue, VisibilityTimeout="7", DelaySeconds="0")
    assert make(client, queue) == make(client, queue, VisibilityTimeout="7") == url
    with pytest.raises(client.exceptions.QueueNameExists) as caught:
        make(client, queue, VisibilityTimeout="8")
    assert sqs.codes(caught.value) == (
        "QueueAlreadyExists",
        "QueueNameExists",
        "A queue already exists with the same name and a different value for attribute VisibilityTimeout",
    )


def test_the_usual_attributes(client: Any, queue: str) -> None:
    found = attributes_of(client, make(client, queue))
    assert int(found.pop("CreatedTimestamp")) == int(found.pop("LastModifiedTimestamp")) > 1_700_000_000
    assert found == {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "DelaySeconds": "0",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30",
    }


def test_no_attributes_without_names_and_none_that_are_unknown(client: Any, queue: str) -> None:
    url = make(client, queue)
    assert "Attributes" not in client.get_queue_attributes(QueueUrl=url)
    with pytest.raises(client.exceptions.InvalidAttributeName):
        attributes_of(client, url, "Colour")


def test_counts_are_right_at_once(client: Any, queue: str) -> None:
    url = make(client, queue)
    for delay in (0, 0, 900):
        client.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay)
    client.receive_message(QueueUrl=url)
    counts = attributes_of(client, url)
    assert [counts[f"ApproximateNumberOfMessages{what}"] for what in ("", "NotVisible", "Delayed")] == [
        "1"
    ] * 3


def test_attributes_are_changed_one_by_one(client: Any, queue: str) -> None:
    url = make(client, queue, DelaySeconds="5")
    client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "9"})
    found = attributes_of(client, url)
    assert (found["DelaySeconds"], found["VisibilityTimeout"]) == ("5", "9")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VisibilityTimeout", "43201"),
        ("DelaySeconds", "-1"),
        ("MaximumMessageSize", "1023"),
        ("MaximumMessageSize", "x"),
        ("MessageRetentionPeriod", "59"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
    ],
)
def test_values_that_will_not_do_change_nothing(client: Any, queue: str, name: str, value: str) -> None:
    url = make(client, queue)
    before = attributes_of(client, url, name)
    with pytest.raises(ClientError) as caught:
        client.set_queue_attributes(QueueUrl=url, Attributes={name: value})
    assert sqs.codes(caught.value)[0] == "InvalidAttributeValue"
    assert attributes_of(client, url, name) == before


def test_what_only_fifo_queues_have(client: Any, queue: str) -> None:
    url = make(client, queue)
    says = "You can specify the DeduplicationScope only when FifoQueue is set to true."
    for attributes, expected in (
        ({"DeduplicationScope": "queue"}, says),
        ({"ContentBasedDeduplication": "true"}, "Unknown Attribute ContentBasedDeduplication."),
    ):
        with pytest.raises(client.exceptions.InvalidAttributeName) as caught:
            client.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        assert sqs.codes(caught.value)[2] == expected
    with pytest.raises(ClientError, match="Modifying queue type is not supported"):
        client.set_queue_attributes(QueueUrl=url, Attributes={"FifoQueue": "true"})


def test_a_redrive_policy_is_checked_and_can_be_taken_away(client: Any, queue: str) -> None:
    url, dead = make(client, queue), make(client, f"{queue}-dead")
    arn = attributes_of(client, dead)["QueueArn"]
    for policy in (
        "no json",
        "[]",
        '{"maxReceiveCount": 3}',
        json.dumps({"deadLetterTargetArn": arn}),
        json.dumps({"deadLetterTargetArn": f"{arn}x", "maxReceiveCount": 3}),
        json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 0}),
    ):
        with pytest.raises(ClientError) as caught:
            client.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
        assert sqs.codes(caught.value)[0] == "InvalidParameterValue"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})
    client.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    assert attributes_of(client, url, "RedrivePolicy") == {"RedrivePolicy": policy}
    assert client.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    client.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in attributes_of(client, url)


def test_lists_by_prefix_and_in_pages(client: Any, queue: str) -> None:
    urls = [make(client, f"{queue}-{number}") for number in range(5)]
    assert client.list_queues(QueueNamePrefix=f"{queue}-")["QueueUrls"] == urls
    assert "QueueUrls" not in client.list_queues(QueueNamePrefix=f"{queue}-none")
    first = client.list_queues(QueueNamePrefix=f"{queue}-", MaxResults=3)
    rest = client.list_queues(QueueNamePrefix=f"{queue}-", MaxResults=3, NextToken=first["NextToken"])
    assert first["QueueUrls"] + rest["QueueUrls"] == urls
    assert "NextToken" not in rest


def test_tags(client: Any, queue: str) -> None:
    url = client.create_queue(QueueName=queue, tags={"team": "a", "Team": "b"})["QueueUrl"]
    client.tag_queue(QueueUrl=url, Tags={"team": "c", "x": ""})
    client.untag_queue(QueueUrl=url, TagKeys=["Team", "not there"])
    assert client.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "c", "x": ""}
    client.untag_queue(QueueUrl=url, TagKeys=["team", "x"])
    assert "Tags" not in client.list_queue_tags(QueueUrl=url)
    with pytest.raises(ClientError, match="at most 50"):
        client.tag_queue(QueueUrl=url, Tags={str(number): "" for number in range(51)})


def test_a_purge_takes_everything_and_may_not_be_repeated_at_once(client: Any, queue: str) -> None:
    url = make(client, queue)
    for delay in (0, 0, 900):
        client.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay)
    client.receive_message(QueueUrl=url)
    client.purge_queue(QueueUrl=url)
    counts = attributes_of(client, url)
    assert [counts[f"ApproximateNumberOfMessages{what}"] for what in ("", "NotVisible", "Delayed")] == [
        "0"
    ] * 3
    with pytest.raises(client.exceptions.PurgeQueueInProgress) as caught:
        client.purge_queue(QueueUrl=url)
    assert (
        sqs.codes(caught.value)[2] == f"Only one PurgeQueue operation on {queue} is allowed every 60 seconds."
    )


def test_a_deleted_queue_is_gone_and_may_come_again(client: Any, queue: str) -> None:
    url = make(client, queue)
    client.send_message(QueueUrl=url, MessageBody="x")
    client.delete_queue(QueueUrl=url)
    with pytest.raises(client.exceptions.QueueDoesNotExist):
        client.send_message(QueueUrl=url, MessageBody="x")
    make(client, queue)
    assert attributes_of(client, url)["ApproximateNumberOfMessages"] == "0"


def test_regions_and_accounts_do_not_see_each_other(broker: RunningBroker, queue: str) -> None:
    clients = [
        sqs.client(broker.port_sqs),
        sqs.client(broker.port_sqs, region="eu-west-1"),
        sqs.client(broker.port_sqs, key="123456789012"),
    ]
    for number, each in enumerate(clients):
        url = make(each, queue, VisibilityTimeout=str(number + 1))
        each.send_message(QueueUrl=url, MessageBody=str(number))
    for number, each in enumerate(clients):
        url = each.get_queue_url(QueueName=queue)["QueueUrl"]
        assert [
            m["Body"] for m in each.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        ] == [str(number)]
    arns = [attributes_of(each, make(each, queue), "QueueArn")["QueueArn"] for each in clients]
    assert [arn.rpartition(":")[0].rpartition("sqs:")[2] for arn in arns] == [
        "us-east-1:000000000000",
        "eu-west-1:000000000000",
        "us-east-1:123456789012",
    ]


def test_permissions_are_statements_of_the_policy(client: Any, queue: str) -> None:
    url = make(client, queue)
    client.add_permission(
        QueueUrl=url, Label="read", AWSAccountIds=["111122223333"], Actions=["ReceiveMessage"]
    )
    policy = json.loads(attributes_of(client, url, "Policy")["Policy"])
    assert policy["Statement"][0]["Action"] == "SQS:ReceiveMessage"
    client.remove_permission(QueueUrl=url, Label="read")
    assert "Policy" not in attributes_of(client, url)
