"""Runs the producer's proof of concept: `make poc` writes build/poc/report.md and report.html.

For each key strategy it runs one process with 1, 5 and 10 threads at full speed; then one process and two, each at a
set rate, and reads the records back from Kafka. POC_STEP_S: seconds a step (3); POC_RATE: messages a second and process
(6500); KAFKA: embedded, apache or host:port (apache if Java and Maven are installed, else embedded).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.producer.broker import chosen_broker
from bench.producer.poc_figures import WATCHED, Poc, Scale, Step, Strategy
from bench.producer.poc_prediction import validation
from bench.producer.poc_read_back import Facts, empty, read_back
from bench.producer.poc_report import html, markdown
from bench.producer.poc_template import WORDS, filled_in
from comboio.contract.partition_key import KeyStrategy
from local.errors import LocalError
from local.kafka import Kafka
from local.progress import to_stderr
from producer.metrics.skew import skew

_OUT = Path("build/poc")
"""Where the reports go."""
_THREADS = (1, 5, 10)
"""The steps of the ramp, as the plan has them."""
_PROCESSES = (1, 2)
"""The steps of the scale-out."""
_TOPICS = {"mt-c400": 12, "mt-c300": 2}
"""The domain's topics, and their partitions."""
_STARTED_S = 1.5
"""Seconds in which a producer makes its connections; latencies count after that."""


class Runner:
    """Runs producers against one broker."""

    def __init__(self, kafka: Kafka, scratch: Path) -> None:
        self._kafka = kafka
        self._scratch = scratch
        self._number = 0

    def run(self, key: KeyStrategy, processes: int, **options: object) -> list[list[dict[str, Any]]]:
        """Run so many producers at a time to their end; return the figures of each, line by line."""
        started = []
        for number in range(processes):
            self._number += 1
            stats = self._scratch / f"{self._number}.jsonl"
            environ = {name: value for name, value in os.environ.items() if not name.startswith("PRODUCER_")}
            environ |= {
                "KAFKA_BOOTSTRAP_SERVERS": self._kafka.bootstrap,
                "PRODUCER_STATS_FILE": str(stats),
                "PRODUCER_TOPIC_STRATEGY": "domain",
                "PRODUCER_KEY_STRATEGY": key.value,
                "PRODUCER_INSTANCE": f"{number}/{processes}",
                "PRODUCER_LOG_LEVEL": "WARNING",
                **{f"PRODUCER_{name.upper()}": str(value) for name, value in options.items()},
            }
            started.append((subprocess.Popen([sys.executable, "-m", "producer"], env=environ), stats))
        for process, _ in started:
            if process.wait():
                raise LocalError(f"A producer ended with status {process.returncode}; its message is above.")
        return [[json.loads(line) for line in stats.read_text().splitlines()] for _, stats in started]


def main() -> None:
    """Measure, write the report, and say where it is."""
    step_s = float(os.environ.get("POC_STEP_S", "3"))
    rate = float(os.environ.get("POC_RATE", "6500"))
    with ExitStack() as stack:
        kafka = stack.enter_context(chosen_broker(_TOPICS))
        runner = Runner(kafka, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="comboio-poc-"))))
        runner.run(KeyStrategy.TRUCK_ID, 1, duration=1, rate=1000)  # the broker's own warm-up
        strategies = [_strategy(runner, kafka, key, step_s, rate) for key in KeyStrategy]
    poc = Poc(
        broker=kafka.description,
        cores=os.cpu_count() or 0,
        at=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        step_s=step_s,
        rate=rate,
        strategies=strategies,
    )
    _OUT.mkdir(parents=True, exist_ok=True)
    (_OUT / "report.md").write_text(markdown(poc), encoding="utf-8")
    (_OUT / "report.html").write_text(html(poc), encoding="utf-8")
    (_OUT / "validation.json").write_text(json.dumps(validation(poc), indent=2) + "\n", encoding="utf-8")
    for language in WORDS:
        (_OUT / f"report.{language}.md").write_text(filled_in(poc, language), encoding="utf-8")
    to_stderr(
        f"wrote {_OUT / 'report.md'}, report.html, validation.json, and the board's report.en.md and report.pt.md"
    )


def _strategy(runner: Runner, kafka: Kafka, key: KeyStrategy, step_s: float, rate: float) -> Strategy:
    to_stderr(
        f"{key.value}: {', '.join(map(str, _THREADS))} threads, then {' and '.join(map(str, _PROCESSES))} processes"
    )
    ramp = ",".join(f"{threads}:{step_s:g}s" for threads in _THREADS)
    (lines,) = runner.run(key, 1, rate=0, ramp=ramp)
    partitions = lines[-1]["partitions"]
    steps = [_step(lines, threads, number * step_s, step_s) for number, threads in enumerate(_THREADS)]
    counts = [partitions.get(f"{WATCHED}-{number}", 0) for number in range(_TOPICS[WATCHED])]
    scales = []
    for processes in _PROCESSES:
        empty(kafka)
        runs = runner.run(key, processes, rate=rate, duration=step_s)
        scales.append(_scale(processes, runs, read_back(kafka, _TOPICS)))
    return Strategy(key.value, steps, counts, skew(counts, _TOPICS[WATCHED]), scales)


def _step(lines: list[dict[str, Any]], threads: int, began: float, seconds: float) -> Step:
    """Return the step's figures, from the lines that lie in it and not half in the next step."""
    inside = [line for line in lines if began + 0.8 <= line["elapsed_s"] <= began + seconds + 0.3 and not line["final"]]
    rates = [line["acked_rate"] for line in inside] or [0.0]
    return Step(
        threads=threads,
        rate=sum(rates) / len(rates),
        ack_p50=max((line["ack_ms"]["p50"] for line in inside), default=0.0),
        ack_p99=max((line["ack_ms"]["p99"] for line in inside), default=0.0),
        queue=max((line["queue"] for line in inside), default=0),
    )


def _scale(processes: int, runs: list[list[dict[str, Any]]], facts: Facts) -> Scale:
    """Return the rates of the whole runs, and the latencies after the connections were made."""
    finals = [run[-1] for run in runs]
    steady = [line["ack_ms"] for run in runs for line in run if line["elapsed_s"] > _STARTED_S and not line["final"]]
    return Scale(
        processes=processes,
        rate=sum(final["acked"] / final["elapsed_s"] for final in finals),
        ack_p50=max((latency["p50"] for latency in steady), default=0.0),
        ack_p99=max((latency["p99"] for latency in steady), default=0.0),
        acked=sum(final["acked"] for final in finals),
        facts=facts,
    )


if __name__ == "__main__":
    try:
        main()
    except LocalError as error:
        sys.exit(str(error))
