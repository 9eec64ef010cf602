"""What the function never does is in its destination, whole, before it is committed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from confluent_kafka import Consumer

from consumer.on_failure.document import RETRIES_EXHAUSTED, document
from consumer.on_failure.where import destination
from local.aws import Aws
from tests.integration.consumer.conftest import Broker, Running, ends, until
from tests.support.kafka_records import SOURCE, record


def test_a_kafka_topic_gets_the_records_that_are_given_up(broker: Broker, start: Callable[..., Running]) -> None:
    """Each record that the function never does is a message of the topic, with its key, and the commit is past it."""
    topic = f"dlt-{uuid4().hex[:8]}"
    broker.kafka.create_topics({topic: 1})
    produced = broker.produce(40)
    poisoned = {(name, offset) for name, offset in produced if offset == 5}
    consumer = start("poison", ON_FAILURE=f"kafka://{topic}", MAXIMUM_RETRY_ATTEMPTS="0")
    until(lambda: broker.committed() == ends(produced), f"committed: {consumer.log()}")
    assert consumer.stop() == 0
    client = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": topic, "auto.offset.reset": "earliest"})
    client.subscribe([topic])
    found: dict[tuple[str, int], bytes | None] = {}

    def read() -> bool:
        for message in client.consume(100, 0.2):
            assert message.error() is None
            for name, bodies in json.loads(message.value() or b"")["payload"]["records"].items():
                found.update({(name, body["offset"]): message.key() for body in bodies})
        return len(found) == len(poisoned)

    until(read, "the topic has the records")
    client.close()
    assert found.keys() == poisoned
    assert all(key is not None and key.isdigit() for key in found.values())


@pytest.mark.parametrize("service", ["s3", "sqs", "sns"])
def test_aws_takes_the_document(aws: Aws, service: str) -> None:
    """A bucket has the payload, a queue the metadata, and a topic hands the same on."""
    whole = document(
        [record("t-0", 7)],
        SOURCE,
        request_id="r",
        function_arn="arn:f",
        condition=RETRIES_EXHAUSTED,
        attempts=2,
        function_error=None,
        at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    name = f"failed-{uuid4().hex[:8]}"
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    where = queue
    if service == "s3":
        aws.client("s3").create_bucket(Bucket=name)
        where = f"s3://{name}/prefix"
    elif service == "sns":
        where = aws.client("sns").create_topic(Name=name)["TopicArn"]
        aws.client("sns").subscribe(
            TopicArn=where, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"}
        )
    destination(where, {}, lambda service, _: aws.client(service)).write("key", whole)
    if service == "s3":
        assert aws.client("s3").get_object(Bucket=name, Key="prefix/key")["Body"].read() == whole
        return
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    told = json.loads(message["Body"])
    assert told["KafkaBatchInfo"]["recordsInfo"]["t-0"]["firstRecordOffset"] == "7"
    assert "payload" not in told
