"""Every option of the Kafka client can be said, none is accepted without effect, and none is echoed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.settings import ExplainedError, SettingsError
from consumer.kafka.client_options import OWN_OPTIONS, read_client_options
from consumer.settings import ConsumerSettings

GOOD = {"KAFKA_BOOTSTRAP_SERVERS": "h:1", "CONSUMER_TOPICS": "t", "CONSUMER_FUNCTION": "a.b:c"}
NAMES = st.sampled_from(["debug", "sasl.password", "client.id", "fetch.min.bytes", "log_level"])
VALUES = st.text(st.characters(codec="utf-8", exclude_characters='"\n\r', exclude_categories=["Cc", "Zs"]), max_size=20)


@given(st.dictionaries(NAMES, VALUES), st.sampled_from([",", "\n", " , ", "\n\n"]))
def test_any_value_can_be_said(options: dict[str, str], separator: str) -> None:
    """Commas, equals signs and blanks within a value too, in double quotes."""
    assert read_client_options(separator.join(f'{name}="{value}"' for name, value in options.items())) == options


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ("a=1,b=2", {"a": "1", "b": "2"}),
        (' a = 1 , debug="cgrp,topic" ,', {"a": "1", "debug": "cgrp,topic"}),
        ("a=1\nb=2\n", {"a": "1", "b": "2"}),
        ("a=", {"a": ""}),
        ("sasl.password=a=b==", {"sasl.password": "a=b=="}),
    ],
)
def test_entries_end_at_commas_and_lines(text: str, options: dict[str, str]) -> None:
    """Blanks around names and values do not count."""
    assert read_client_options(text) == options


@pytest.mark.robustness("secrets that an error or a table could show")
@pytest.mark.parametrize(
    "text",
    ["S3cret", "sasl.password=S3cr,S3cret", 'a="S3cret', "=S3cret", 'a=x"S3cret"', "on_commit=S3cret", "x_cb=S3cret"],
)
def test_what_cannot_be_read_is_refused_without_an_echo(text: str) -> None:
    """A half of a password with a comma is no name of an option either."""
    with pytest.raises(ExplainedError) as refused:
        read_client_options(text)
    with pytest.raises(SettingsError, match="CONSUMER_CLIENT_OPTIONS") as caught:
        ConsumerSettings.from_environment({**GOOD, "CONSUMER_CLIENT_OPTIONS": text})
    assert "S3c" not in str(refused.value) + str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("name", sorted(OWN_OPTIONS))
def test_what_the_consumer_sets_is_refused(name: str) -> None:
    """It would have no effect, or break what the consumer relies on."""
    with pytest.raises(ExplainedError, match=name):
        read_client_options(f"{name}=1")


def test_all_that_the_consumer_sets_is_refused() -> None:
    """No option of its own can be left off the list."""
    assert ConsumerSettings.from_environment(GOOD).own_client_options().keys() <= OWN_OPTIONS


def test_other_options_win_over_defaults() -> None:
    """What the consumer only prefers can be changed."""
    given_options = {**GOOD, "CONSUMER_CLIENT_OPTIONS": "fetch.queue.backoff.ms=7"}
    assert ConsumerSettings.from_environment(given_options).librdkafka()["fetch.queue.backoff.ms"] == "7"
