"""The config file: the format of systemd's EnvironmentFile, by systemd's own rules (systemd.exec(5)).

The unit names one file to systemd and to the producer; two readers that differ would be two truths.
"""

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

from comboio.settings import SettingsError

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""What a variable may be called; systemd ignores a line with another name."""

_BLANK = " \t\n\r"
"""What is cut off around names and values."""

_LINE_END = "\n\r"
"""What ends a line."""

_ESCAPED = '"\\`$'
"""What a backslash stands before within double quotes; before anything else it stands for itself."""

_log = logging.getLogger(__name__)


def read_config_files(places: str) -> dict[str, str]:
    """Return the values of the files named in `places`, with colons between; of two that name one value the last wins.

    A file whose name begins with `-` need not be there.

    Raises:
        SettingsError: a file cannot be read.
    """
    values: dict[str, str] = {}
    for place in filter(None, places.split(os.pathsep)):
        path = Path(place.removeprefix("-"))
        if not place.startswith("-") or os.path.exists(path):  # noqa: PTH110 - a Path raises OSError
            values.update(read_config_file(path))
    return values


def read_config_file(path: Path) -> dict[str, str]:
    """Return the values by name.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        why = error.strerror
        raise SettingsError(f"PRODUCER_CONFIG_FILE names {str(path)!r}, which cannot be read: {why}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"PRODUCER_CONFIG_FILE names {str(path)!r}, which is not UTF-8 text.") from None
    values = {}
    for name, value in parse(text):
        if NAME.fullmatch(name):
            values[name] = value
        else:  # neither the name nor the value: either may be a secret
            _log.warning("a line of %s has no variable name: it is ignored, as by systemd", path)
    return values


def parse(text: str) -> Iterator[tuple[str, str]]:
    """Return each assignment of a text in systemd's format; lines without an equals sign and comments are none."""
    text = text.partition("\0")[0]
    at = 0
    while at < len(text):
        if text[at] in _BLANK:
            at += 1
        elif text[at] in "#;":
            at = _after_comment(text, at)
        else:
            end = _line_end(text, at)
            equals = text.find("=", at + 1, end)  # one that begins the line is part of a (bad) name
            if equals < 0:
                at = end
                continue
            value, after = _value(text, equals + 1)
            yield text[at:equals].strip(_BLANK), value
            at = after


def _after_comment(text: str, at: int) -> int:
    while at < len(text) and text[at] not in _LINE_END:
        at += 2 if text[at] == "\\" and text[at + 1 : at + 2] not in ("\n", "\r") else 1
    return at


def _line_end(text: str, at: int) -> int:
    while at < len(text) and text[at] not in _LINE_END:
        at += 1
    return at


def _value(text: str, at: int) -> tuple[str, int]:
    """Return the value that begins at `at`, and the place after it."""
    found = ""
    kept = 0
    """Length of what is not blank at its end, or was quoted or escaped."""
    begun = False
    """Whether unquoted text has begun, in which quotes stand for themselves."""
    while at < len(text) and text[at] not in _LINE_END:
        sign = text[at]
        at += 1
        if sign == "\\":
            begun = True
            if text[at : at + 1] not in ("\n", "\r"):
                found += text[at : at + 1]
            at += 1
            kept = len(found)
        elif not begun and sign in "'\"":
            quoted, at = _quoted(text, at, sign)
            found += quoted
            kept = len(found)
        elif sign not in _BLANK:
            begun = True
            found += sign
            kept = len(found)
        elif begun:
            found += sign
    return found[:kept], at


def _quoted(text: str, at: int, quote: str) -> tuple[str, int]:
    """Return what is between quotes, over any number of lines, and the place after it."""
    found = ""
    while at < len(text) and text[at] != quote:
        if quote == '"' and text[at] == "\\":
            escaped = text[at + 1 : at + 2]
            found += escaped if escaped in _ESCAPED else "" if escaped == "\n" else f"\\{escaped}"
            at += 2
        else:
            found += text[at]
            at += 1
    return found, at + 1
