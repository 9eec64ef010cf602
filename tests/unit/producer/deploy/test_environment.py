"""The environment file: every option is there, and what it shows as default is the default."""

import re
from pathlib import Path

from producer.deploy.environment import ENV_FILE, environment_file
from producer.options.config_file import read_config_file
from producer.options.settings import ProducerSettings


def test_the_file_is_as_the_settings_say() -> None:
    """Made anew it is the one in the repository: `python -m producer.deploy.environment`."""
    assert ENV_FILE.read_text() == environment_file()


def test_every_option_has_its_line() -> None:
    """Each option has one assignment, commented out unless it must be set; a secret has only its file's."""
    names = re.findall(r"(?m)^#?([A-Z_]+)=", ENV_FILE.read_text())
    variables = [ProducerSettings.environment_name(name) for name in ProducerSettings.model_fields]
    assert names == [name.replace("_PASSWORD", "_PASSWORD_FILE") for name in variables]


def test_the_defaults_shown_are_the_defaults(tmp_path: Path) -> None:
    """With all comment signs taken off the producer would run just as without the file."""
    path = tmp_path / "producer.env"
    path.write_text(re.sub(r"(?m)^#([A-Z_]+=)", r"\1", ENV_FILE.read_text()).replace("SERVERS=", "SERVERS=b:1"))
    shown = ProducerSettings.from_environment(read_config_file(path))
    assert shown == ProducerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "b:1"})
