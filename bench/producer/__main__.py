"""Compares the producer with a bare confluent-kafka loop and Kafka's own perf test: `make bench-producer`.

They take turns on one broker, in one run. The result is build/bench/producer.json. BENCH_S: seconds a measurement (5);
KAFKA: embedded, apache or host:port (apache if Java and Maven are installed, else embedded).
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.producer.broker import chosen_broker
from bench.producer.kafka_perf_test import perf_test
from local.errors import LocalError
from local.kafka import TOPICS
from local.progress import to_stderr

_OUT = Path("build/bench/producer.json")
"""The result; docs/benchmarks.md quotes it."""
_ROUNDS = 5
"""Pairs of measurements: their median is not moved by one pair on a busy machine."""
_TARGET_RATE = 13_000
"""Messages a second that the domain needs."""
_CPU_WARM_UP_S = 2
"""Seconds more for the run at a set rate, so that its start weighs less."""


def main() -> None:
    """Measure, write the result, and print it."""
    seconds = float(os.environ.get("BENCH_S", "5"))
    with chosen_broker(TOPICS) as kafka:
        options = {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap, "PRODUCER_DURATION": str(seconds)}
        ours: list[dict[str, Any]] = []
        bare: list[dict[str, Any]] = []
        to_stderr("warming the broker up")
        _run("bench.producer.bare", options)
        for number in range(_ROUNDS):
            to_stderr(f"round {number + 1} of {_ROUNDS}: {kafka.description}, {seconds:g} s each")
            bare.append(_run("bench.producer.bare", options))
            ours.append(_run("bench.producer.child", {**options, "PRODUCER_RATE": "0"}))
        steady_s = str(seconds + _CPU_WARM_UP_S)
        steady = _run(
            "bench.producer.child",
            {**options, "PRODUCER_RATE": str(_TARGET_RATE), "PRODUCER_DURATION": steady_s},
        )
        perf = perf_test(kafka, int(statistics.median(run["msgs_per_s"] for run in ours) * seconds))
    result = {
        "broker": kafka.description,
        "seconds": seconds,
        "rounds": _ROUNDS,
        "msgs_per_s": _median(ours, "msgs_per_s"),
        "raw_msgs_per_s": _median(bare, "msgs_per_s"),
        "ratio": round(
            statistics.median(o["msgs_per_s"] / b["msgs_per_s"] for o, b in zip(ours, bare, strict=True)), 3
        ),
        "us_per_msg_cpu": _median(ours, "us_per_msg_cpu"),
        "raw_us_per_msg_cpu": _median(bare, "us_per_msg_cpu"),
        "perf_test_msgs_per_s": perf,
        "at_13000": {name: steady[name] for name in ("msgs_per_s", "cores", "ack_ms", "memory_mb")},
        "ack_ms": steady["ack_ms"],
        "memory_mb": max(run["memory_mb"] for run in ours),
        "each": {"msgs_per_s": [run["msgs_per_s"] for run in ours], "raw": [run["msgs_per_s"] for run in bare]},
    }
    _OUT.parent.mkdir(parents=True, exist_ok=True)
    _OUT.write_text(json.dumps(result, indent=2) + "\n")
    to_stderr(json.dumps(result, indent=2))


def _run(module: str, options: dict[str, str]) -> dict[str, Any]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PRODUCER_")}
    done = subprocess.run(  # noqa: S603 - our own modules
        [sys.executable, "-m", module], env={**environ, **options}, stdout=subprocess.PIPE, text=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _median(runs: list[dict[str, Any]], name: str) -> float:
    return round(float(statistics.median(run[name] for run in runs)), 3)


if __name__ == "__main__":
    try:
        main()
    except LocalError as error:
        sys.exit(str(error))
