"""Wrong options are refused with their names, and right ones reach the client."""

import pytest

from comboio.settings import SettingsError
from consumer.settings import ConsumerSettings

GOOD = {
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092",
    "CONSUMER_TOPICS": "mt-c400, mt-c300",
    "CONSUMER_FUNCTION": "dispatcher.handler:handler",
}


def test_three_options_are_enough() -> None:
    """All else has a default, and what the mapping relies on is set in the client."""
    settings = ConsumerSettings.from_environment(GOOD)
    client = settings.librdkafka()
    assert settings.topic_names == ["mt-c400", "mt-c300"]
    assert client["enable.auto.commit"] is False
    assert client["enable.auto.offset.store"] is False
    assert client["topic.metadata.refresh.interval.ms"] == 30_000
    assert client["auto.offset.reset"] == "earliest"
    assert client["partition.assignment.strategy"] == "cooperative-sticky"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", ""),
        ("CONSUMER_TOPICS", "a,,b"),
        ("CONSUMER_TOPICS", "a, b,a"),
        ("CONSUMER_BATCH_SIZE", "0"),
        ("CONSUMER_BATCH_SIZE", "10001"),
        ("CONSUMER_BATCH_WINDOW_S", "301"),
        ("CONSUMER_FUNCTION_TIMEOUT_S", "841"),
        ("CONSUMER_RETRY", "all"),
        ("CONSUMER_MAXIMUM_RETRY_ATTEMPTS", "3"),
        ("CONSUMER_MAXIMUM_RECORD_AGE_S", "10"),
        ("CONSUMER_FAULTS", "explode=1"),
        ("CONSUMER_FILTER_CRITERIA", '{"Filters": [1]}'),
        ("CONSUMER_STARTING_POSITION", "AT_TIMESTAMP"),
        ("CONSUMER_CLIENT_OPTIONS", "enable.auto.commit=true"),
        ("CONSUMER_CLIENT_OPTIONS", "nonsense"),
    ],
)
def test_a_wrong_option_is_named(name: str, value: str) -> None:
    """Each wrong value stops the start with its variable's name; bounds without a destination count as wrong."""
    with pytest.raises(SettingsError, match=name):
        ConsumerSettings.from_environment({**GOOD, name: value})


@pytest.mark.robustness("secrets that an error or a table could show")
@pytest.mark.parametrize("options", ["sasl.password=S3cr3t,oops", "group.id=S3cr3t", "=S3cr3t"])
def test_a_refused_password_is_not_echoed(options: str) -> None:
    """The client's options may hold a password, so no error has any part of them."""
    with pytest.raises(SettingsError, match="CONSUMER_CLIENT_OPTIONS") as caught:
        ConsumerSettings.from_environment({**GOOD, "CONSUMER_CLIENT_OPTIONS": options})
    assert "S3cr3t" not in str(caught.value)


def test_bounds_with_a_destination_are_fine() -> None:
    """What is given up on has somewhere to go."""
    bounded = {**GOOD, "CONSUMER_MAXIMUM_RETRY_ATTEMPTS": "3", "CONSUMER_ON_FAILURE": "s3://bucket/prefix"}
    assert ConsumerSettings.from_environment(bounded).maximum_retry_attempts == 3


@pytest.mark.parametrize(
    ("name", "value"), [("CONSUMER_RETRY", "lowest"), ("CONSUMER_BISECT_BATCH_ON_FUNCTION_ERROR", "true")]
)
def test_queue_mode_repeats_no_batch(name: str, value: str) -> None:
    """What has no order has no lowest offset, and no halves; the error names the mode."""
    with pytest.raises(SettingsError, match="CONSUMER_CONSUMPTION_MODE"):
        ConsumerSettings.from_environment({**GOOD, "CONSUMER_CONSUMPTION_MODE": "Queue", name: value})


def test_a_long_invocation_does_not_cost_the_membership() -> None:
    """The poll interval outlasts the function's timeout and the wait of a rebalance."""
    client = ConsumerSettings.from_environment({**GOOD, "CONSUMER_FUNCTION_TIMEOUT_S": "840"}).librdkafka()
    assert int(client["max.poll.interval.ms"]) > 840_000 + 30_000


def test_every_option_is_described() -> None:
    """`--help` has a sentence for each."""
    assert all(field.description for field in ConsumerSettings.model_fields.values())
