"""The consumer with a client that notes when it handed records over; its marks go to BENCH_MARKS at the end."""

import os
import time
from pathlib import Path

from confluent_kafka import Consumer, Message

from bench.latency.function import MARKS
from bench.latency.marks import Poll
from consumer.event import partition_name
from consumer.main import collect_rarely
from consumer.process import Stop
from consumer.service import run
from consumer.settings import ConsumerSettings


class Noting(Consumer):
    """The Kafka client."""

    def consume(self, num_messages: int = 1, timeout: float = -1) -> list[Message]:
        """Return messages, and note how far they go."""
        messages = super().consume(num_messages, timeout)
        if messages:
            ends = {(each.topic(), each.partition()): each.offset() for each in messages if each.error() is None}
            MARKS.polls.append(
                Poll(
                    time.time(),
                    {partition_name(str(topic), part or 0): end or 0 for (topic, part), end in ends.items()},
                )
            )
        return messages


def main() -> None:
    """Consume until told to stop."""
    collect_rarely()
    stop = Stop()
    run(ConsumerSettings.from_environment(os.environ), stop, stop.install, connect=Noting)
    MARKS.write(Path(os.environ["BENCH_MARKS"]))


if __name__ == "__main__":
    main()
