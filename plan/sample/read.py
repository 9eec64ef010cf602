"""Reads a sample from wherever it is."""

from pathlib import Path

from plan.sample.contract import by_table, own
from plan.sample.file import read_file
from plan.sample.sample import Sample
from plan.sample.topic import SCHEME, read_topic


def read(where: str, routes: Path | None = None) -> Sample:
    """Count the sample of SAMPLE: a topic, a CSV of counts, or lines; messages by the contract of ROUTES, if given.

    Raises:
        SampleError: it cannot be read or says nothing, or the routing table is wrong.
    """
    contract = own if routes is None else by_table(routes)
    return read_topic(where, contract) if where.startswith(SCHEME) else read_file(Path(where), contract)
