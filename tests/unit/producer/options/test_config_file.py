"""The config file: the form of systemd's EnvironmentFile."""

from pathlib import Path

import pytest

from comboio.settings import SettingsError
from producer.options.config_file import read_config_file


def test_values_are_read(tmp_path: Path) -> None:
    """Comments and empty lines say nothing; quotes are taken off."""
    path = tmp_path / "producer.env"
    path.write_text("# rate\n\nPRODUCER_RATE=500\n; old\nA=\"x y\"\nB='z'\nC=\n")
    assert read_config_file(path) == {"PRODUCER_RATE": "500", "A": "x y", "B": "z", "C": ""}


@pytest.mark.parametrize("line", ["PRODUCER_RATE", "rate=5", "A='x", "export A=1"])
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    """By its number, without its content: it could be a password."""
    path = tmp_path / "producer.env"
    path.write_text(f"A=1\n{line}\n")
    with pytest.raises(SettingsError, match="line 2") as error:
        read_config_file(path)
    assert line not in str(error.value)


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    """It names the option."""
    with pytest.raises(SettingsError, match="PRODUCER_CONFIG_FILE"):
        read_config_file(tmp_path / "none")
