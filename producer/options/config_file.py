"""The config file: lines of NAME=value, the form that systemd's EnvironmentFile has too."""

import re
from pathlib import Path

from comboio.settings import SettingsError

_LINE = re.compile(r"""([A-Z][A-Z0-9_]*)=(?:"([^"]*)"|'([^']*)'|([^"']*))""")


def read_config_file(path: Path) -> dict[str, str]:
    """Values by name; empty lines and those that begin with `#` or `;` say nothing.

    Raises:
        SettingsError: it cannot be read, or a line is not NAME=value.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"PRODUCER_CONFIG_FILE is {str(path)!r}, which cannot be read: {error}.") from None
    values = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        found = _LINE.fullmatch(line.strip())
        if not found:
            raise SettingsError(f"{path}, line {number}: not NAME=value.")
        values[found[1]] = next((value for value in found.groups()[1:] if value is not None), "").strip()
    return values
