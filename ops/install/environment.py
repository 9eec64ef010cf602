"""Writes the environment file of each service, with every option commented: `python -m ops.install.environment`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from comboio.settings import FILE, Settings
from consumer.configuration.which import MappingOptions
from consumer.settings import ConsumerSettings
from producer.options.settings import ProducerSettings

FOLDER = Path(__file__).parent

HEAD = """\
# Options of the Comboio {name}, for /etc/comboio/{name}.env. An empty value is the default.
# {reload}
# No secrets here: a SCRAM password has a file of its own (LoadCredential=), named by {prefix}SCRAM_PASSWORD_FILE.
# A file can hold any other value too: NAME_FILE=/path instead of NAME=value.
# Made by `python -m ops.install.environment` from the settings.
"""


class ServiceOptions(NamedTuple):
    """A service that the installer knows."""

    name: str
    settings: tuple[type[Settings], ...]
    of_the_unit: frozenset[str]
    """The options that the unit sets."""
    reload: str
    """What `systemctl reload` does."""

    @property
    def file(self) -> Path:
        """The environment file that the installer puts on a new host."""
        return FOLDER / f"{self.name}.env"


SERVICES = (
    ServiceOptions(
        "producer",
        (ProducerSettings,),
        frozenset({"state_dir", "config_file"}),
        "Rates are read anew by `systemctl reload comboio-producer@0`; everything else needs a restart.",
    ),
    ServiceOptions(
        "consumer",
        (ConsumerSettings, MappingOptions),
        frozenset(),
        "Each change needs a restart: `systemctl restart comboio-consumer@0`.",
    ),
)
"""All of them."""


def environment_file(service: ServiceOptions) -> str:
    """Return the whole file: a sentence and the default of each option; required ones are not commented out."""
    prefix = service.settings[0].PREFIX
    return "\n".join([HEAD.format(name=service.name, reload=service.reload, prefix=prefix), *_parts(service)])


def _parts(service: ServiceOptions) -> Iterator[str]:
    for model in service.settings:
        for name, field in model.model_fields.items():
            variable = model.environment_name(name)
            if field.annotation is SecretStr:  # the file is for everybody to read
                variable += FILE
            if field.is_required():
                yield f"# {field.description} Required.\n{variable}=\n"
            elif name in service.of_the_unit:
                yield f"# {field.description}\n# The unit sets it.\n#{variable}=\n"
            else:
                yield f"# {field.description}\n#{variable}={_text(field.get_default(call_default_factory=True))}\n"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Path | SecretStr):
        return ""  # a path is the file that ships with the package
    if isinstance(value, tuple) and type(value) is tuple:
        return ",".join(map(str, value))
    return str(value) if value else "0" if isinstance(value, int | float) else ""


if __name__ == "__main__":
    for each in SERVICES:
        each.file.write_text(environment_file(each), encoding="utf-8")
        sys.stdout.write(f"{each.file}\n")
