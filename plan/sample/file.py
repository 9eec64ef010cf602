"""Reads a sample from a file: a CSV of counts, or JSON lines as the producer reads them."""

import csv
from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from comboio.contract.message import Codigo
from plan.sample.sample import MOST_MESSAGES, Sample, SampleError

_codigo = TypeAdapter(Codigo).validator.validate_python


def read_file(path: Path) -> Sample:
    """Count a file. The end of its name says the form: `.csv` (codigo,count), or JSON lines.

    A line of JSON is a message with `codigo`, or a count with `codigo` and `count` and no `truck_id`.

    Raises:
        SampleError: it cannot be read, has a wrong line, or has no message.
    """
    sample = Sample(str(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            (_csv if path.suffix == ".csv" else _json_lines)(lines, sample)
    except OSError as error:
        raise SampleError(f"the sample {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SampleError(f"the sample {path} is not text in UTF-8") from None
    except csv.Error as error:
        raise SampleError(f"the sample {path} is no CSV: {error}") from None
    return sample.counted()


def _csv(lines: Iterable[str], sample: Sample) -> None:
    rows = csv.DictReader(lines)
    if not {"codigo", "count"} <= set(rows.fieldnames or ()):
        raise SampleError(f"the sample {sample.source}: a CSV sample begins with the line codigo,count")
    for number, row in enumerate(rows, 2):
        _check_length(number, sample)
        try:
            codigo, count = _codigo(row["codigo"]), int(row["count"])
        except (TypeError, ValueError, ValidationError):
            raise SampleError(
                f"the sample {sample.source}: line {number} is not codigo,count in whole numbers"
            ) from None
        if count < 0:
            raise SampleError(f"the sample {sample.source}, line {number}: a count of {count}")
        sample.codes[codigo] += count


def _json_lines(lines: Iterable[str], sample: Sample) -> None:
    for number, line in enumerate(lines, 1):
        _check_length(number, sample)
        text = line.strip()
        if not text:
            continue
        try:
            sample.add(text)
        except ValueError as error:
            raise SampleError(f"the sample {sample.source}, line {number}: {error}") from None


def _check_length(number: int, sample: Sample) -> None:
    if number > MOST_MESSAGES:
        raise SampleError(f"the sample {sample.source} has more than {MOST_MESSAGES:,} lines: take fewer")
