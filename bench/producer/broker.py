"""Chooses the broker of the producer's benchmarks: what KAFKA says, else Apache Kafka if it is installed."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from local.errors import MissingError
from local.kafka import Kafka, broker
from local.progress import to_stderr


@contextmanager
def chosen_broker(topics: Mapping[str, int]) -> Iterator[Kafka]:
    """Run a broker with `topics` (partitions by name) for the length of the block.

    Raises:
        LocalError: the broker that KAFKA names is missing or does not start.
    """
    choice = os.environ.get("KAFKA")
    with ExitStack() as stack:
        try:
            kafka = stack.enter_context(broker(choice or "apache", topics, progress=to_stderr))
        except MissingError:
            if choice:
                raise
            kafka = stack.enter_context(broker("embedded", topics, progress=to_stderr))
        yield kafka
