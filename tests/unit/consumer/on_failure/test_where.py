"""CONSUMER_ON_FAILURE names a destination in a mapping's own words, or is refused at the start."""

from typing import Any

import pytest

from comboio.settings import SettingsError
from consumer.on_failure.destination import DirectoryDestination, S3Destination
from consumer.on_failure.kafka_topic import KafkaDestination
from consumer.on_failure.notice import QueueDestination, TopicDestination
from consumer.on_failure.where import destination
from consumer.settings import ConsumerSettings

GOOD = {
    "KAFKA_BOOTSTRAP_SERVERS": "h:1",
    "CONSUMER_TOPICS": "a,b",
    "CONSUMER_FUNCTION": "m.f:h",
    "CONSUMER_MAXIMUM_RETRY_ATTEMPTS": "3",
}


@pytest.mark.parametrize(
    ("where", "kind", "client"),
    [
        ("/var/lib/discarded", DirectoryDestination, []),
        ("s3://bucket/a/b", S3Destination, [("s3", "")]),
        ("arn:aws:s3:::bucket", S3Destination, [("s3", "")]),
        ("arn:aws:sqs:eu-west-1:123456789012:q", QueueDestination, [("sqs", "eu-west-1")]),
        ("arn:aws:sns:eu-west-1:123456789012:t", TopicDestination, [("sns", "eu-west-1")]),
        ("kafka://dlt", KafkaDestination, []),
    ],
)
def test_each_place_has_its_kind(where: str, kind: type, client: list[tuple[str, str]]) -> None:
    """An ARN's own region is asked, and the settings take what is made here."""
    asked: list[tuple[str, str]] = []

    def connect(service: str, region: str) -> Any:
        asked.append((service, region))

    assert type(destination(where, {}, connect)) is kind
    assert asked == client
    assert ConsumerSettings.from_environment({**GOOD, "CONSUMER_ON_FAILURE": where}).on_failure == where


def test_a_bucket_may_have_a_prefix_or_an_arn() -> None:
    """Both name the same bucket."""
    written: list[dict[str, Any]] = []

    class Client:
        def put_object(self, **call: Any) -> None:
            written.append(call)

    for where in ("s3://bucket/a/b", "arn:aws:s3:::bucket"):
        destination(where, {}, lambda service, region: Client()).write("k", b"{}")
    assert [(each["Bucket"], each["Key"]) for each in written] == [("bucket", "a/b/k"), ("bucket", "k")]


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    "where",
    [
        "arn:aws:lambda:eu-west-1:1:function:f",
        "arn:aws:sqs:eu-west-1:1:q.fifo",
        "arn:aws:s3",
        "https://sqs.eu-west-1.amazonaws.com/1/q",
        "kafka://",
        "s3://",
        "kafka://a",
    ],
)
def test_what_is_no_destination_is_refused(where: str) -> None:
    """A wrong ARN does not become a directory of that name, and no record goes back to its own topic."""
    with pytest.raises(SettingsError, match="CONSUMER_ON_FAILURE"):
        ConsumerSettings.from_environment({**GOOD, "CONSUMER_ON_FAILURE": where})
