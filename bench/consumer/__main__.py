"""Compares the consumer with a bare confluent-kafka loop that builds the same event: `make bench-consumer`.

Each reads the same topic from the beginning, alone in a fresh process; they take turns on one broker, every other round
in the other order. The built dispatcher runs behind Lambda's Runtime Interface Emulator, too, and that behind a Lambda
endpoint, where both are there. The result is build/bench/consumer.json. KAFKA: embedded, apache or host:port;
BENCH_MESSAGES (300000) and BENCH_ROUNDS (3).
"""

import json
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.consumer.elsewhere import WAYS
from bench.consumer.figures import BATCH, Reading, figures, turns
from bench.consumer.function import LATENCY_S
from bench.consumer.reading import CONTENDERS, read
from bench.consumer.topic import PARTITIONS, TOPIC, fill
from local.errors import LocalError, MissingError
from local.kafka import broker
from local.progress import to_stderr
from local.rie import check_installed

OUTPUT = Path("build/bench/consumer.json")


def main() -> None:
    """Measure, write the result, and print it."""
    count, rounds = int(os.environ.get("BENCH_MESSAGES", "300000")), int(os.environ.get("BENCH_ROUNDS", "3"))
    left_out = _left_out()
    readings: dict[str, list[Reading]] = {name: [] for name in CONTENDERS if name not in left_out}
    with broker(os.environ.get("KAFKA", "embedded"), {TOPIC: PARTITIONS}, progress=to_stderr) as kafka:
        to_stderr(f"filling {TOPIC} with {count:,} messages: {kafka.description}")
        fill(kafka.bootstrap, count)
        for number, names in enumerate(turns(list(readings), rounds)):
            to_stderr(f"round {number + 1} of {rounds}")
            for name in names:
                readings[name].append(read(name, kafka, count))
    result = {
        "broker": kafka.description,
        "messages": count,
        "batch": BATCH,
        "aws_latency_ms": LATENCY_S * 1000,
        "left_out": left_out,
        **figures(readings),
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    headings = "", "messages/s (slowest - fastest)", "CPU us a message", "cores", "of the bare loop"
    table = Table(*headings, title="one process; elsewhere, the function's", title_justify="left")
    for name in readings:
        rate, slowest, fastest = (f"{result[f'{name}_{each}']:,.0f}" for each in ("msgs_per_s", "slowest", "fastest"))
        cpu, cores, ratio = (str(result.get(f"{name}_{each}", 1)) for each in ("us_per_msg_cpu", "cores", "ratio"))
        table.add_row(name, f"{rate} ({slowest} - {fastest})", cpu, cores, ratio)
    console = Console()
    console.print(table)
    for name, why in left_out.items():
        console.print(f"{name} was left out: {why}", highlight=False)
    console.print(f"written: {OUTPUT}", highlight=False)


def _left_out() -> dict[str, str]:
    """Return which contenders cannot run here, and why."""
    try:
        check_installed()
    except MissingError as error:
        return dict.fromkeys(WAYS, str(error))
    return {}


if __name__ == "__main__":
    try:
        main()
    except LocalError as error:
        sys.exit(str(error))
