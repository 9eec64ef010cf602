"""The environment files: every option is there, and what they show as default is the default."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from comboio.settings import Settings
from ops.install.environment import SERVICES, ServiceOptions, environment_file
from producer.options.config_file import read_config_file

REQUIRED: Mapping[str, Mapping[str, str]] = {
    "producer": {"KAFKA_BOOTSTRAP_SERVERS": "b:1"},
    "consumer": {"KAFKA_BOOTSTRAP_SERVERS": "b:1", "CONSUMER_TOPICS": "t", "CONSUMER_FUNCTION": "a.b:c"},
}
"""What each service does not start without."""

EACH = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@EACH
def test_the_file_is_as_the_settings_say(service: ServiceOptions) -> None:
    """Made anew it is the one in the repository: `python -m ops.install.environment`."""
    assert service.file.read_text() == environment_file(service)


@EACH
def test_every_option_has_its_line(service: ServiceOptions) -> None:
    """Each option has one assignment, commented out unless it must be set; a secret has only its file's."""
    lines = re.findall(r"(?m)^(#?)([A-Z_0-9]+)=", service.file.read_text())
    assert [name for _, name in lines] == [
        variable + ("_FILE" if model.model_fields[name].annotation is SecretStr else "")
        for model, name, variable in _options(service)
    ]
    assert {name for comment, name in lines if not comment} == REQUIRED[service.name].keys()


@EACH
def test_the_defaults_shown_are_the_defaults(service: ServiceOptions, tmp_path: Path) -> None:
    """With all comment signs taken off the service would run just as without the file."""
    path = tmp_path / "all.env"
    path.write_text(re.sub(r"(?m)^#([A-Z_0-9]+=)", r"\1", service.file.read_text()))
    shown = {**read_config_file(path), **REQUIRED[service.name]}
    for model in service.settings:
        assert model.from_environment(shown) == model.from_environment(REQUIRED[service.name])


def _options(service: ServiceOptions) -> list[tuple[type[Settings], str, str]]:
    return [(model, name, model.environment_name(name)) for model in service.settings for name in model.model_fields]
