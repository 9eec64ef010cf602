"""Runs one contender over the whole topic: a process and a group of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from bench.consumer import elsewhere
from bench.consumer.elsewhere import WAYS
from bench.consumer.figures import BATCH, WITHIN_S, Reading
from bench.consumer.topic import PARTITIONS, TOPIC
from bench.dispatcher.contenders import ENVIRONMENT
from local.demo.proof.lag import Committed
from local.errors import LocalError
from local.kafka import Kafka

CONTENDERS = {
    "bare": ("bench.consumer.bare", ""),
    "no_op": ("consumer", "bench.consumer.function:no_op"),
    "dispatcher": ("consumer", "bench.consumer.dispatching:dispatch"),
    **dict.fromkeys(WAYS, ("consumer", "")),
}
"""The module that runs, and what the consumer invokes in its own process."""


def read(name: str, kafka: Kafka, count: int) -> Reading:
    """Run one contender until it has committed all.

    Raises:
        LocalError: it fails, or takes too long.
    """
    module, function = CONTENDERS[name]
    group, load = f"bench-{uuid4()}", os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as around:
        path, log = Path(folder) / "figures.json", Path(folder) / "log"
        counting = {"BENCH_MESSAGES": str(count), "BENCH_FIGURES": str(path)}
        invoked = {"CONSUMER_FUNCTION": function}
        if name in WAYS:
            invoked = around.enter_context(elsewhere.function(name, counting, count))
        environ = {
            **{known: value for known, value in os.environ.items() if not known.startswith("CONSUMER_")},
            **ENVIRONMENT,
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "CONSUMER_EVENT_SOURCE_ARN": "arn:aws:kafka:us-east-1:123456789012:cluster/bench/0-1",
            "CONSUMER_TOPICS": TOPIC,
            "CONSUMER_GROUP_ID": group,
            "CONSUMER_BATCH_SIZE": str(BATCH),
            "CONSUMER_FUNCTION_TIMEOUT_S": str(elsewhere.TIMEOUT_S),
            "CONSUMER_SESSION_TIMEOUT_S": "6",
            "CONSUMER_STATS_FILE": str(Path(folder) / "stats"),
            **invoked,
            **counting,
        }
        with log.open("wb") as output:
            process = subprocess.Popen([sys.executable, "-m", module], env=environ, stdout=output, stderr=output)  # noqa: S603 - our own modules
        committed = Committed(kafka.bootstrap, group)
        ends = {(TOPIC, at): len(range(at, count, PARTITIONS)) for at in range(PARTITIONS)}
        try:
            _wait(path.exists, process, log)
            _wait(lambda: committed.behind(ends) == 0, process, log)
            process.terminate()
            if process.wait(WITHIN_S) > 0:
                raise LocalError(f"{name} ended with status {process.returncode}:\n{_end(log)}")
        finally:
            committed.close()
            process.kill()
            process.wait()
        return Reading.of(json.loads(path.read_text(encoding="utf-8")), load)


def _wait(holds: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + WITHIN_S
    while True:
        ended = process.poll() is not None
        if holds():
            return
        if ended or time.monotonic() > deadline:
            raise LocalError(f"a contender did not consume all (status {process.poll()}):\n{_end(log)}")
        time.sleep(0.05)


def _end(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-3000:]
