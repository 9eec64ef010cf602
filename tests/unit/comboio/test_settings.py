"""Options are read once, checked whole, and explain themselves."""

from typing import ClassVar, Literal

import pytest
from pydantic import Field

from comboio.settings import Settings, SettingsError, stop_for


class Example(Settings):
    """A service's options."""

    PREFIX: ClassVar[str] = "EXAMPLE_"

    rate: int = Field(10, ge=1, le=100, description="Messages a second.")
    mode: Literal["slow", "fast"] = Field("slow", description="How to go.")
    bootstrap: str = Field(alias="KAFKA_BOOTSTRAP_SERVERS", min_length=1, description="Where Kafka is.")


GIVEN = {"KAFKA_BOOTSTRAP_SERVERS": "localhost:9092"}


def test_options_come_from_the_environment() -> None:
    """An option has its prefix and name, or its shared name; others' variables are left alone."""
    found = Example.from_environment({**GIVEN, "EXAMPLE_RATE": "7", "RATE": "9", "EXAMPLE_OTHER": "x"})
    assert (found.rate, found.mode, found.bootstrap) == (7, "slow", "localhost:9092")


def test_an_empty_variable_counts_as_unset() -> None:
    """An empty variable, as templates leave them, means the default."""
    assert Example.from_environment({**GIVEN, "EXAMPLE_RATE": ""}).rate == 10


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "KAFKA_BOOTSTRAP_SERVERS is not set. Allowed: str, length at least 1. Where Kafka is."),
        ({**GIVEN, "EXAMPLE_RATE": "0"}, "EXAMPLE_RATE is '0'"),
        ({**GIVEN, "EXAMPLE_RATE": "many"}, "at least 1, at most 100. Messages a second."),
        ({**GIVEN, "EXAMPLE_MODE": "medium"}, "EXAMPLE_MODE is 'medium'"),
        ({**GIVEN, "EXAMPLE_MODE": "medium"}, "one of ['slow', 'fast']"),
    ],
)
def test_a_wrong_option_says_which_and_what_is_allowed(environ: dict[str, str], says: str) -> None:
    """The message names the variable, what it is, and what is allowed."""
    with pytest.raises(SettingsError) as caught:
        Example.from_environment(environ)
    assert says in str(caught.value)


def test_every_wrong_option_is_in_the_message() -> None:
    """Two mistakes are told at once, a line each."""
    with pytest.raises(SettingsError) as caught:
        Example.from_environment({"EXAMPLE_RATE": "0"})
    assert len(str(caught.value).splitlines()) == 2


def test_help_agrees_with_the_options() -> None:
    """The help has every variable with its bounds, default and sentence."""
    text = Example.describe()
    assert "EXAMPLE_RATE  (int, at least 1, at most 100; default 10)\n      Messages a second." in text
    assert "KAFKA_BOOTSTRAP_SERVERS  (str, length at least 1; required)" in text
    for name in Example.model_fields:
        assert Example.environment_name(name) in text


def test_a_wrong_option_stops_with_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    """A service that cannot start says why on standard error, and ends with status 2."""
    with pytest.raises(SystemExit) as caught:
        stop_for(SettingsError("what is wrong"))
    assert caught.value.code == 2
    assert capsys.readouterr().err == "what is wrong\n"
