"""Reads a measured sample: how many messages each code sent."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST_LINES = 10_000_000
"""Lines that a sample may have: enough for hours of traffic, few enough to read."""


def counts(path: Path) -> Counter[int]:
    """Return the messages by code. The end of the name says the form: `.csv` (codigo,count) or `.jsonl`.

    A line of JSON is a message with `codigo`, or a count with `codigo` and `count`.

    Raises:
        ValueError: it cannot be read, or has no message.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            pairs = _csv(lines) if path.suffix == ".csv" else _json_lines(lines)
            found: Counter[int] = Counter()
            for line, (codigo, count) in enumerate(pairs, 1):
                if line > MOST_LINES:
                    raise ValueError(f"the sample {path} has more than {MOST_LINES:,} lines: take fewer")
                if count < 0:
                    raise ValueError(f"the sample {path}, line {line}: a count of {count}")
                found[codigo] += count
    except OSError as error:
        raise ValueError(f"the sample {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"the sample {path} is not text in UTF-8") from None
    found = +found
    if not found:
        raise ValueError(f"the sample {path} has no message")
    return found


def _csv(lines: Iterable[str]) -> Iterator[tuple[int, int]]:
    rows = csv.DictReader(lines)
    if not {"codigo", "count"} <= set(rows.fieldnames or ()):
        raise ValueError("a CSV sample begins with the line codigo,count")
    for number, row in enumerate(rows, 2):
        try:
            yield int(row["codigo"]), int(row["count"])
        except (TypeError, ValueError):
            raise ValueError(f"the sample's line {number} is not codigo,count in whole numbers") from None


def _json_lines(lines: Iterable[str]) -> Iterator[tuple[int, int]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            yield int(given["codigo"]), int(given.get("count", 1))
        except (TypeError, ValueError, KeyError, AttributeError):
            raise ValueError(f"the sample's line {number} is no JSON object with a whole number as codigo") from None
