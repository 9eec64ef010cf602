"""One reading: a function takes some events by the Runtime API, and calls a server of ours over TLS."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from bench.dispatcher.latency import Realistic
from bench.dispatcher.measure import Case, Reading, UnfairReadingError
from bench.dispatcher.server import Served, serving
from bench.dispatcher.workload import Workload
from bench.whole.function import Function, Surroundings, running
from bench.whole.runtime_api import RuntimeApi, runtime_api

SEED = 16
"""Of the latencies."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where all readings of a run are made: the function on its core, and everything else on the other."""

    python: Path
    core: int | None
    other: int | None


@dataclass(frozen=True, slots=True)
class Bed:
    """A function that has taken its first batch, with its runtime and its services."""

    case: Case
    api: RuntimeApi
    server: Served
    function: Function

    def invoke(self, number: int, records: int) -> float:
        """Give it a batch, and return the seconds of the invocation.

        Raises:
            UnfairReadingError: something of it came back.
        """
        event = Workload(records=records).batch(number).encode()
        answered = self.api.invoke(event, self.function.lives)
        if json.loads(answered.body) != {"batchItemFailures": []}:
            raise UnfairReadingError(f"of {number} came back: {answered.body[:200]!r}")
        return answered.seconds


@contextmanager
def bed(case: Case, warm_up: int, place: Place) -> Iterator[Bed]:
    """Start all of it, and let the function take a batch of `warm_up` records: its imports and its connections."""
    with tempfile.TemporaryDirectory(prefix="comboio-whole-") as folder:
        scratch = Path(folder)
        authority, trust, shown = trustme.CA(), scratch / "authority.pem", scratch / "server.pem"
        authority.cert_pem.write_to_path(str(trust))
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(shown))
        with serving(Realistic(SEED), place.other, shown, tallied=True) as server, runtime_api() as api:
            around = Surroundings(place.python, api.address, server.endpoint, trust, scratch, place.core)
            with running(case.contender, case.mode, around) as function:
                made = Bed(case, api, server, function)
                made.invoke(0, warm_up)
                server.counts()
                yield made


def read(case: Case, warm_up: int, place: Place) -> Reading:
    """Measure a contender.

    Raises:
        UnfairReadingError: it did not send what it was given.
    """
    with bed(case, warm_up, place) as made:
        began_cpu = made.function.cpu_s()
        wall = sum(made.invoke(number, case.records) for number in range(1, case.batches + 1))
        cpu = made.function.cpu_s() - began_cpu
        counts, records = made.server.counts(), case.records * case.batches
    if counts.sent != records:
        raise UnfairReadingError(f"{case.contender} {case.mode} was given {records} records and sent {counts.sent}")
    return Reading(records, wall, cpu, 0.0, counts, os.getloadavg()[0])
