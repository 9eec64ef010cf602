"""A function's code cannot stop the service from working, from ending, or from saying why it ends."""

import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.integration.consumer.conftest import ROOT, Broker, Running, counts, ends, until

Start = Callable[..., Running]


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_what_is_no_exception_is_a_failed_batch(broker: Broker, start: Start) -> None:
    """CancelledError, KeyboardInterrupt, GeneratorExit, SystemExit and gevent's Timeout: the batch is retried."""
    sent = broker.produce(200)
    consumer = start("cancelled")
    until(lambda: broker.committed() == ends(sent), "all records are committed")
    errors = [str(line["error"]) for line in consumer.journal() if line.get("done") and line["error"]]
    assert len(errors) == 5
    assert consumer.stop(signal.SIGTERM) == 0
    assert set(counts(consumer)) == sent


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_what_a_function_leaves_behind_does_not_matter(broker: Broker, start: Start) -> None:
    """Neither threads that never end, nor another directory, an emptied event or a closed standard output."""
    sent = broker.produce(200)
    consumer = start("vandal", STATS_FILE="")
    until(lambda: broker.committed() == ends(sent), "all records are committed")
    assert consumer.stop(signal.SIGTERM) == 0
    assert set(counts(consumer)) == sent


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_closed_standard_streams_are_no_trouble(broker: Broker, start: Start) -> None:
    """A service manager may start it with none at all; a wrong option still has its status."""
    command = [sys.executable, "-m", "consumer"]
    closed = ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'comboio'}", "CONSUMER_TOPICS": broker.topic}
    assert subprocess.run(closed, cwd=ROOT, env=environment, timeout=30, check=False).returncode == 2  # noqa: S603
