"""Reads a sample from a file: a CSV of counts, or a message a line."""

import csv
from collections.abc import Iterable
from pathlib import Path

from pydantic_core import from_json

from comboio.contract.record import Record
from plan.sample.code import written_code
from plan.sample.contract import Contract, own
from plan.sample.sample import MOST_MESSAGES, Sample, SampleError


def read_file(path: Path, contract: Contract = own) -> Sample:
    """Count a file. The end of its name says the form: `.csv` (codigo,count), or a message a line.

    By the fleet's own contract a line may be a count too: with `codigo` and `count`, and no `truck_id`.

    Raises:
        SampleError: it cannot be read, has a wrong line, or has no message.
    """
    sample = Sample(str(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            if path.suffix == ".csv":
                _csv(lines, sample)
            else:
                _lines(lines, contract, sample)
    except OSError as error:
        raise SampleError(f"the sample {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SampleError(f"the sample {path} is not text in UTF-8") from None
    except csv.Error as error:
        raise SampleError(f"the sample {path} is not CSV: {error}") from None
    return sample.counted()


def _csv(lines: Iterable[str], sample: Sample) -> None:
    rows = csv.DictReader(lines)
    if not {"codigo", "count"} <= set(rows.fieldnames or ()):
        raise SampleError(f"the sample {sample.source}: a CSV sample begins with the line codigo,count")
    for number, row in enumerate(rows, 2):
        _check_length(number, sample)
        try:
            code, count = written_code(row["codigo"]), int(row["count"])
        except (AttributeError, TypeError, ValueError):
            raise SampleError(
                f"the sample {sample.source}: line {number} is not codigo,count: a code, and a whole number"
            ) from None
        if count < 0:
            raise SampleError(f"the sample {sample.source}, line {number}: a count of {count}")
        sample.codes[code] += count


def _lines(lines: Iterable[str], contract: Contract, sample: Sample) -> None:
    for number, line in enumerate(lines, 1):
        _check_length(number, sample)
        payload = line.strip().encode()
        if not payload:
            continue
        try:
            found = contract(Record("", "", "", 0, 0, 0, None, payload, []))
            count = _count(payload) if contract is own and found.truck is None else None
        except ValueError as error:
            raise SampleError(f"the sample {sample.source}, line {number}: {error}") from None
        if count is None:
            sample.add(*found, len(payload))
        else:
            sample.codes[found.code] += count


def _count(payload: bytes) -> int | None:
    """Return what a line without a truck says of how many messages it stands for; None if nothing."""
    count = from_json(payload).get("count")
    if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 0):
        raise ValueError(f"a count of {count!r:.40}")
    return count


def _check_length(number: int, sample: Sample) -> None:
    if number > MOST_MESSAGES:
        raise SampleError(f"the sample {sample.source} has more than {MOST_MESSAGES:,} lines: take fewer")
