"""The environment file: every option is there, and what it shows as default is the default."""

import re
from pathlib import Path

from producer.deploy.environment import FILE, environment_file
from producer.options.config_file import read_config_file
from producer.options.settings import ProducerSettings


def test_the_file_is_as_the_settings_say() -> None:
    """Made anew it is the one in the repository: `python -m producer.deploy.environment`."""
    assert FILE.read_text() == environment_file()


def test_every_option_has_its_line() -> None:
    """One assignment each, commented out unless it must be set."""
    names = re.findall(r"(?m)^#?([A-Z_]+)=", FILE.read_text())
    assert names == [ProducerSettings.environment_name(name) for name in ProducerSettings.model_fields]


def test_the_defaults_shown_are_the_defaults(tmp_path: Path) -> None:
    """With all comment signs taken off the producer would run just as without the file."""
    path = tmp_path / "producer.env"
    path.write_text(re.sub(r"(?m)^#([A-Z_]+=)", r"\1", FILE.read_text()).replace("SERVERS=", "SERVERS=b:1"))
    shown = ProducerSettings.from_environment(read_config_file(path))
    assert shown == ProducerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "b:1"})
