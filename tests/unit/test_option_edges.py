"""Each service takes each of its options at its least and its most allowed value, one at a time."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from comboio.otlp.settings import OtlpSettings
from comboio.settings import Settings
from consumer.settings import ConsumerSettings
from dispatcher.settings import DispatcherSettings
from dlq_replayer.settings import ReplayerSettings
from producer.options.settings import ProducerSettings
from tests.support.option_edges import edges, unbounded, with_schema

REQUIRED: Mapping[type[Settings], Mapping[str, str]] = {
    ConsumerSettings: {
        "KAFKA_BOOTSTRAP_SERVERS": "h:1",
        "CONSUMER_TOPICS": "t",
        "CONSUMER_FUNCTION": "a.b:c",
        "CONSUMER_ON_FAILURE": "/tmp/discarded",  # noqa: S108 nothing is written
        "CONSUMER_STARTING_POSITION_TIMESTAMP": "1",
        "CONSUMER_SCRAM_USER": "u",
        "CONSUMER_SCRAM_PASSWORD": "p",
    },
    ProducerSettings: {
        "KAFKA_BOOTSTRAP_SERVERS": "h:1",
        "PRODUCER_SOURCE_PATH": __file__,
        "PRODUCER_STATE_DIR": str(Path(__file__).parent),
        "PRODUCER_SCRAM_USER": "u",
        "PRODUCER_SCRAM_PASSWORD": "p",
    },
    DispatcherSettings: {"LEDGER_TABLE": "t", "DEAD_LETTER_QUEUE_URL": "http://q"},
    OtlpSettings: {},
    ReplayerSettings: {
        "DEAD_LETTER_QUEUE_URL": "http://q",
        "PARKING_QUEUE_URL": "http://p",
        "DISPATCHER_FUNCTION": "f",
        "KAFKA_BOOTSTRAP_SERVERS": "h:1",
        "LEDGER_TABLE": "t",
    },
}
"""What each service needs beside the option that is tried."""

CASES = [(model, variable, value) for model in REQUIRED for variable, value in edges(model)]


@pytest.mark.robustness("options at their least and their most")
@pytest.mark.parametrize(("model", "variable", "value"), CASES, ids=[f"{each[1]}={each[2]}" for each in CASES])
def test_an_allowed_value_is_taken(model: type[Settings], variable: str, value: str) -> None:
    """No allowed value is refused by another rule, where the options it needs are given."""
    required = dict(REQUIRED[model])
    if (variable, value) == ("PRODUCER_SOURCE", "directory"):
        required["PRODUCER_SOURCE_PATH"] = str(Path(__file__).parent)
    required |= with_schema(variable, value)
    settings = model.from_environment({**required, variable: value})
    if isinstance(settings, ConsumerSettings):
        assert settings.librdkafka()
    if isinstance(settings, ProducerSettings):
        settings.security_options(lambda region: lambda config: region)


@pytest.mark.robustness("options at their least and their most")
def test_every_number_has_a_least_and_a_most() -> None:
    """A value that nobody can try is a value that nobody has tried."""
    assert [name for model in REQUIRED for name in unbounded(model)] == []
