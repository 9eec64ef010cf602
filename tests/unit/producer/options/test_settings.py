"""The options: what the environment says, and every wrong one named."""

from pathlib import Path

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
    assert (settings.bootstrap_servers, settings.rate, settings.key_strategy) == ("broker:9092", 500, "codigo+bucket")
    assert settings.key_heavy_codes == (301, 309)
    assert settings.faults == {"malformed": 2, "tombstone": 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRODUCER_RATE", "-1"),
        ("PRODUCER_RATE", "fast"),
        ("PRODUCER_RATE", "1e-12"),
        ("PRODUCER_RATE", "nan"),
        ("PRODUCER_BYTES_RATE", "0.5"),
        ("PRODUCER_BYTES_RATE", "inf"),
        ("PRODUCER_DURATION", "inf"),
        ("PRODUCER_DURATION", "nan"),
        ("PRODUCER_LINGER_MS", "60001"),
        ("PRODUCER_DELIVERY_TIMEOUT_MS", "99 "),
        ("PRODUCER_SEED", "-1"),
        ("PRODUCER_SEED", "4294967296"),
        ("PRODUCER_RAMP", "99999999999999999999/s:1s"),
        ("PRODUCER_RAMP", f"1:{'9' * 400}m"),
        ("PRODUCER_FAULTS", "malformed=1000001"),
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


@pytest.mark.robustness("secrets that an error or a table could show")
@pytest.mark.parametrize("name", [ProducerSettings.environment_name(name) for name in ProducerSettings.model_fields])
def test_a_password_in_the_wrong_place_is_not_echoed(name: str) -> None:
    """A password that was put into a free text option or into the name of a file is not in the error."""
    try:
        ProducerSettings.from_environment({**_LEAST, "PRODUCER_SECURITY": "scram", name + "_FILE": "S3cr3t"})
    except SettingsError as error:
        assert "S3cr3t" not in str(error)


def test_the_config_file_wins_over_either_form(tmp_path: Path) -> None:
    """A value in the config file replaces a file named in the environment, and the other way round."""
    password, config = tmp_path / "password", tmp_path / "producer.env"
    password.write_text("from the file\n")
    config.write_text("PRODUCER_SCRAM_PASSWORD=from the config\nPRODUCER_RATE_FILE=\n")
    environ = {**_LEAST, "PRODUCER_CONFIG_FILE": str(config), "PRODUCER_SCRAM_PASSWORD_FILE": str(password)}
    assert ProducerSettings.read(environ).scram_password.get_secret_value() == "from the config"
    config.write_text(f"PRODUCER_SCRAM_PASSWORD_FILE={password}\n")
    environ = {**_LEAST, "PRODUCER_CONFIG_FILE": str(config), "PRODUCER_SCRAM_PASSWORD": "from the environment"}
    assert ProducerSettings.read(environ).scram_password.get_secret_value() == "from the file"


def test_every_option_has_its_sentence() -> None:
    """`--help` explains each option in a sentence."""
    for name, field in ProducerSettings.model_fields.items():
        assert (field.description or "").endswith("."), name


@pytest.mark.robustness("options at their least and their most")
@pytest.mark.parametrize(("linger_ms", "timeout_ms", "taken"), [(500, 1_000, True), (501, 1_000, False)])
def test_a_message_is_not_taken_back_while_it_waits_for_others(linger_ms: int, timeout_ms: int, taken: bool) -> None:
    """Else nothing would ever be sent: it would go from the client to the spool and back."""
    environ = {
        **_LEAST,
        "PRODUCER_LINGER_MS": str(linger_ms),
        "PRODUCER_DELIVERY_TIMEOUT_MS": str(timeout_ms),
    }
    if taken:
        assert ProducerSettings.from_environment(environ).linger_ms == linger_ms
        return
    with pytest.raises(SettingsError, match="PRODUCER_LINGER_MS"):
        ProducerSettings.from_environment(environ)


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize("source", ["file", "directory"])
@pytest.mark.parametrize("path", ["/s3cr3t", f"/s3cr3t{'x' * 300}"], ids=["missing", "too long"])
def test_a_place_that_is_none_is_an_error_that_does_not_show_it(source: str, path: str) -> None:
    """A path that cannot even be asked for is missing too; and no error shows a path."""
    with pytest.raises(SettingsError, match="PRODUCER_SOURCE_PATH") as caught:
        ProducerSettings.from_environment({**_LEAST, "PRODUCER_SOURCE": source, "PRODUCER_SOURCE_PATH": path})
    assert "s3cr3t" not in str(caught.value)
