"""Writes producer.env, the environment file with every option commented: `python -m producer.deploy.environment`."""

import sys
from pathlib import Path

from pydantic import SecretStr

from comboio.settings import FILE
from producer.options.settings import ProducerSettings

ENV_FILE = Path(__file__).with_name("producer.env")
_HEAD = """\
# Options of the Comboio producer, for /etc/comboio/producer.env. An empty value is the default.
# Rates are read anew by `systemctl reload comboio-producer@0`; everything else needs a restart.
# No secrets here: a SCRAM password has a file of its own (LoadCredential=), named by PRODUCER_SCRAM_PASSWORD_FILE.
# A file can hold any other value too: NAME_FILE=/path instead of NAME=value.
# Made by `python -m producer.deploy.environment` from producer/options/settings.py.
"""
_OF_THE_UNIT = {"state_dir", "config_file"}


def environment_file() -> str:
    """Return the whole file: a sentence and the default of each option; required ones are not commented out."""
    parts = [_HEAD]
    for name, field in ProducerSettings.model_fields.items():
        variable = ProducerSettings.environment_name(name)
        if field.annotation is SecretStr:  # the file is for everybody to read
            variable += FILE
        if field.is_required():
            parts.append(f"# {field.description} Required.\n{variable}=\n")
        elif name in _OF_THE_UNIT:
            parts.append(f"# {field.description}\n# The unit sets it.\n#{variable}=\n")
        else:
            parts.append(f"# {field.description}\n#{variable}={_text(field.get_default(call_default_factory=True))}\n")
    return "\n".join(parts)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Path):
        return ""  # the file that ships with the package
    if isinstance(value, tuple) and type(value) is tuple:
        return ",".join(map(str, value))
    return str(value) if value else "0" if isinstance(value, int | float) and not isinstance(value, bool) else ""


if __name__ == "__main__":
    ENV_FILE.write_text(environment_file(), encoding="utf-8")
    sys.stdout.write(f"{ENV_FILE}\n")
