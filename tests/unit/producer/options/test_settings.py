"""The options: what the environment says, and every wrong one named."""

import pytest

from comboio.settings import SettingsError
from producer.options.settings import ProducerSettings

_LEAST = {"KAFKA_BOOTSTRAP_SERVERS": "broker:9092"}


def test_the_environment_is_read() -> None:
    """Numbers, lists, choices and faults from text."""
    settings = ProducerSettings.from_environment(
        {
            **_LEAST,
            "PRODUCER_RATE": "500",
            "PRODUCER_KEY_STRATEGY": "codigo+bucket",
            "PRODUCER_KEY_HEAVY_CODES": "301, 309",
            "PRODUCER_FAULTS": "malformed=2,tombstone=1",
        }
    )
    assert (settings.bootstrap, settings.rate, settings.key_strategy) == ("broker:9092", 500, "codigo+bucket")
    assert settings.key_heavy_codes == (301, 309)
    assert settings.faults == {"malformed": 2, "tombstone": 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRODUCER_RATE", "-1"),
        ("PRODUCER_RATE", "fast"),
        ("PRODUCER_KEY_STRATEGY", "fleet"),
        ("PRODUCER_COMPRESSION", "rar"),
        ("PRODUCER_FAULTS", "explode=3"),
        ("PRODUCER_KEY_HEAVY_CODES", "301;302"),
        ("PRODUCER_THREADS", "0"),
        ("KAFKA_BOOTSTRAP_SERVERS", ""),
    ],
)
def test_a_wrong_option_is_named(name: str, value: str) -> None:
    """The message has the variable to correct."""
    with pytest.raises(SettingsError, match=name):
        ProducerSettings.from_environment({**_LEAST, name: value})


def test_every_option_has_its_sentence() -> None:
    """`--help` explains each option in a sentence."""
    for name, field in ProducerSettings.model_fields.items():
        assert (field.description or "").endswith("."), name
