"""One window: a broker, a producer, a mapping for each topic and the destinations, each in processes of its own."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from bench.dispatcher.contenders import ENVIRONMENT
from bench.dispatcher.server import Served, serving_as
from bench.latency.figures import RouteFigures, figures_of
from bench.latency.marks import Marks
from bench.latency.settings import LatencySettings
from bench.latency.sink import ANSWERS, QUEUES, Taken
from local.demo.processes import Processes, base_environment
from local.demo.proof.lag import Committed
from local.errors import LocalError
from local.kafka import TOPICS, Kafka, broker

MAPPINGS = {"bulk-a": "mt-c400", "bulk-b": "mt-c400", "events": "mt-c300", "priority": "high_priority_events"}
"""By process: a mapping has one topic, as deployed, and the bulk gets two environments."""

ASSIGNED_WITHIN_S = 60.0
DRAINED_WITHIN_S = 120.0
"""Seconds that a backlog may take; a machine that does not carry the rate has one."""

Ends = Mapping[tuple[str, int], int]
"""By topic and partition: one past the last offset."""


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """What one window came to."""

    routes: Mapping[str, RouteFigures]
    msgs_per_s: float
    """Messages a second, by their own timestamps."""
    drain_s: float
    """Seconds from the producer's end until all was committed: more than a window and some batches is a backlog."""


def measure(settings: LatencySettings, window_s: float, root: Path) -> WindowFigures:
    """Produce for some seconds at a window, and wait until all has arrived.

    Raises:
        LocalError: a process failed, or records are missing or came twice: then the figures would mean nothing.
    """
    root.mkdir(parents=True)
    with (
        broker(settings.kafka, TOPICS, port=settings.kafka_port) as kafka,
        serving_as(ANSWERS) as sink,
        Processes(base_environment()) as processes,
    ):
        for name, topic in MAPPINGS.items():
            processes.start(
                name, "bench.latency.mapping", _mapping(kafka, sink, name, topic, window_s, root), root / f"{name}.log"
            )
        _wait_for_assignment(processes, root)
        _produce(settings, kafka, processes, root)
        ends = _ends(kafka)
        drain_s = _drain(kafka, processes, ends)
        for name in MAPPINGS:
            processes.stop(name)
        taken: list[Taken] = sink.noted()
    _check(taken, ends)
    found = figures_of(taken, [Marks.read(root / f"{name}.marks") for name in MAPPINGS])
    times = [each.produced for each in taken]
    return WindowFigures(found, len(times) / (max(times) - min(times)), drain_s)


def _mapping(kafka: Kafka, sink: Served, name: str, topic: str, window_s: float, root: Path) -> dict[str, str]:
    urls = {
        f"ROUTE_{route.upper()}_QUEUE_URL": f"https://sqs.us-east-1.amazonaws.com/123456789012/{queue}"
        for route, queue in QUEUES.items()
    }
    return {
        **ENVIRONMENT,
        **urls,
        "HOLD_QUEUE_URL": f"{ENVIRONMENT['DEAD_LETTER_QUEUE_URL']}-hold.fifo",
        "AWS_ENDPOINT_URL": sink.endpoint,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        "CONSUMER_EVENT_SOURCE_ARN": "arn:aws:kafka:us-east-1:123456789012:cluster/bench/0-1",
        "CONSUMER_TOPICS": topic,
        "CONSUMER_GROUP_ID": f"bench-{topic}",
        "CONSUMER_FUNCTION": "bench.latency.function:handler",
        "CONSUMER_FUNCTION_TIMEOUT_S": "60",
        "CONSUMER_CLIENT_OPTIONS": kafka.consumer_options,
        "CONSUMER_BATCH_SIZE": "10000",
        "CONSUMER_BATCH_WINDOW_S": str(window_s),
        "CONSUMER_SESSION_TIMEOUT_S": str(kafka.session_timeout_ms / 1000),
        "CONSUMER_STATS_FILE": str(root / f"{name}.jsonl"),
        "BENCH_MARKS": str(root / f"{name}.marks"),
    }


def _produce(settings: LatencySettings, kafka: Kafka, processes: Processes, root: Path) -> None:
    environ = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        "PRODUCER_RATE": str(settings.rate),
        "PRODUCER_DURATION": str(settings.seconds),
        "PRODUCER_TOPICS_FILE": str(Path(__file__).with_name("topics.toml")),
        "PRODUCER_LINGER_MS": str(settings.linger_ms),
        "PRODUCER_STATS_FILE": str(root / "producer.jsonl"),
    }
    processes.start("producer", "producer", environ, root / "producer.log")
    while not processes.ended("producer"):
        processes.check()
        time.sleep(0.1)


def _wait_for_assignment(processes: Processes, root: Path) -> None:
    deadline = time.monotonic() + ASSIGNED_WITHIN_S
    owned = dict.fromkeys(MAPPINGS, 0)
    while sum(owned.values()) < sum(TOPICS.values()) or not all(owned.values()):
        processes.check()
        if time.monotonic() > deadline:
            raise LocalError(f"The mappings have {owned} of {sum(TOPICS.values())} partitions. See {root}/*.log.")
        time.sleep(0.1)
        owned = {name: _owned(root / f"{name}.jsonl") for name in MAPPINGS}


def _owned(stats: Path) -> int:
    lines = stats.read_text(encoding="utf-8").splitlines() if stats.exists() else []
    found: int = json.loads(lines[-1])["owned"] if lines else 0
    return found


def _ends(kafka: Kafka) -> Ends:
    client = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "bench-look"})
    places = [(topic, number) for topic, count in TOPICS.items() for number in range(count)]
    ends = {place: client.get_watermark_offsets(TopicPartition(*place), 10)[1] for place in places}
    client.close()
    return ends


def _drain(kafka: Kafka, processes: Processes, ends: Ends) -> float:
    began = time.monotonic()
    groups = {topic: Committed(kafka.bootstrap, f"bench-{topic}") for topic in TOPICS}
    try:
        while any(
            group.behind({place: end for place, end in ends.items() if place[0] == topic}) != 0
            for topic, group in groups.items()
        ):
            processes.check()
            if time.monotonic() > began + DRAINED_WITHIN_S:
                raise LocalError(
                    f"A backlog is left after {DRAINED_WITHIN_S:g} s: this machine does not carry the rate."
                )
            time.sleep(0.05)
    finally:
        for group in groups.values():
            group.close()
    return time.monotonic() - began


def _check(taken: list[Taken], ends: Ends) -> None:
    places = {(each.partition, each.offset) for each in taken}
    if not len(places) == len(taken) == sum(ends.values()):
        raise LocalError(
            f"Kafka has {sum(ends.values())} records, {len(places)} of them arrived, {len(taken) - len(places)} twice. "
            "A backlog that outgrows the embedded broker loses records, and what a busy machine answers too late is "
            "diverted: lower RATE, or try when less else runs."
        )
