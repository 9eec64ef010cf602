"""Microseconds a message that the consumer itself costs, without a broker: records, tracking, batches, events.

`python bench/consumer/event.py [messages]`. Prints JSON; CPU time of this process, the best of five rounds.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from consumer.event import EventSource, event, records
from consumer.inflight.batch import BatchLimits
from consumer.inflight.inflight import InFlight, RetryMode
from consumer.inflight.retry import RetryPolicy, RetryQueue
from consumer.main import collect_rarely

VALUE = (
    b'{"event_id":"0192f3a4-7b1c-7def-8abc-0123456789ab","codigo":300,"truck_id":"T-000123",'
    b'"occurred_at":"2026-11-22T15:00:00.123Z","lat":-23.5505,"lon":-46.6333,"speed_kmh":72.5,"heading":180}'
)
HEADERS = [
    ("correlation_id", b"0192f3a4-7b1c-7def-8abc-0123456789ab"),
    ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
]


class Sample:
    """A message as `consume` returns it."""

    def __init__(self, partition: int, offset: int) -> None:
        self._partition = partition
        self._offset = offset

    def topic(self) -> str:
        return "mt-c400"

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return (1, 1795362476000)

    def key(self) -> bytes:
        return b"300:T-000123"

    def value(self) -> bytes:
        return VALUE

    def headers(self) -> list[tuple[str, bytes]]:
        return HEADERS


def cpu_us(work: Callable[[], Any], messages: int) -> float:
    """CPU microseconds a message."""
    started = time.process_time()
    work()
    return (time.process_time() - started) / messages * 1e6


def main() -> None:
    """Measures and prints."""
    collect_rarely()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    best: dict[str, float] = {}
    for _ in range(5):
        messages = [Sample(number % 12, number // 12) for number in range(count)]
        built = records(messages)

        def deliver(built: list[Any] = built) -> None:
            source = EventSource("localhost:9092")
            limits, retries = BatchLimits(5000, 0, 6 << 20), RetryQueue(RetryPolicy(), lambda: 0.5)
            in_flight = InFlight(limits, RetryMode.FAILED, retries)
            for start in range(0, len(built), 1000):
                in_flight.add(built[start : start + 1000], 0, 0)
            while batch := in_flight.next_batch(1):
                event(batch.records, source)
                in_flight.settle(batch, [], 1, 1000)

        rounds = {
            "records_us": cpu_us(lambda messages=messages: records(messages), count),  # type: ignore[misc]
            "delivery_and_event_us": cpu_us(deliver, count),
        }
        best = {name: min(value, best.get(name, value)) for name, value in rounds.items()}
    sys.stdout.write(json.dumps({"messages": count, **{k: round(v, 2) for k, v in best.items()}}) + "\n")


if __name__ == "__main__":
    main()
