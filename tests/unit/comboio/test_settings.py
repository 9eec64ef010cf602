"""Options are read once, checked whole, and explain themselves."""

from enum import Enum
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

import pytest
from pydantic import AfterValidator, Field, SecretStr, model_validator

from comboio.settings import ExplainedError, Settings, SettingsError

SECRET = "hunter2-S3cr3t"  # noqa: S105 - what must not be seen


class Colour(Enum):
    """Choices as an enumeration."""

    RED = "red"
    BLUE = "blue"


def _even(text: str) -> str:
    if len(text) % 2:
        raise ValueError(f"{text!r} has an odd length")
    return text


def _no_oops(text: SecretStr) -> SecretStr:
    if "oops" in text.get_secret_value():
        raise ExplainedError("it has an oops")
    if "boom" in text.get_secret_value():
        raise ValueError(f"{text.get_secret_value()} has a boom")
    return text


class Example(Settings):
    """A service's options."""

    PREFIX: ClassVar[str] = "EXAMPLE_"

    rate: int = Field(10, ge=1, le=100, description="Messages a second.")
    mode: Literal["slow", "fast"] = Field("slow", description="How to go.")
    colour: Colour = Field(Colour.RED, description="Which colour.")
    even: Annotated[str, AfterValidator(_even)] = Field("", description="Text of an even length.")
    trust: Path | None = Field(None, description="A file.")
    port: int | None = Field(None, ge=1, le=65_535, description="A port.")
    password: Annotated[SecretStr, AfterValidator(_no_oops)] = Field(
        SecretStr(""), max_length=40, description="The password."
    )
    ratio: float = Field(0.5, ge=0, le=1, description="A share.")
    loud: bool = Field(False, description="Whether to shout.")
    bootstrap: str = Field(alias="KAFKA_BOOTSTRAP_SERVERS", min_length=1, description="Where Kafka is.")


GIVEN = {"KAFKA_BOOTSTRAP_SERVERS": "localhost:9092"}


