"""Messages as Kafka's console consumer prints them with headers and key: a file a topic, which has its name."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from comboio.contract.kafka_types import is_topic
from local.errors import LocalError

_MOST_BYTES = 4_000_000
"""Of a topic's file: the embedded broker keeps 5 MB of a partition, and drops the oldest beyond that in silence."""

_NO_HEADERS = b"NO_HEADERS"
_NULL = b"null"
"""What the console consumer prints for a record without headers, and for a key or value that is null."""

_COMMAND = "kafka-console-consumer ... --property print.headers=true --property print.key=true"


class SampleMessage(NamedTuple):
    """A message as it stands in Kafka."""

    headers: tuple[tuple[str, bytes], ...]
    key: bytes | None
    value: bytes | None


def read_samples(folder: Path, is_one: Callable[[str], bool]) -> dict[str, list[SampleMessage]]:
    """Return the messages of each topic.

    `is_one` says of a topic whether its file is one message: what begins with a schema's id may have line ends in it.

    Raises:
        LocalError: there are none, or a file is not what the console consumer prints.
    """
    if not folder.is_dir():
        raise LocalError(f"{folder} is not a folder. Make one with a file for each topic, by: {_COMMAND}")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not files:
        raise LocalError(f"{folder} has no files. Write one for each topic, by: {_COMMAND}")
    return {path.name: _of_file(path, one=is_one(path.name)) for path in files}


def _of_file(path: Path, *, one: bool) -> list[SampleMessage]:
    if not is_topic(path.name):
        raise LocalError(f"{path}: its name cannot be that of a topic. Give the file the name of its topic.")
    if path.stat().st_size > _MOST_BYTES:
        raise LocalError(f"{path} has more than {_MOST_BYTES:,} bytes. Take fewer messages (--max-messages).")
    text = path.read_bytes().removesuffix(b"\n")
    lines = [text] if one else text.split(b"\n")
    return [_sample(line, f"{path}, line {number}") for number, line in enumerate(lines, 1)]


def _sample(line: bytes, place: str) -> SampleMessage:
    parts = line.split(b"\t", 2)
    if len(parts) < 3:
        raise LocalError(
            f"{place}: there are no headers, key and value with tabs between them. Print all three, a message a line: "
            f"{_COMMAND}"
        )
    headers, key, value = parts
    return SampleMessage(_headers(headers), None if key == _NULL else key, None if value == _NULL else value)


def _headers(printed: bytes) -> tuple[tuple[str, bytes], ...]:
    """Return the headers; a part without a colon belongs to the value before it, which has a comma in it."""
    found: list[tuple[str, bytes]] = []
    for part in printed.split(b",") if printed != _NO_HEADERS else ():
        name, colon, value = part.partition(b":")
        if colon:
            found.append((name.decode("utf-8", "replace"), value))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + b"," + part)
    return tuple(found)
