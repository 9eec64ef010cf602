"""A queue and a topic are told of a discarded batch, or the mapping is told that they were not."""

import json

import boto3
import pytest
from botocore.stub import ANY, Stubber

from consumer.on_failure.destination import NotWrittenError
from consumer.on_failure.notice import QueueDestination, TopicDestination

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:t"
DOCUMENT = json.dumps({"version": "1.0", "payload": "S3cret"}).encode()
SESSION = boto3.Session("x", "x", region_name="eu-west-1")


def test_a_queue_is_found_once_and_gets_the_metadata() -> None:
    """Its URL is asked for by the account and the name of the ARN."""
    with Stubber(SESSION.client("sqs")) as stub:
        wanted = {"QueueName": "q", "QueueOwnerAWSAccountId": "123456789012"}
        stub.add_response("get_queue_url", {"QueueUrl": "http://q"}, wanted)
        for _ in range(2):
            stub.add_response("send_message", {}, {"QueueUrl": "http://q", "MessageBody": '{"version":"1.0"}'})
        destination = QueueDestination(stub.client, QUEUE)
        destination.write("key", DOCUMENT)
        destination.write("key", DOCUMENT)
        stub.assert_no_pending_responses()


def test_a_topic_gets_the_metadata() -> None:
    """Nothing of the payload is in the message."""
    with Stubber(SESSION.client("sns")) as stub:
        stub.add_response("publish", {}, {"TopicArn": TOPIC, "Message": '{"version":"1.0"}'})
        TopicDestination(stub.client, TOPIC).write("key", DOCUMENT)
        stub.assert_no_pending_responses()


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize("call", ["get_queue_url", "send_message"])
def test_a_queue_that_refuses_says_so(call: str) -> None:
    """The mapping keeps the records then; the error has no content."""
    with Stubber(SESSION.client("sqs")) as stub, pytest.raises(NotWrittenError, match="sqs") as caught:
        if call == "send_message":
            stub.add_response(
                "get_queue_url", {"QueueUrl": "http://q"}, {"QueueName": ANY, "QueueOwnerAWSAccountId": ANY}
            )
        stub.add_client_error(call, "AccessDenied")
        QueueDestination(stub.client, QUEUE).write("key", DOCUMENT)
    assert "S3cret" not in str(caught.value)


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_topic_that_refuses_says_so() -> None:
    """A refusal is no success either."""
    with Stubber(SESSION.client("sns")) as stub, pytest.raises(NotWrittenError, match="sns"):
        stub.add_client_error("publish", "NotFound")
        TopicDestination(stub.client, TOPIC).write("key", DOCUMENT)