class Pair(Settings):
    """Options that must fit each other."""

    low: int = Field(1, description="The low one.")
    high: int = Field(2, description="The high one.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("LOW is above HIGH. Lower it.")
        return self


def test_an_error_is_in_the_projects_own_words() -> None:
    """What is wrong is said by the option and what it allows, or by its own sentence: never by the library's."""
    with pytest.raises(SettingsError) as of_two:
        Pair.from_environment({"LOW": "3"})
    assert str(of_two.value) == "LOW is above HIGH. Lower it."
    wrong = {"EXAMPLE_RATE": "many", "EXAMPLE_MODE": "medium", "EXAMPLE_LOUD": "very", "EXAMPLE_RATIO": "2"}
    assert _error(wrong).splitlines() == [
        "EXAMPLE_RATE is 'many'. Allowed: whole number, at least 1, at most 100. Messages a second.",
        "EXAMPLE_MODE is 'medium'. Allowed: one of slow, fast. How to go.",
        "EXAMPLE_RATIO is '2'. Allowed: number, at least 0, at most 1. A share.",
        "EXAMPLE_LOUD is 'very'. Allowed: true or false. Whether to shout.",
    ]
    assert _error({"EXAMPLE_EVEN": "odd"}) == (
        "EXAMPLE_EVEN is not accepted: 'odd' has an odd length. Allowed: text. Text of an even length."
    )


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
        ({}, "KAFKA_BOOTSTRAP_SERVERS is not set. Allowed: text, length at least 1. Where Kafka is."),
        ({**GIVEN, "EXAMPLE_RATE": "0"}, "EXAMPLE_RATE is '0'"),
        ({**GIVEN, "EXAMPLE_RATE": "many"}, "at least 1, at most 100. Messages a second."),
        ({**GIVEN, "EXAMPLE_MODE": "medium"}, "EXAMPLE_MODE is 'medium'"),
        ({**GIVEN, "EXAMPLE_MODE": "medium"}, "Allowed: one of slow, fast. How to go."),
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
    assert "EXAMPLE_RATE  (whole number, at least 1, at most 100; default 10)\n      Messages a second." in text
    assert "EXAMPLE_COLOUR  (one of red, blue; default red)" in text
    assert "EXAMPLE_PORT  (whole number, at least 1, at most 65535; unset)" in text
    assert "EXAMPLE_LOUD  (true or false; default false)" in text
    assert "EXAMPLE_PASSWORD  (secret text, length at most 40; unset)" in text
    assert "KAFKA_BOOTSTRAP_SERVERS  (text, length at least 1; required)" in text
    for name in Example.model_fields:
        assert Example.environment_name(name) in text


def _error(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Example.from_environment({**GIVEN, **environ})
    return str(caught.value)


@pytest.mark.robustness("secrets that an error or a table could show")
@pytest.mark.parametrize("value", [f"{SECRET},oops", f"{SECRET},boom", SECRET * 10])
def test_a_refused_secret_is_never_echoed(value: str) -> None:
    """However a secret is refused, by a validator that repeats it or by a bound, the error does not have its value."""
    error = _error({"EXAMPLE_PASSWORD": value})
    assert "EXAMPLE_PASSWORD" in error
    assert "The password." in error
    assert "S3cr3t" not in error


@pytest.mark.robustness("secrets that an error or a table could show")
def test_a_validator_explains_a_secret_without_its_value() -> None:
    """What a validator says without the value helps, and is in the error."""
    assert "it has an oops" in _error({"EXAMPLE_PASSWORD": "oops"})


@pytest.mark.robustness("secrets that an error or a table could show")
@pytest.mark.parametrize("name", ["EXAMPLE_PASSWORD_FILE", "EXAMPLE_EVEN_FILE", "EXAMPLE_RATE_FILE"])
def test_a_secret_in_place_of_a_path_is_not_echoed(name: str) -> None:
    """Whoever puts a password where its file's path belongs does not find it in the journal."""
    error = _error({name: SECRET})
    assert f"{name} names a file that cannot be read: No such file or directory." in error
    assert "S3cr3t" not in error


@pytest.mark.robustness("secrets that an error or a table could show")
def test_a_wrong_text_is_not_echoed_by_the_settings() -> None:
    """An error about free text has the reason, and repeats the value only if the option's own check does."""
    error = _error({"EXAMPLE_BOOTSTRAP": "x", "KAFKA_BOOTSTRAP_SERVERS": "", "EXAMPLE_EVEN": "abc"})
    assert "EXAMPLE_EVEN is not accepted: 'abc' has an odd length. Allowed: text. Text of an even length." in error


@pytest.mark.robustness("secrets that an error or a table could show")
def test_nothing_printed_has_a_secret() -> None:
    """The settings' own text, of whatever form, and the help do not have a secret's value."""
    found = Example.from_environment({**GIVEN, "EXAMPLE_PASSWORD": SECRET})
    assert found.password.get_secret_value() == SECRET
    for text in (repr(found), str(found), str(found.model_dump()), found.model_dump_json(), found.describe()):
        assert SECRET not in text


@pytest.mark.robustness("secrets that an error or a table could show")
def test_a_long_wrong_value_is_cut() -> None:
    """A wrong number is shown up to a length."""
    assert "EXAMPLE_RATE is '" + "9" * 39 + "x..." in _error({"EXAMPLE_RATE": "9" * 39 + "x" * 1000})


def test_a_file_can_hold_any_option(tmp_path: Path) -> None:
    """`NAME_FILE` names a file with the value; the line end at its end is no part of it."""
    secret, rate = tmp_path / "secret", tmp_path / "rate"
    secret.write_text(f"  {SECRET} \r\n")
    rate.write_text("7\n")
    environ = {**GIVEN, "EXAMPLE_PASSWORD_FILE": str(secret), "EXAMPLE_RATE_FILE": str(rate), "EXAMPLE_MODE_FILE": ""}
    found = Example.from_environment(environ)
    assert (found.password.get_secret_value(), found.rate, found.mode) == (f"  {SECRET} ", 7, "slow")


def test_a_required_option_can_come_from_a_file(tmp_path: Path) -> None:
    """A file counts as the option being set; one that cannot be read is the only complaint about it."""
    (tmp_path / "servers").write_text("localhost:9092\n")
    found = Example.from_environment({"KAFKA_BOOTSTRAP_SERVERS_FILE": str(tmp_path / "servers")})
    assert found.bootstrap == "localhost:9092"
    with pytest.raises(SettingsError) as caught:
        Example.from_environment({"KAFKA_BOOTSTRAP_SERVERS_FILE": str(tmp_path / "none"), "EXAMPLE_RATE": "0"})
    first, second = str(caught.value).splitlines()
    assert first == "KAFKA_BOOTSTRAP_SERVERS_FILE names a file that cannot be read: No such file or directory."
    assert second.startswith("EXAMPLE_RATE is '0'")


def test_a_value_and_a_file_are_one_too_many(tmp_path: Path) -> None:
    """An option that is given twice is refused, without either value."""
    (tmp_path / "secret").write_text(SECRET)
    error = _error({"EXAMPLE_PASSWORD": SECRET, "EXAMPLE_PASSWORD_FILE": str(tmp_path / "secret")})
    assert error == "EXAMPLE_PASSWORD and EXAMPLE_PASSWORD_FILE are both set. Unset one of them."


@pytest.mark.robustness("secrets that an error or a table could show")
def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are no value of an option."""
    (tmp_path / "secret").write_bytes(b"\xff\xfe\x00")
    error = _error({"EXAMPLE_PASSWORD_FILE": str(tmp_path / "secret")})
    assert error == "EXAMPLE_PASSWORD_FILE names a file that cannot be read: it is not UTF-8 text."


def test_an_option_that_is_a_file_itself_is_no_other_options_file() -> None:
    """`EXAMPLE_TRUST` and an option `EXAMPLE_TRUST_FILE` do not get in each other's way."""

    class Both(Settings):
        trust: str = Field("", description="Text.")
        trust_file: str = Field("", description="The name of something.")

    assert Both.from_environment({"TRUST_FILE": "no such file", "TRUST": "x"}).trust == "x"
