"""Reads a sample from wherever it is."""

from pathlib import Path

from plan.sample.file import read_file
from plan.sample.sample import Sample
from plan.sample.topic import SCHEME, read_topic


def read(where: str) -> Sample:
    """Count the sample of SAMPLE: a topic, a CSV of counts, or JSON lines.

    Raises:
        SampleError: it cannot be read or says nothing.
    """
    return read_topic(where) if where.startswith(SCHEME) else read_file(Path(where))
